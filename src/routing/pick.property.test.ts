import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { WorkerLease } from './pick.ts';
import { STRATEGIES, type StrategyName } from './strategies/strategies.ts';
import { pickerWith, requestOf, workerNamed } from './testing/routing-fixture.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const strategies = Object.keys(STRATEGIES) as StrategyName[];

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('pick' as const),
      family: fc.nat(5),
      length: fc.nat(40),
      isStream: fc.boolean(),
      isForced: fc.boolean(),
      org: fc.nat(1),
      except: fc.nat(4),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      does: fc.constantFrom('reached', 'failed', 'unreachable', 'first', 'release', 'release' as const),
      which: fc.nat(30),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('snapshot' as const),
      present: fc.subarray(NAMES),
      restarted: fc.nat(4),
      waiting: fc.nat(50),
      kvRatio: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

test('whatever happens to requests and workers, open requests are counted exactly and an idle worker is never full', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...strategies),
      fc.array(step, { minLength: 5, maxLength: 150, size: 'max' }),
      (strategy, steps) => {
        const { time, picker } = pickerWith({ strategy, inFlightMax: 6, slowStartMs: 5_000 });
        const epochs = new Map(NAMES.map((name) => [name, 1]));
        let workers = NAMES.map((name) => workerNamed(name));
        let leases: WorkerLease[] = [];
        const openAt = (id: string) =>
          leases.filter(
            ({ worker }) => worker.instanceId === id && worker.epoch === epochs.get(id.slice('inst_'.length)),
          );
        for (const next of steps) {
          if (next.does === 'wait') time.ms += next.ms;
          else if (next.does === 'snapshot') {
            const restarted = NAMES[next.restarted];
            if (restarted) epochs.set(restarted, (epochs.get(restarted) ?? 0) + 1);
            const engine = {
              atMs: time.ms,
              running: 1,
              waiting: next.waiting,
              kvRatio: next.kvRatio,
              kvTokens: 50_000,
            };
            workers = next.present.map((name) => workerNamed(name, { epoch: epochs.get(name) ?? 1, engine }));
            // Requests at workers that are gone end some time, and count nowhere any more.
            leases = leases.filter(({ worker }) =>
              workers.some((one) => one.instanceId === worker.instanceId),
            );
            picker.workersChanged((id) => workers.some((worker) => worker.instanceId === id));
          } else if (next.does === 'pick') {
            const prompt = Array.from({ length: next.length }, (_, i) => next.family * 1_000 + i + 1);
            const except = new Set(next.except < 4 ? [`inst_${NAMES[next.except]}`] : []);
            const request = requestOf(prompt, { orgId: `org_${next.org}`, isStream: next.isStream });
            const result = picker.pick(workers, request, { except, isForced: next.isForced });
            const allowed = workers.filter((worker) => !except.has(worker.instanceId));
            if (result.kind === 'leased') {
              assert.ok(allowed.includes(result.lease.worker));
              assert.ok(result.lease.cachedTokens >= 0 && result.lease.cachedTokens < request.inputTokens);
              leases.push(result.lease);
            } else if (result.kind === 'none') assert.equal(allowed.length, 0);
            else assert.ok(!next.isForced && allowed.length > 0);
          } else {
            const lease = leases[next.which];
            if (!lease) continue;
            if (next.does === 'reached') lease.reached();
            else if (next.does === 'first') lease.firstToken();
            else if (next.does === 'release') {
              lease.release();
              leases = leases.filter((one) => one !== lease);
            } else lease.failed({ isUnreachable: next.does === 'unreachable' });
          }
          // States follow the snapshot when they are next asked for.
          picker.knownShare(workers, requestOf([]));
          for (const { instanceId } of workers) {
            assert.equal(picker.outstanding(instanceId), openAt(instanceId).length);
          }
        }
        for (const lease of leases) lease.release();
        for (const { instanceId } of workers) assert.equal(picker.outstanding(instanceId), 0);
        time.ms += 60_000;
        if (workers.length > 0) assert.equal(picker.pick(workers, requestOf([1])).kind, 'leased');
      },
    ),
    { numRuns: 300 },
  );
});

test('the records of thousands of workers stay within their bound', () => {
  const { picker } = pickerWith({ recordBlocksMax: 100_000, kvTokens: 400_000 });
  const workers = Array.from({ length: 2_000 }, (_, i) => workerNamed(String(i)));
  for (let i = 0; i < 2_000; i++) {
    const prompt = Array.from({ length: 300 }, (_, k) => i * 1_000 + k + 1);
    const result = picker.pick([workers[i] as (typeof workers)[number]], requestOf(prompt));
    assert.equal(result.kind, 'leased');
  }
  // Those that came first were allowed more, and give it back when they are used again.
  for (const [i, worker] of workers.entries()) {
    picker.pick([worker], requestOf([i * 1_000 + 1]), { isForced: true });
  }
  assert.ok(picker.recordedBlocks <= 2_000 * 64, String(picker.recordedBlocks));
});
