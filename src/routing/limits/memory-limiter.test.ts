import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Limits, NO_LIMITS, type Reservation, type Subject } from './limits.ts';
import { MemoryLimiter } from './memory-limiter.ts';

function bench() {
  const time = { ms: 1_000 };
  const limiter = new MemoryLimiter({ monotonic: () => time.ms });
  const reserve = (subjects: readonly Subject[], tokens = 0, owner: object = {}) => {
    const answer = limiter.reserve(subjects, tokens, owner);
    return answer.kind === 'reserved' ? answer.reservation : answer.refusal;
  };
  return { time, limiter, reserve };
}

const key = (limits: Partial<Limits>, id = 'key_a'): Subject => ({
  kind: 'key',
  id,
  limits: { ...NO_LIMITS, ...limits },
});
const organisation = (limits: Partial<Limits>): Subject => ({
  kind: 'organisation',
  id: 'org_a',
  limits: { ...NO_LIMITS, ...limits },
});

const isReserved = (answer: object): answer is Reservation => 'settle' in answer;

test('a minute has as many requests as allowed, to the one, and they flow back evenly', () => {
  const { time, reserve } = bench();
  const subjects = [key({ requestsPerMinute: 60 })];
  const answers = Array.from({ length: 500 }, () => reserve(subjects));
  assert.equal(answers.filter(isReserved).length, 60);
  assert.deepEqual(answers[60], {
    subject: 'key',
    limit: 'requests_per_minute',
    allowed: 60,
    retryAfterMs: 1_000 - 0.001,
  });
  time.ms += 3_000;
  assert.equal(Array.from({ length: 10 }, () => reserve(subjects)).filter(isReserved).length, 3);
});

test('the organisation and the key both count, and nothing is taken when one of them refuses', () => {
  const { reserve } = bench();
  const org = organisation({ requestsPerMinute: 3 });
  const [a, b] = [key({ requestsPerMinute: 2 }, 'key_a'), key({ requestsPerMinute: 5 }, 'key_b')];
  assert.ok(isReserved(reserve([a, org])));
  assert.ok(isReserved(reserve([a, org])));
  for (let i = 0; i < 10; i++) assert.equal((reserve([a, org]) as { subject: string }).subject, 'key');
  assert.ok(
    isReserved(reserve([b, org])),
    'the refusals of the first key took nothing from the organisation',
  );
  assert.equal((reserve([b, org]) as { subject: string }).subject, 'organisation');
});

test('tokens are reserved before and settled after', () => {
  const { time, limiter, reserve } = bench();
  const subjects = [key({ tokensPerMinute: 1_000 })];
  const first = reserve(subjects, 600);
  assert.ok(isReserved(first));
  assert.equal((reserve(subjects, 600) as { limit: string }).limit, 'tokens_per_minute');
  first.settle(100);
  first.settle(100);
  first.refund();
  assert.equal(first.states().tokens?.remaining, 900);
  const second = reserve(subjects, 100);
  assert.ok(isReserved(second));
  second.settle(1_500);
  assert.equal(second.states().tokens?.remaining, 0, 'more than was estimated is a debt');
  const refused = reserve(subjects, 10) as { retryAfterMs: number };
  assert.ok(Math.abs(refused.retryAfterMs - 36_600) < 1, String(refused.retryAfterMs));
  time.ms += 36_601;
  assert.ok(isReserved(reserve(subjects, 10)));
  assert.equal(limiter.size, 1);
});

test('a request that is larger than its limit will never be served', () => {
  const { reserve } = bench();
  assert.deepEqual(reserve([key({ tokensPerMinute: 100 })], 101), {
    subject: 'key',
    limit: 'tokens_per_minute',
    allowed: 100,
    retryAfterMs: Number.POSITIVE_INFINITY,
  });
});

test('what was not served burns neither a request nor tokens', () => {
  const { reserve } = bench();
  const subjects = [key({ requestsPerMinute: 1, tokensPerMinute: 100 })];
  for (let i = 0; i < 50; i++) {
    const reservation = reserve(subjects, 100);
    assert.ok(isReserved(reservation));
    reservation.refund();
  }
});

test('what flowed back by itself does not come back a second time', () => {
  const { time, reserve } = bench();
  const subjects = [key({ tokensPerMinute: 1_000 })];
  const long = reserve(subjects, 1_000);
  assert.ok(isReserved(long));
  time.ms += 60_000;
  assert.ok(isReserved(reserve(subjects, 1_000)));
  long.settle(0);
  assert.ok(!isReserved(reserve(subjects, 1)), 'the minute is used up');
});

test('as many run at once as allowed, and each end makes room for one', () => {
  const { reserve } = bench();
  const subjects = [key({ concurrentRequests: 5 }), organisation({ concurrentRequests: 100 })];
  const all = Array.from({ length: 500 }, () => reserve(subjects));
  const running = all.filter(isReserved);
  assert.equal(running.length, 5);
  assert.equal((all[5] as { limit: string }).limit, 'concurrent_requests');
  running[0]?.settle(1);
  running[0]?.settle(1);
  running[0]?.refund();
  assert.equal(Array.from({ length: 10 }, () => reserve(subjects)).filter(isReserved).length, 1);
});

test('what belongs to no living exchange is given back', () => {
  const { limiter, reserve } = bench();
  const subjects = [key({ concurrentRequests: 2 })];
  const [alive, dead] = [{}, {}];
  reserve(subjects, 0, alive);
  const lost = reserve(subjects, 0, dead);
  assert.equal(
    limiter.reconcile((owner) => owner === alive),
    1,
  );
  assert.equal(
    limiter.reconcile((owner) => owner === alive),
    0,
  );
  assert.ok(isReserved(reserve(subjects, 0, alive)));
  assert.ok(isReserved(lost));
  lost.settle(0);
  assert.ok(!isReserved(reserve(subjects, 0, alive)), 'its own late end gives nothing back again');
});

test('a changed limit counts at once', () => {
  const { reserve } = bench();
  for (let i = 0; i < 10; i++) reserve([key({ requestsPerMinute: 10 })]);
  assert.ok(!isReserved(reserve([key({ requestsPerMinute: 10 })])));
  assert.ok(!isReserved(reserve([key({ requestsPerMinute: 20 })])), 'the minute is still used up');
  assert.ok(isReserved(reserve([key({})])));
});

test('of four hundred thousand keys only those that speak are remembered', () => {
  const { time, limiter } = bench();
  for (let i = 0; i < 400_000; i++) {
    // A thousand a second for some minutes.
    time.ms += 1;
    const answer = limiter.reserve([key({ requestsPerMinute: 60 }, `key_${i}`)], 0, {});
    if (answer.kind === 'reserved') answer.reservation.settle(0);
  }
  assert.ok(limiter.size < 20_000, String(limiter.size));
  time.ms += 60_000;
  limiter.forget(100_000);
  limiter.forget(1);
  assert.equal(limiter.size, 0);
});

test('who has no limit leaves no trace', () => {
  const { limiter, reserve } = bench();
  assert.ok(isReserved(reserve([key({}), organisation({})], 1e9)));
  assert.equal(limiter.size, 0);
});

test('no history lets more through than a burst and the flow', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 5_000 }),
    tokens: fc.integer({ min: 0, max: 400 }),
    used: fc.integer({ min: 0, max: 400 }),
    isRefunded: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { time, reserve } = bench();
      const begin = time.ms;
      const subjects = [key({ requestsPerMinute: 30, tokensPerMinute: 1_000, concurrentRequests: 3 })];
      let requests = 0;
      let tokens = 0;
      for (const { waitMs, tokens: wanted, used, isRefunded } of steps) {
        time.ms += waitMs;
        const reservation = reserve(subjects, wanted);
        if (!isReserved(reservation)) continue;
        if (isRefunded) {
          reservation.refund();
          continue;
        }
        // Never more than reserved: debts are another test.
        const counted = Math.min(used, wanted);
        reservation.settle(counted);
        requests += 1;
        tokens += counted;
        const minutes = (time.ms - begin) / 60_000;
        assert.ok(requests <= 30 * (1 + minutes) + 1e-3);
        assert.ok(tokens <= 1_000 * (1 + minutes) + 1e-3);
      }
    }),
    { numRuns: 300, seed: 3 },
  );
});
