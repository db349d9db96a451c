/** The whole product with workers that nobody connects to: killed, replaced, and counted as exactly as any other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killGatewaysUnderLoad } from '../bench/traffic/killed-gateways.ts';
import { restartUnderLoad } from '../bench/traffic/rolling-restarts.ts';

const LIMIT_MS = 600_000;
const tell = () => undefined;

test('behind tunnels gateways are killed and clients leave: the ledger is as the engines made it', {
  timeout: LIMIT_MS,
}, async () => {
  const plan = { kills: 4, disconnects: 40, gateways: 2, clients: 8, streamShare: 0.8, tunnels: true, tell };
  const { lost, doubled, wrong, examples, requests } = await killGatewaysUnderLoad(plan);
  assert.deepEqual({ lost, doubled, wrong }, { lost: 0, doubled: 0, wrong: 0 }, examples.join('\n'));
  assert.ok(requests > 30);
});

test('behind tunnels gateway and workers are replaced while requests flow, and none fails', {
  timeout: LIMIT_MS,
}, async () => {
  const { failed, restarts, reasons } = await restartUnderLoad({
    requests: 1_500,
    clients: 8,
    replicas: 2,
    tunnels: true,
    tell,
  });
  assert.equal(failed, 0, reasons.join('\n'));
  assert.ok(restarts.gateway > 0);
});
