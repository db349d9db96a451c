import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';
import { keyOf } from '#routing/testing.ts';
import { admissionFigures } from './admission-figures.ts';
import { estimateOutput } from './estimate.ts';
import { asEvent } from './held-stream.ts';
import { loadsOf, signalsBody } from './model-load.ts';
import { durationOf } from './rate-headers.ts';
import { readWishes } from './wishes.ts';

const FIGURES = admissionFigures(
  fixedSettings(
    readConfig({
      GATEWAY_QUEUE_WAIT_MS: '1000',
      GATEWAY_START_WAIT_MS: '2000',
      GATEWAY_WAIT_MAX_MS: '5000',
    }),
  ),
);
const PERSON = { orgId: 'org_a' as OrgId, userId: 'user_a' as UserId, apiKeyId: null };
const withKey = (fields: Partial<Parameters<typeof keyOf>[0]>) => ({
  ...PERSON,
  key: keyOf({ id: 'key_a', tokenHash: 'h', orgId: PERSON.orgId, userId: PERSON.userId, ...fields }),
});

test('a request gets what it wishes, up to what its key allows', () => {
  assert.deepEqual(readWishes([], PERSON, FIGURES), {
    priority: 'normal',
    rank: 2,
    isPatient: false,
    waitMs: 1_000,
  });
  const wishes = ['X-Inventiv-Priority', 'HIGH', 'x-inventiv-wait', 'True', 'x-inventiv-session', 'a'];
  assert.deepEqual(readWishes(wishes, PERSON, FIGURES), {
    priority: 'normal',
    rank: 2,
    isPatient: true,
    waitMs: 2_000,
  });
  assert.equal(readWishes(wishes, withKey({ priorityMax: 'high' }), FIGURES).priority, 'high');
  assert.equal(readWishes([], withKey({ priorityMax: 'batch' }), FIGURES).priority, 'batch');
  const batch = readWishes(['x-inventiv-priority', 'batch'], withKey({ priorityMax: 'high' }), FIGURES);
  assert.equal(batch.rank, 0);
});

test('a wait is as long as named, and no longer than allowed', () => {
  const waitOf = (value: string) => readWishes(['x-inventiv-deadline-ms', value], PERSON, FIGURES).waitMs;
  assert.equal(waitOf('250'), 250);
  assert.equal(waitOf('999999999'), 5_000);
  for (const wrong of ['', ' ', '1.5', '0x10', '1e3', '-1', '0', '9'.repeat(20)]) {
    assert.throws(() => waitOf(wrong), { code: 'request.invalid' }, wrong);
  }
});

test('a key may always wait, and a request may refuse to', () => {
  const caller = withKey({ waitsForStart: true });
  assert.equal(readWishes([], caller, FIGURES).isPatient, true);
  assert.equal(readWishes(['x-inventiv-wait', 'false'], caller, FIGURES).isPatient, false);
  const twice = ['x-inventiv-wait', 'true', 'X-Inventiv-Wait', 'false'];
  assert.throws(() => readWishes(twice, caller, FIGURES), { code: 'request.invalid' });
});

test('an answer is as long as usual, and no longer than allowed, for each choice', () => {
  assert.equal(estimateOutput(512, undefined, 1), 512);
  assert.equal(estimateOutput(512, 100, 3), 300);
  assert.equal(estimateOutput(512, 0, 1), 0);
});

test('durations read as clients expect them', () => {
  assert.deepEqual([0, 20, 999, 1_000, 1_250, 59_940, 60_000, 119_990, 366_000].map(durationOf), [
    '0ms',
    '20ms',
    '999ms',
    '1s',
    '1.3s',
    '59.9s',
    '1m0s',
    '1m59s',
    '6m6s',
  ]);
});

test('an answer of several lines is one event', () => {
  assert.equal(asEvent(Buffer.from('{\n"a":1}')).toString(), 'data: {\ndata: "a":1}\n\n');
  assert.equal(asEvent(Buffer.from('{}'), 'error').toString(), 'event: error\ndata: {}\n\n');
});

test('pools of one model add up', () => {
  const pool = (name: string, tokens: number, pace: number | undefined) => ({
    pool: name,
    waiting: { requests: 1, tokens, bytes: 10 },
    running: { requests: 2, tokens: 20 },
    waitingByPriority: new Map([[2, 1]]),
    tokensPerSecond: pace,
    backlogMs: undefined,
  });
  const loads = loadsOf(
    [pool('a m1', 100, 50), pool('b m1', 200, 100), pool('a m2', 5, undefined)],
    (name) => ({
      model: name.slice(2),
      workers: 3,
    }),
  );
  assert.deepEqual(
    loads.map(({ model, waiting, tokensPerSecond, backlogMs }) => [
      model,
      waiting.tokens,
      tokensPerSecond,
      backlogMs,
    ]),
    [
      ['m1', 300, 150, 2_000],
      ['m2', 5, undefined, undefined],
    ],
  );
  assert.deepEqual(signalsBody(loads).data[0], {
    model: 'm1',
    workers: 6,
    waiting: { requests: 2, tokens: 300, bytes: 20 },
    waiting_by_priority: { batch: 0, low: 0, normal: 2, high: 0 },
    running: { requests: 4, tokens: 40 },
    tokens_per_second: 150,
    backlog_ms: 2_000,
  });
});
