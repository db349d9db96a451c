/**
 * Two gateways on one port, sharing limits through a Redis that is emptied, killed, started again and frozen while
 * clients call: no request fails for it, limits hold, a revoked key is refused, and every token is in the ledger.
 */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { test } from 'node:test';
import { AHEAD_SHARE } from '#routing/fleet/allowance.ts';
import { lacksRedis, RedisServer } from '#routing/fleet/testing/redis-server.ts';
import { CompletionClient } from '../bench/traffic/completion-client.ts';
import { compareLedgerWithEngines } from '../bench/traffic/exactness.ts';
import { type ServedModel, serveModel } from '../bench/traffic/served-model.ts';
import { FAST } from './stack.ts';

const LIMIT_MS = 120_000;
const METRICS_PORTS = [9100, 9110];
const REQUESTS_PER_MINUTE = 300;
/** Redis forgets once, and twice each of two gateways goes on alone: what was leased ahead may be given again. */
const GOINGS_ALONE = 5;

interface Counts {
  completed: number;
  refused: number;
  /** When the first one was refused. */
  completedBefore: number;
  readonly failures: string[];
}

test('two gateways share limits, and Redis is never needed', {
  timeout: 600_000,
  skip: lacksRedis(),
}, async () => {
  const redis = await RedisServer.start();
  try {
    const served = await serveModel({ replicas: 2, env: { ...FAST, GATEWAYS: '2', REDIS_URL: redis.url } });
    await using stack = served.stack;
    try {
      await untilConnected(served, true);
      await sabotage(served, redis);
      const exactness = await compareLedgerWithEngines(stack);
      assert.equal(exactness.lost + exactness.doubled + exactness.wrong, 0, exactness.examples.join('\n'));
    } catch (error) {
      process.stderr.write(stack.logTail());
      throw error;
    }
  } finally {
    redis.thaw();
    await redis.stop();
  }
});

async function sabotage(served: ServedModel, redis: RedisServer): Promise<void> {
  const limits = { requests_per_minute: REQUESTS_PER_MINUTE, concurrent_requests: 100 };
  const limited = await createKey(served, 'limited', { limits });
  const revoked = await createKey(served, 'revoked', {});
  await untilKnown(served, [limited.secret, revoked.secret]);
  const clients = new CompletionClient(64);
  const stopping = new AbortController();
  const free = calling(served, clients, { secret: served.apiKey, isStream: true, signal: stopping.signal });
  const bound = calling(served, clients, {
    secret: limited.secret,
    isStream: false,
    signal: stopping.signal,
  });
  const began = performance.now();
  await untilCounted(free.counts, 100);
  await redis.flush();
  await untilCounted(free.counts, 100);
  await redis.kill();
  await untilConnected(served, false);
  await untilCounted(free.counts, 200);
  await redis.run();
  await untilConnected(served, true);
  await untilCounted(free.counts, 100);
  redis.freeze();
  await untilConnected(served, false);
  await served.api.json('DELETE', `/api/v1/api-keys/${revoked.id}`);
  await untilRefused(served, revoked.secret);
  redis.thaw();
  await untilConnected(served, true);
  await untilCounted(free.counts, 100);
  stopping.abort();
  await Promise.all([free.ended, bound.ended]);
  const minutes = (performance.now() - began) / 60_000;
  clients.close();
  assert.deepEqual(free.counts.failures, []);
  assert.equal(free.counts.refused, 0);
  assert.deepEqual(bound.counts.failures, []);
  assert.ok(bound.counts.refused > 0, 'more was asked for than the limit allows');
  // A minute's worth at once, and what flows back.
  const allowed = REQUESTS_PER_MINUTE * (1 + minutes);
  const { completed } = bound.counts;
  const aheadOfNeed = REQUESTS_PER_MINUTE * AHEAD_SHARE * (1 + GOINGS_ALONE);
  assert.ok(completed <= allowed + aheadOfNeed, `${completed} of ${allowed} and ${aheadOfNeed}`);
  // Refused was nobody before one of the two had given all of its share.
  const { completedBefore } = bound.counts;
  assert.ok(completedBefore >= REQUESTS_PER_MINUTE * 0.4, `refused after ${completedBefore}`);
}

function calling(
  { stack, model }: ServedModel,
  client: CompletionClient,
  order: { readonly secret: string; readonly isStream: boolean; readonly signal: AbortSignal },
) {
  const counts: Counts = { completed: 0, refused: 0, completedBefore: 0, failures: [] };
  const port = Number(new URL(stack.gatewayUrl).port);
  const callUntilDone = async () => {
    while (!order.signal.aborted) {
      const end = await client.complete(
        { port, apiKey: order.secret, model },
        { prompt: 'a word', maxTokens: 5, isStream: order.isStream },
      );
      if (end.kind === 'completed') counts.completed++;
      else if (end.kind === 'failed' && end.why.startsWith('429')) {
        if (counts.refused++ === 0) counts.completedBefore = counts.completed;
      } else counts.failures.push(end.kind === 'failed' ? end.why : end.kind);
      // So that refusals do not take all of a small machine.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const ended = Promise.all(Array.from({ length: 8 }, callUntilDone));
  return { counts, ended };
}

async function createKey(
  { api }: ServedModel,
  name: string,
  more: object,
): Promise<{ id: string; secret: string }> {
  return api.json('POST', '/api/v1/api-keys', { name, ...more });
}

async function untilCounted(counts: Counts, more: number): Promise<void> {
  const wanted = counts.completed + more;
  await until(async () => counts.completed >= wanted || counts.failures.length > 0, 'requests end');
}

/** Both gateways see the other one through Redis, or neither sees Redis. */
async function untilConnected({ stack }: ServedModel, isConnected: boolean): Promise<void> {
  await until(
    async () => {
      for (const port of METRICS_PORTS) {
        const text = await (await fetch(`http://127.0.0.1:${port + stack.portOffset}/metrics`)).text();
        const read = (name: string) =>
          Number(new RegExp(`^inventiv_gateway_fleet_${name} (\\d+)$`, 'm').exec(text)?.[1]);
        if (read('connected') !== Number(isConnected)) return false;
        if (isConnected && (read('members') !== 2 || read('peers') !== 1)) return false;
      }
      return true;
    },
    `gateways ${isConnected ? 'find' : 'lose'} Redis`,
  );
}

/** Each connection may reach either gateway, so it is asked often. */
async function untilKnown(served: ServedModel, secrets: readonly string[]): Promise<void> {
  for (const secret of secrets) await untilAnswered(served, secret, 200);
}

async function untilRefused(served: ServedModel, secret: string): Promise<void> {
  await untilAnswered(served, secret, 401);
}

async function untilAnswered({ stack }: ServedModel, secret: string, status: number): Promise<void> {
  let inTurn = 0;
  await until(async () => {
    const answered = await statusOf(`${stack.gatewayUrl}/v1/models`, secret);
    inTurn = answered === status ? inTurn + 1 : 0;
    return inTurn >= 20;
  }, `both gateways answer ${status}`);
}

/** On a connection of its own, which may reach either gateway. */
function statusOf(url: string, secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent: false, headers: { authorization: `Bearer ${secret}` } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
  });
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; !(await isSo()); ) {
    assert.ok(performance.now() < end, `not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
