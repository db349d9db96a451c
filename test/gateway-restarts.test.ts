/** Short forms of the words that kill, replace and starve the gateway under load. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveWithoutDatabase } from '../bench/traffic/database-away.ts';
import { killGatewaysUnderLoad } from '../bench/traffic/killed-gateways.ts';
import { restartUnderLoad } from '../bench/traffic/rolling-restarts.ts';

const LIMIT_MS = 600_000;
const tell = () => undefined;

test('gateways killed and clients leaving under load: every request is in the ledger as the engine made it', {
  timeout: LIMIT_MS,
}, async () => {
  const plan = { kills: 10, disconnects: 120, gateways: 2, clients: 16, streamShare: 0.8, tell };
  const { lost, doubled, wrong, examples, requests } = await killGatewaysUnderLoad(plan);
  assert.deepEqual({ lost, doubled, wrong }, { lost: 0, doubled: 0, wrong: 0 }, examples.join('\n'));
  assert.ok(requests > 100);
});

test('gateway and workers are replaced while requests flow, and none fails', {
  timeout: LIMIT_MS,
}, async () => {
  const { failed, restarts, reasons } = await restartUnderLoad({
    requests: 1_500,
    clients: 12,
    replicas: 2,
    tell,
  });
  assert.equal(failed, 0, reasons.join('\n'));
  assert.ok(restarts.gateway > 0 && restarts.worker > 0);
});

test('the database is frozen, then stopped: nothing fails, and nothing is lost', {
  timeout: LIMIT_MS,
}, async () => {
  const { requests, failed, lost, reasons } = await serveWithoutDatabase({ minutes: 0.3, clients: 6, tell });
  assert.deepEqual({ failed, lost }, { failed: 0, lost: 0 }, reasons.join('\n'));
  assert.ok(requests > 100);
});
