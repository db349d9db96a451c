import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelId, OrgId } from '#kernel/ids.ts';
import { NO_SILENCE_LIMITS, type ServingWorker, Snapshot, type SnapshotModel } from './snapshot.ts';

const A = 'org_a' as OrgId;
const B = 'org_b' as OrgId;
const model = (id: string, orgId: OrgId | null): SnapshotModel => ({
  id: `model_${id}` as ModelId,
  hfId: 'acme/m',
  orgId,
});
const worker = (orgId: OrgId, { id: modelId, hfId }: SnapshotModel): ServingWorker => ({
  instanceId: `inst_${modelId}`,
  orgId,
  modelId,
  hfId,
  address: '127.0.0.1',
  dataPort: 1,
  epoch: 1,
  silentMs: 0,
});

function snapshotOf(models: readonly SnapshotModel[], workers: readonly ServingWorker[] = []): Snapshot {
  return new Snapshot({ keys: [], organisations: [], models, workers, awaited: [] }, NO_SILENCE_LIMITS);
}

test('each organisation means its own model by a name that others have too', () => {
  const [ofA, ofB] = [model('a', A), model('b', B)];
  const snapshot = snapshotOf([ofA, ofB]);
  assert.equal(snapshot.findModel('acme/m', A), ofA);
  assert.equal(snapshot.findModel('acme/m', B), ofB);
  assert.equal(snapshot.findModel('acme/m', 'org_c' as OrgId), undefined);
  assert.equal(snapshot.findModel('acme/m'), undefined);
  assert.equal(snapshot.findModel('model_a', A), ofA);
  assert.deepEqual(snapshotOf([ofA, ofB], [worker(A, ofA)]).listedFor(B), []);
});

test('a model of ones own takes the name over when it is served, and not before', () => {
  const [own, common] = [model('own', A), model('all', null)];
  const both = [own, common];
  assert.equal(snapshotOf(both, [worker(A, common)]).findModel('acme/m', A), common);
  assert.equal(snapshotOf(both, [worker(A, common), worker(A, own)]).findModel('acme/m', A), own);
  assert.equal(snapshotOf(both, [worker(A, own)]).findModel('acme/m', B), common);
});
