import assert from 'node:assert/strict';
import { test } from 'node:test';
import { figuresWith, workerNamed } from './testing/routing-fixture.ts';
import { WorkerState } from './worker-state.ts';

/** Ten tokens of work per millisecond, until something else is seen. */
function stateOf() {
  return new WorkerState(workerNamed('a'), 0, figuresWith(), 10);
}
const STREAM = { newTokens: 100, isStream: true, isProbe: false };

test('the backlog is what was sent, less what must be done by now, and never more than the oldest', () => {
  const state = stateOf();
  const first = state.send(0, { ...STREAM, work: 1_000 });
  state.send(0, { ...STREAM, work: 500 });
  assert.equal(state.backlog(0, 0), 1_500);
  assert.equal(state.backlog(50, 0), 1_000);
  assert.equal(state.backlog(100_000, 0), 500);
  state.start(first, 100);
  assert.ok(Math.abs(state.backlog(100, 0) - 500) < 1e-9);
  assert.deepEqual([state.open, state.unstarted, state.heldTokens], [2, 1, 200]);
});

test('a request that failed is gone from every count and teaches nothing', () => {
  const state = stateOf();
  const rate = state.rate;
  const failing = state.send(0, { ...STREAM, work: 1_000 });
  state.end(failing, 0);
  state.end(failing, 0);
  assert.deepEqual([state.open, state.unstarted, state.heldTokens, state.backlog(0, 0)], [0, 0, 0, 0]);
  assert.equal(state.rate, rate);
});

test('the rate follows what the worker shows, slowly, and weighs the past less', () => {
  const state = stateOf();
  let now = 0;
  for (let i = 0; i < 200; i++) {
    const request = state.send(now, { ...STREAM, work: 5_000 });
    now += 1_000;
    state.start(request, now);
    state.end(request, now);
    now += 5_000;
  }
  // Twenty seconds of ten per millisecond against two hundred of five.
  assert.ok(state.rate > 5 && state.rate < 6, String(state.rate));
});

test('whole answers show no first token: they count as computed when they are due, or when a later one shows its own', () => {
  const state = stateOf();
  const whole = state.send(0, { ...STREAM, work: 1_000, isStream: false });
  assert.ok(state.backlog(99, 0) > 0);
  assert.equal(state.unstarted, 1);
  // Whoever looks at it learns so, even when nothing is sent there any more.
  assert.equal(state.backlog(100, 0), 0);
  assert.equal(state.unstarted, 0);
  assert.equal(whole.hasStarted, true);
  const second = state.send(100, { ...STREAM, work: 1_000, isStream: false });
  const third = state.send(100, { ...STREAM, work: 10 });
  state.start(third, 110);
  assert.equal(second.hasStarted, true);
  assert.deepEqual([state.unstarted, state.open], [0, 3]);
});

test('a report adds only what our own requests do not explain, and counts once', () => {
  const state = stateOf();
  state.send(0, { ...STREAM, work: 1_000 });
  const report = { atMs: 1, running: 3, waiting: 4, kvRatio: 0.5, kvTokens: 1_000 };
  state.observe(report);
  assert.deepEqual([state.foreignWaiting, state.foreignTokens, state.kvTokens], [3, 400, 1_000]);
  assert.equal(state.backlog(0, 200), 1_600);
  state.send(0, { ...STREAM, work: 1_000 });
  state.observe(report);
  assert.equal(state.foreignWaiting, 3);
  state.observe({ ...report, atMs: 2, waiting: null, kvRatio: null });
  assert.deepEqual([state.foreignWaiting, state.foreignTokens], [0, 0]);
});
