import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlClient } from './control-client.ts';
import { answerLimitMs } from './heartbeat.ts';
import { FakeControlPlane } from './testing/fake-control-plane.ts';

/** For documentation: no machine has it. */
const NOBODY = 'http://192.0.2.1:9';

function beatWith(limits: { timeoutMs: number; connectMs?: number }) {
  const { signal } = new AbortController();
  return { path: '/internal/worker/heartbeat', body: {}, bearer: undefined, signal, ...limits };
}

test('a connection that does not come to stand is given up long before an answer would be', async () => {
  const client = new ControlClient(NOBODY);
  const startedAt = performance.now();
  await assert.rejects(client.post(beatWith({ timeoutMs: 600_000, connectMs: 100 })));
  assert.ok(performance.now() - startedAt < 60_000);
  client.close();
});

test('an answer over a connection that stands may take longer than connecting', async () => {
  const control = new FakeControlPlane();
  await control.listen();
  control.onBeat = async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return undefined;
  };
  const client = new ControlClient(control.url);
  assert.equal((await client.post(beatWith({ timeoutMs: 60_000 }))).status, 200);
  // Over the connection that stands nothing is left to be connected.
  const kept = await client.post(beatWith({ timeoutMs: 60_000, connectMs: 1 }));
  assert.equal(kept.status, 200);
  client.close();
  await control.close();
});

test('an agent waits longer for an answer with each beat that failed, up to four times as long', () => {
  const limits = [0, 1, 2, 3, 50].map((failures) => answerLimitMs(4_000, failures));
  assert.deepEqual(limits, [4_000, 8_000, 16_000, 16_000, 16_000]);
  assert.equal(answerLimitMs(50, 0), 2_000);
});
