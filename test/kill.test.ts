/**
 * Every process is killed in the middle of its work, one after the other, and the run still ends with everything
 * gone, everything billed, nothing counted twice and no token too many or too few.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import type { TokenTally } from '#simulation/engine/token-log.ts';
import { ApiClient } from './api-client.ts';
import { readEngineLogs } from './engine-logs.ts';
import { assertBillsEqual, MockCloudClient } from './mock-cloud-client.ts';
import { findProcess, killDatabase, killProcess, waitFor } from './processes.ts';
import { type Stack, startStack } from './stack.ts';

const LIMIT_MS = 60_000;
const STREAMS = 24;

interface LedgerRow {
  readonly request_id: string;
  readonly outcome: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

test('api, orchestrator, gateway, worker and database killed mid-way: all gone, all billed, nothing twice', {
  timeout: 240_000,
}, async () => {
  await using stack = await startStack({
    env: { MOCK_BOOT_MS: '300', MOCK_PULL_MS: '1500', MOCK_LOAD_MS: '300', MOCK_ENGINE_PRESET: '8b' },
  });
  try {
    const api = new ApiClient(stack.url);
    await api.login('admin', stack.adminPassword());
    const cloud = new MockCloudClient(stack);
    const deployment = await api.deployMock('survivor', 2);
    const ids = deployment.instances.map((instance) => instance.id);
    await killProcess(stack, 'orchestrator');
    await untilProgress(api, ids, 30);
    await killProcess(stack, 'api');
    await untilProgress(api, ids, 60);
    await killDatabase(stack);
    await Promise.all(ids.map((id) => api.waitForState(id, 'ready', LIMIT_MS)));
    assert.equal((await cloud.liveServers()).length, 2, 'no second server was ever ordered');

    const key = await retried(() =>
      api.json<{ secret: string }>('POST', '/api/v1/api-keys', { name: 'survivor' }),
    );
    await streamAround(stack, key.secret, () => killProcess(stack, 'gateway'));
    await streamAround(stack, key.secret, () => killDatabase(stack));
    await streamAround(stack, key.secret, () => killWorker(cloud));
    await Promise.all(ids.map((id) => api.waitForState(id, 'ready', LIMIT_MS)));
    await assertLedgerMatchesEngines(stack, api);

    await retried(() => api.json('DELETE', `/api/v1/deployments/${deployment.id}`));
    await waitFor(() => findProcess(stack, 'orchestrator'), LIMIT_MS, 'orchestrator');
    await killProcess(stack, 'orchestrator');
    await killProcess(stack, 'finops');
    await killProcess(stack, 'mock-cloud');
    await Promise.all(ids.map((id) => api.waitForState(id, 'terminated', LIMIT_MS)));
    assert.deepEqual(await cloud.liveServers(), []);
    assert.deepEqual(await cloud.liveVolumes(), []);
    await assertBillsEqual(api, cloud, LIMIT_MS);
  } catch (error) {
    process.stderr.write(stack.logTail());
    throw error;
  }
});

async function untilProgress(api: ApiClient, ids: readonly string[], percent: number): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const instances = await Promise.all(ids.map((id) => api.instance(id).catch(() => undefined)));
    if (instances.every((instance) => (instance?.progress ?? 0) >= percent)) return;
    assert(performance.now() < deadline, `not at ${percent} %: ${instances.map((one) => one?.progress)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Streams are open while `crash` happens; each ends, whole or with an error, and none hangs. */
async function streamAround(stack: Stack, apiKey: string, crash: () => Promise<void>): Promise<void> {
  const openai = new OpenAI({ baseURL: `${stack.gatewayUrl}/v1`, apiKey, maxRetries: 0, timeout: LIMIT_MS });
  const started = Promise.withResolvers<void>();
  let chunks = 0;
  const streams = Array.from({ length: STREAMS }, async (_, index) => {
    const stream = await openai.chat.completions.create({
      model: 'Qwen/Qwen3-8B',
      messages: [{ role: 'user', content: `stream ${index}` }],
      max_tokens: 150,
      stream: true,
    });
    for await (const _chunk of stream) {
      if (++chunks === STREAMS * 5) started.resolve();
    }
  });
  const all = Promise.allSettled(streams);
  await Promise.race([started.promise, all]);
  await crash();
  await all;
}

async function killWorker(cloud: MockCloudClient): Promise<void> {
  const [server] = await cloud.liveServers();
  assert(server?.agent_pid, 'the machine runs an agent');
  process.kill(server.agent_pid, 'SIGKILL');
}

/**
 * One ledger row for each request that an engine worked on, with the engine's own count. Where the agent itself was
 * killed, what it had not yet noted of a broken request is missing: never more than the engine made, never twice.
 */
async function assertLedgerMatchesEngines(stack: Stack, api: ApiClient): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  let engines = new Map<string, TokenTally>();
  let rows: LedgerRow[] = [];
  // An engine that was in the middle of a request notes it when it is over.
  const isSettled = () => {
    engines = new Map(readEngineLogs(stack).map((tally) => [tally.requestId, tally]));
    const wanted = [...engines.keys()].filter((id) => id.startsWith('req_'));
    return (
      wanted.every((id) => rows.some((row) => row.request_id === id)) &&
      rows.every((row) => row.completion_tokens <= (engines.get(row.request_id)?.completionTokens ?? 0))
    );
  };
  while (!isSettled() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    rows = (await api.json<{ data: LedgerRow[] }>('GET', '/api/v1/usage/requests?limit=200')).data;
  }
  for (const id of engines.keys()) {
    assert(!id.startsWith('req_') || rows.some((row) => row.request_id === id), `${id} is in no ledger row`);
  }
  assert.equal(new Set(rows.map((row) => row.request_id)).size, rows.length);
  let exact = 0;
  for (const row of rows) {
    const made = engines.get(row.request_id)?.completionTokens ?? 0;
    assert(
      row.completion_tokens <= made,
      `${row.request_id}: ${row.completion_tokens} billed, ${made} produced`,
    );
    if (row.completion_tokens === made) exact += 1;
    else assert.notEqual(row.outcome, 'completed', `${row.request_id} is complete but not exact`);
  }
  assert(exact >= rows.length - STREAMS, `${exact} of ${rows.length} rows are exact`);
}

/** While a killed process comes back its callers are refused; a person would press the button again. */
async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
