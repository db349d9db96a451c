/** Gateways on a real Redis that is killed, emptied and frozen. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type Limits, NO_LIMITS, type Subject } from '../limits/limits.ts';
import { WorkerPicker } from '../pick.ts';
import { figuresWith, requestOf, workerNamed } from '../testing/routing-fixture.ts';
import { AHEAD_SHARE } from './allowance.ts';
import { type Fleet, joinFleet } from './fleet.ts';
import type { LeaseAsk, RateAsk, SlotAsk } from './lease-server.ts';
import { RedisLink } from './redis-link.ts';
import { FakeLeases } from './testing/fake-lease-server.ts';
import { lacksRedis, RedisServer } from './testing/redis-server.ts';

const env = systemEnv(SILENT_LOG);
const skip = lacksRedis();
const LIMIT_MS = 60_000;

async function fleetOn(t: TestContext, count: number) {
  const redis = await RedisServer.start();
  const gateways = await Promise.all(
    Array.from({ length: count }, () =>
      joinFleet(env, { redisUrl: new Secret(redis.url), prefix: 'test', gateways: count }),
    ),
  );
  t.after(async () => {
    redis.thaw();
    await Promise.all(gateways.map((gateway) => gateway?.leave()));
    await redis.stop();
  });
  const all = gateways.map((gateway) => gateway as Fleet);
  await until(() => all.every(({ isConnected, members }) => isConnected && members === count));
  return { redis, gateways: all };
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + LIMIT_MS; !isSo(); ) {
    assert.ok(performance.now() < end, 'it did not happen in time');
    await env.sleep(5);
  }
}

const key = (limits: Partial<Limits>, id = 'key_a'): Subject[] => [
  { kind: 'key', id, limits: { ...NO_LIMITS, ...limits } },
];

async function admittedOf(
  gateways: readonly Fleet[],
  subjects: readonly Subject[],
  count: number,
): Promise<number> {
  const decisions = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const answer = (gateways[index % gateways.length] as Fleet).limiter.reserve(subjects, 0, {});
      return answer.kind === 'asked' ? answer.decision : answer;
    }),
  );
  return decisions.filter(({ kind }) => kind === 'reserved').length;
}

/** What flowed back while the test ran is no fault. */
function flowed(perMinute: number, sinceMs: number): number {
  return (perMinute * (performance.now() - sinceMs)) / 60_000;
}

test('the script in Redis counts as its description does', { skip }, async (t) => {
  const redis = await RedisServer.start();
  const link = new RedisLink(env, {
    url: new Secret(redis.url),
    prefix: 'a',
    gateway: 'one',
    membersFirst: 2,
  });
  t.after(async () => {
    await link.stop();
    await redis.stop();
  });
  await link.start();
  await until(() => link.isUp);
  let nowMs = performance.now();
  const fake = new FakeLeases(() => nowMs);
  fake.flush();
  const rate = (own: Partial<RateAsk>): LeaseAsk => ({
    kind: 'rate',
    key: 'r',
    msPerUnit: 600,
    want: 0,
    least: 0,
    takenMs: 0,
    knownMs: 0,
    mustRestore: false,
    ...own,
  });
  const slots = (own: Partial<SlotAsk>): LeaseAsk => ({
    kind: 'slots',
    key: 's',
    limit: 10,
    held: 0,
    want: 0,
    ...own,
  });
  const rounds: LeaseAsk[][] = [
    [rate({ want: 30, least: 1 }), slots({ want: 3 }), rate({ key: 'other', want: 200, least: 1 })],
    [rate({ want: 100, least: 80 }), slots({ held: 3, want: 20 }), rate({ key: 'other', want: 5, least: 1 })],
    [rate({ want: 100, least: 20 }), slots({ held: 1 }), rate({ key: 'other', takenMs: -12_000 })],
    [rate({ takenMs: 30_000 }), slots({ held: 1, want: 2 }), rate({ key: 'other', want: 40, least: 40 })],
    [rate({ want: 1, least: 1 }), rate({ key: 'lost', knownMs: 48_000, want: 50, least: 1 })],
    [
      rate({ key: 'behind', want: 1, least: 1 }),
      rate({ key: 'behind', knownMs: 58_000, mustRestore: true, want: 9, least: 1 }),
    ],
    [],
  ];
  for (const asks of rounds) {
    if (asks.length === 0) continue;
    nowMs = performance.now();
    const [real, described] = [await link.lease(asks), fake.lease('one', link.members, asks)];
    for (const [index, { granted, rest }] of real.entries()) {
      const wanted = described[index];
      assert.ok(
        Math.abs(granted - (wanted?.granted ?? 0)) <= 2,
        JSON.stringify({ ask: asks[index], granted, wanted }),
      );
      assert.ok(
        Math.abs(rest - (wanted?.rest ?? 0)) < 2_000,
        JSON.stringify({ ask: asks[index], rest, wanted }),
      );
    }
  }
});

test('a limit holds over two gateways, and goes on holding when Redis is emptied', { skip }, async (t) => {
  const { redis, gateways } = await fleetOn(t, 2);
  const [subjects, began] = [key({ requestsPerMinute: 300 }), performance.now()];
  const first = await admittedOf(gateways, subjects, 900);
  assert.ok(first >= 300 && first <= 300 + flowed(300, began) + 1, `${first} of 300`);
  await redis.flush();
  const more = await admittedOf(gateways, subjects, 900);
  assert.ok(more <= 300 * AHEAD_SHARE + flowed(300, began) + 1, `${more} more`);
});

test('Redis killed, gone and back: shares meanwhile, and what was used meanwhile counts', {
  skip,
}, async (t) => {
  const { redis, gateways } = await fleetOn(t, 2);
  await redis.kill();
  await until(() => gateways.every(({ isConnected }) => !isConnected));
  const [subjects, began] = [key({ requestsPerMinute: 200, concurrentRequests: 1_000 }), performance.now()];
  const alone = await admittedOf(gateways, subjects, 800);
  assert.ok(alone >= 200 && alone <= 200 + flowed(200, began) + 2, `${alone} of 200`);
  await redis.run();
  await until(() => gateways.every(({ isConnected }) => isConnected));
  const after = await admittedOf(gateways, subjects, 800);
  assert.ok(after <= 200 * AHEAD_SHARE + flowed(200, began) + 2, `${after} more`);
});

test('a frozen Redis holds nobody up for long, and is used again when it moves', { skip }, async (t) => {
  const { redis, gateways } = await fleetOn(t, 2);
  redis.freeze();
  const subjects = key({ requestsPerMinute: 100, concurrentRequests: 1_000 });
  // Answers come, whatever they say.
  const admitted = await admittedOf(gateways, subjects, 20);
  assert.equal(admitted, 20);
  await until(() => gateways.every(({ isConnected }) => !isConnected));
  redis.thaw();
  await until(() => gateways.every(({ isConnected }) => isConnected));
  assert.equal(await admittedOf(gateways, key({ requestsPerMinute: 10 }, 'key_b'), 50), 10);
});

test('what one gateway sends to a worker the other one knows', { skip }, async (t) => {
  const { gateways } = await fleetOn(t, 2);
  const workers = [workerNamed('a'), workerNamed('b')];
  const pickers = gateways.map(({ loads }) => {
    const picker = new WorkerPicker(env, figuresWith(), loads);
    loads?.attach(picker);
    return picker;
  });
  const send = (picker: WorkerPicker | undefined) => {
    const result = picker?.pick(workers, requestOf([1, 2, 3]), { isForced: true });
    assert.ok(result?.kind === 'leased');
    return result.lease;
  };
  // Each knows the workers from its own first choice.
  for (const picker of pickers) send(picker).release();
  const lease = send(pickers[0]);
  const { instanceId } = lease.worker;
  await until(() => pickers[1]?.allOpen(instanceId) === 1);
  lease.release();
  await until(() => pickers[1]?.allOpen(instanceId) === 0);
});

test('without Redis at the start each gateway has its share, and the number of them that it was told', {
  skip: false,
}, async () => {
  const redisUrl = new Secret('redis://127.0.0.1:1');
  const fleet = await joinFleet(env, { redisUrl, prefix: 'test', gateways: 4 });
  assert.ok(fleet);
  assert.equal(await admittedOf([fleet], key({ requestsPerMinute: 100 }), 60), 25);
  await fleet.leave();
  assert.equal(await joinFleet(env, { redisUrl: undefined, prefix: 'test', gateways: 1 }), undefined);
});
