import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Env } from '#kernel/env.ts';
import type { InstanceId, ModelId, OrgId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { leastOutstanding, WorkerPicker } from './pick.ts';
import type { ServingWorker } from './snapshot.ts';

function worker(name: string): ServingWorker {
  return {
    instanceId: `inst_${name}` as InstanceId,
    orgId: 'org_a' as OrgId,
    modelId: 'model_a' as ModelId,
    hfId: 'org/m',
    address: '127.0.0.2',
    dataPort: 8000,
    epoch: 1,
    silentMs: 0,
  };
}

function picker() {
  const time = { ms: 0 };
  const env: Env = { ...systemEnv(SILENT_LOG), clock: { now: () => time.ms, monotonic: () => time.ms } };
  return { time, picker: new WorkerPicker(env, leastOutstanding(env.random)) };
}

test('the worker with the fewest open requests is chosen, and a release counts once', () => {
  const { picker: own } = picker();
  const workers = [worker('a'), worker('b'), worker('c')];
  const leases = Array.from({ length: 9 }, () => own.pick(workers));
  for (const { instanceId } of workers) assert.equal(own.outstanding(instanceId), 3);
  const freed = leases.find((lease) => lease?.worker === workers[1]);
  freed?.release();
  freed?.release();
  assert.equal(own.outstanding('inst_b'), 2);
  assert.equal(own.pick(workers)?.worker, workers[1]);
});

test('equals are chosen by chance', () => {
  const { picker: own } = picker();
  const workers = [worker('a'), worker('b'), worker('c')];
  const chosen = new Map<string, number>();
  for (let i = 0; i < 3_000; i++) {
    const lease = own.pick(workers);
    assert.ok(lease);
    chosen.set(lease.worker.instanceId, (chosen.get(lease.worker.instanceId) ?? 0) + 1);
    lease.release();
  }
  for (const count of chosen.values()) assert.ok(count > 800 && count < 1_200, String(count));
});

test('an unreachable worker rests, longer each time, and comes back', () => {
  const { picker: own, time } = picker();
  const workers = [worker('a'), worker('b')];
  own.reportUnreachable('inst_a');
  for (let i = 0; i < 5; i++) assert.equal(own.pick(workers)?.worker, workers[1]);
  time.ms = 500;
  assert.equal(own.pick(workers)?.worker, workers[0]);
  own.reportUnreachable('inst_a');
  time.ms = 1_499;
  for (let i = 0; i < 5; i++) own.pick(workers);
  assert.equal(own.outstanding('inst_a'), 1);
  time.ms = 1_500;
  assert.equal(own.pick(workers)?.worker, workers[0]);
  own.reportReached('inst_a');
  own.reportUnreachable('inst_a');
  time.ms = 2_000;
  assert.equal(own.pick(workers)?.worker, workers[0]);
});

test('when all rest they are used anyway, and there is none only when there is none', () => {
  const { picker: own } = picker();
  own.reportUnreachable('inst_a');
  assert.equal(own.pick([worker('a')])?.worker.instanceId, 'inst_a');
  assert.equal(own.pick([]), undefined);
  assert.equal(own.pick([worker('a')], new Set(['inst_a'])), undefined);
});
