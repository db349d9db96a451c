import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PROGRESS_STEP_NAMES, PROGRESS_STEPS, type ProgressStep } from '#contracts/instances.ts';
import { computeProgress, describeSteps, STALL_DEFAULT_MS } from './progress.ts';

const NO_BYTES = { loaded: null, total: null };
const UNTIL_HTTP: ProgressStep[] = [
  'request_created',
  'server_created',
  'started',
  'address_known',
  'worker_installed',
  'engine_http',
];

test('progress is the percentage of the furthest completed step', () => {
  assert.equal(computeProgress([], NO_BYTES), 0);
  assert.equal(computeProgress(['request_created'], NO_BYTES), 5);
  assert.equal(computeProgress(['started', 'server_created', 'request_created'], NO_BYTES), 30);
  assert.equal(computeProgress(PROGRESS_STEP_NAMES, NO_BYTES), 100);
});

test('between the first answer of the engine and the loaded model progress follows the bytes', () => {
  const at = (loaded: number) => computeProgress(UNTIL_HTTP, { loaded, total: 1_000 });
  assert.equal(at(0), 60);
  assert.equal(at(500), 67);
  assert.equal(at(999), 74);
  assert.equal(at(5_000), 74);
  assert.equal(computeProgress([...UNTIL_HTTP, 'model_loaded'], { loaded: 1, total: 1_000 }), 75);
  assert.equal(computeProgress(['worker_installed'], { loaded: 900, total: 1_000 }), 50);
});

test('progress never goes back while steps are added and bytes rise', () => {
  const step = fc.constantFrom(...PROGRESS_STEP_NAMES);
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(2_000))), (happenings) => {
      const steps = new Set<ProgressStep>();
      let loaded = 0;
      let before = 0;
      for (const [name, bytes] of happenings) {
        steps.add(name);
        loaded = Math.max(loaded, bytes);
        const after = computeProgress(steps, { loaded, total: 1_000 });
        assert.ok(after >= before && after <= 100 && Number.isInteger(after));
        before = after;
      }
    }),
  );
});

test('each stage shows its duration since the one before, and steps that no provider took are not shown', () => {
  const views = describeSteps(
    [
      { step: 'request_created', completedAtMs: 1_000 },
      { step: 'server_created', completedAtMs: 1_400 },
      { step: 'started', completedAtMs: 1_350 },
    ],
    new Map([['server_created', { medianMs: 321.4, p95Ms: 500 }]]),
    { nowMs: 2_000, isStarting: true, begunAnewMs: [] },
  );
  assert.deepEqual(
    views.map((view) => view.step),
    PROGRESS_STEP_NAMES.filter((step) => step !== 'volume_resized' && step !== 'security_group'),
  );
  assert.equal(views[0]?.durationMs, null);
  assert.equal(views[1]?.durationMs, 400);
  assert.equal(views[1]?.expectedMs, 321);
  assert.equal(views[2]?.durationMs, 0);
  assert.equal(views[3]?.percent, PROGRESS_STEPS.address_known);
  assert.ok(views.every((view) => !view.isStalled));
});

test('only the open step of a start under way stalls, past twice the 95th percentile or the default', () => {
  const completed = [
    { step: 'request_created' as const, completedAtMs: 0 },
    { step: 'server_created' as const, completedAtMs: 1_000 },
  ];
  const stalledAt = (nowMs: number, p95Ms?: number, isStarting = true) =>
    describeSteps(
      completed,
      p95Ms === undefined ? new Map() : new Map([['started' as const, { medianMs: p95Ms, p95Ms }]]),
      { nowMs, isStarting, begunAnewMs: [] },
    )
      .filter((view) => view.isStalled)
      .map((view) => view.step);
  assert.deepEqual(stalledAt(1_000 + STALL_DEFAULT_MS.started), []);
  assert.deepEqual(stalledAt(1_001 + STALL_DEFAULT_MS.started), ['started']);
  assert.deepEqual(stalledAt(1_000 + 20_000, 10_000), []);
  assert.deepEqual(stalledAt(1_001 + 20_000, 10_000), ['started']);
  assert.deepEqual(stalledAt(1_001 + 20_000, 10_000, false), []);
  assert.deepEqual(stalledAt(3_000, 10), [], 'a floor of five seconds holds');
});

test('a step that a later one has passed is not waited for', () => {
  const views = describeSteps(
    [
      { step: 'request_created', completedAtMs: 0 },
      { step: 'worker_installed', completedAtMs: 10 },
    ],
    new Map(),
    { nowMs: 10 ** 9, isStarting: true, begunAnewMs: [] },
  );
  assert.deepEqual(
    views.filter((view) => view.isStalled).map((view) => view.step),
    ['engine_http'],
  );
});

test('a start that begins anew is measured from its new beginning', () => {
  const day = 86_400_000;
  const installedAnew = [
    { step: 'request_created' as const, completedAtMs: 0 },
    { step: 'address_known' as const, completedAtMs: 60_000 },
  ];
  const waiting = (nowMs: number) =>
    describeSteps(installedAnew, new Map(), { nowMs, isStarting: true, begunAnewMs: [day] });
  assert.ok(
    waiting(day + 1_000).every((view) => !view.isStalled),
    'it has only just begun',
  );
  assert.deepEqual(
    waiting(day + STALL_DEFAULT_MS.worker_installed + 1)
      .filter((view) => view.isStalled)
      .map((view) => view.step),
    ['worker_installed'],
  );
  const done = describeSteps(
    [...installedAnew, { step: 'worker_installed', completedAtMs: day + 5_000 }],
    new Map(),
    { nowMs: day + 6_000, isStarting: true, begunAnewMs: [day] },
  );
  const durationOf = (step: ProgressStep) => done.find((view) => view.step === step)?.durationMs;
  assert.deepEqual([durationOf('worker_installed'), durationOf('address_known')], [5_000, 60_000]);
});
