import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Limits,
  NO_LIMITS,
  type Reservation,
  type ReserveAnswer,
  type ReserveDecision,
  type Subject,
} from '../limits/limits.ts';
import { AHEAD_SHARE } from './allowance.ts';
import { aloneOf } from './lease-server.ts';
import { SharedLimiter } from './shared-limiter.ts';
import { FakeLeases, FakeLink } from './testing/fake-lease-server.ts';

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

function fleetOf(count: number, leases?: FakeLeases) {
  const time = { ms: 1_000 };
  const shared = leases ?? new FakeLeases(() => time.ms);
  const gateways = Array.from({ length: count }, (_, index) => {
    const link = new FakeLink(shared, `gateway-${index}`, count);
    return { link, limiter: new SharedLimiter({ monotonic: () => time.ms }, link) };
  });
  return { time, leases: shared, gateways };
}

type FleetGateway = ReturnType<typeof fleetOf>['gateways'][number];

async function decided(answer: ReserveAnswer): Promise<ReserveDecision> {
  return answer.kind === 'asked' ? answer.decision : answer;
}

async function reserve(
  { limiter }: FleetGateway,
  subjects: readonly Subject[],
  tokens = 0,
): Promise<Reservation | undefined> {
  const decision = await decided(limiter.reserve(subjects, tokens, {}));
  return decision.kind === 'reserved' ? decision.reservation : undefined;
}

/** Lets every promise of the moment happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

async function pass(fleet: ReturnType<typeof fleetOf>, ms: number, tickMs = 20): Promise<void> {
  for (let left = ms; left > 0; left -= tickMs) {
    fleet.time.ms += Math.min(tickMs, left);
    for (const { limiter } of fleet.gateways) limiter.tick();
    await settle();
  }
}

test('a burst at two gateways at once gets the minute of one, to the one', async () => {
  const { gateways } = fleetOf(2);
  const subjects = [key({ requestsPerMinute: 60 })];
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => reserve(gateways[i % 2] as FleetGateway, subjects)),
  );
  assert.equal(answers.filter(Boolean).length, 60);
});

test('all of the traffic at one of two gateways gets the whole limit', async () => {
  const fleet = fleetOf(2);
  const [first, second] = fleet.gateways as [FleetGateway, FleetGateway];
  const subjects = [key({ requestsPerMinute: 600, tokensPerMinute: 60_000 })];
  assert.ok(await reserve(second, subjects, 10));
  let admitted = 0;
  for (let i = 0; i < 1_000; i++) if (await reserve(first, subjects, 10)) admitted++;
  assert.ok(admitted > 600 * 0.8 && admitted <= 600, String(admitted));
});

test('a steady pace needs far fewer calls than requests, and most answers come without a wait', async () => {
  const fleet = fleetOf(2);
  const subjects = [key({ requestsPerMinute: 60_000, tokensPerMinute: 60_000_000 })];
  let waited = 0;
  for (let i = 0; i < 5_000; i++) {
    const answer = (fleet.gateways[i % 2] as FleetGateway).limiter.reserve(subjects, 500, {});
    if (answer.kind === 'asked') waited++;
    const decision = await decided(answer);
    assert.equal(decision.kind, 'reserved');
    if (decision.kind === 'reserved') decision.reservation.settle(300);
    if (i % 10 === 9) await pass(fleet, 20);
  }
  assert.ok(waited < 250, `${waited} of 5000 waited`);
  const calls = fleet.gateways.reduce((sum, { link }) => sum + link.calls, 0);
  assert.ok(calls < 1_200, `${calls} calls`);
});

test('a refusal names the limit and when to come again, and asks nobody a second time at once', async () => {
  const fleet = fleetOf(2);
  const [first, second] = fleet.gateways as [FleetGateway, FleetGateway];
  const subjects = [key({ requestsPerMinute: 2 })];
  assert.ok(await reserve(first, subjects));
  assert.ok(await reserve(second, subjects));
  const refused = await decided(second.limiter.reserve(subjects, 0, {}));
  assert.ok(refused.kind === 'refused');
  assert.equal(refused.refusal.limit, 'requests_per_minute');
  assert.ok(Math.abs((refused.refusal.retryAfterMs ?? 0) - 30_000) < 10);
  assert.equal(refused.states.requests?.remaining, 0);
  const { calls } = second.link;
  for (let i = 0; i < 50; i++) assert.equal(second.limiter.reserve(subjects, 0, {}).kind, 'refused');
  assert.equal(second.link.calls, calls);
  await pass(fleet, 30_100, 500);
  assert.ok(await reserve(second, subjects));
});

test('what is larger than its limit will never be served', async () => {
  const { gateways } = fleetOf(2);
  const answer = (gateways[0] as FleetGateway).limiter.reserve([key({ tokensPerMinute: 100 })], 101, {});
  assert.ok(answer.kind === 'refused');
  assert.equal(answer.refusal.retryAfterMs, Number.POSITIVE_INFINITY);
});

test('what was taken in vain comes back for all gateways, and a debt holds for all', async () => {
  const fleet = fleetOf(2);
  const [first, second] = fleet.gateways as [FleetGateway, FleetGateway];
  const subjects = [key({ tokensPerMinute: 1_000 })];
  const large = await reserve(first, subjects, 1_000);
  assert.ok(large);
  assert.equal(await reserve(second, subjects, 500), undefined);
  large.settle(100);
  large.settle(0);
  await pass(fleet, 120);
  const other = await reserve(second, subjects, 700);
  assert.ok(other, 'the rest of the minute is there for the other one');
  other.settle(2_000);
  await pass(fleet, 120);
  assert.equal(await reserve(first, subjects, 200), undefined, 'more than was estimated is a debt');
});

test('what runs at once is counted over all gateways, and each end makes room for one anywhere', async () => {
  const fleet = fleetOf(3);
  const subjects = [key({ concurrentRequests: 5 }), organisation({ concurrentRequests: 50 })];
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => reserve(fleet.gateways[i % 3] as FleetGateway, subjects)),
  );
  const running = answers.filter((one) => one !== undefined);
  assert.equal(running.length, 5);
  running[0]?.settle(0);
  running[0]?.refund();
  await pass(fleet, 60);
  const again = await Promise.all(fleet.gateways.map((gateway) => reserve(gateway, subjects)));
  assert.equal(again.filter(Boolean).length, 1);
});

test('slots of a gateway that died come back with the end of its lease, those of a living one never do', async () => {
  const fleet = fleetOf(2);
  const [dead, alive] = fleet.gateways as [FleetGateway, FleetGateway];
  const subjects = [key({ concurrentRequests: 4 })];
  assert.ok((await reserve(dead, subjects)) && (await reserve(dead, subjects)));
  assert.ok((await reserve(alive, subjects)) && (await reserve(alive, subjects)));
  assert.equal(await reserve(alive, subjects), undefined);
  fleet.gateways.splice(0, 1);
  await pass(fleet, 6_000);
  assert.ok((await reserve(alive, subjects)) && (await reserve(alive, subjects)));
  assert.equal(await reserve(alive, subjects), undefined);
  await pass(fleet, 60_000, 500);
  assert.equal(await reserve(alive, subjects), undefined, 'its own were renewed all the time');
});

test('a gateway that ends gives back what it held', async () => {
  const fleet = fleetOf(2);
  const [leaving, staying] = fleet.gateways as [FleetGateway, FleetGateway];
  const subjects = [key({ requestsPerMinute: 1_000, concurrentRequests: 100 })];
  for (let i = 0; i < 100; i++) (await reserve(leaving, subjects))?.settle(0);
  await leaving.limiter.leave();
  let admitted = 0;
  for (let i = 0; i < 1_100; i++) if (await reserve(staying, [key({ requestsPerMinute: 1_000 })])) admitted++;
  assert.equal(admitted, 900);
});

test('when nobody answers each gateway has its share, and no request fails for it', async () => {
  const fleet = fleetOf(4);
  for (const { link } of fleet.gateways) link.isUp = false;
  const subjects = [key({ requestsPerMinute: 100, concurrentRequests: 40 })];
  const answers: ReserveAnswer[] = [];
  for (let i = 0; i < 400; i++)
    answers.push((fleet.gateways[i % 4] as FleetGateway).limiter.reserve(subjects, 0, {}));
  assert.equal(answers.filter(({ kind }) => kind === 'reserved').length, 40, 'ten at once at each');
  for (const answer of answers) if (answer.kind === 'reserved') answer.reservation.settle(0);
  let admitted = 40;
  for (let i = 0; i < 400; i++) {
    const answer = (fleet.gateways[i % 4] as FleetGateway).limiter.reserve(subjects, 0, {});
    if (answer.kind !== 'reserved') continue;
    answer.reservation.settle(0);
    admitted++;
  }
  assert.equal(admitted, 100);
});

test('a request that is larger than the share passes once all of the share is there', () => {
  const time = { ms: 0 };
  const limiter = new SharedLimiter({ monotonic: () => time.ms }, aloneOf(4));
  const subjects = [key({ tokensPerMinute: 1_000, requestsPerMinute: 2 })];
  assert.equal(limiter.reserve(subjects, 900, {}).kind, 'reserved');
  assert.equal(limiter.reserve(subjects, 900, {}).kind, 'refused');
  time.ms += 60_000;
  assert.equal(limiter.reserve(subjects, 900, {}).kind, 'refused', 'a share is a quarter of the pace');
  time.ms += 4 * 60_000;
  assert.equal(limiter.reserve(subjects, 900, {}).kind, 'reserved');
});

test('what was counted alone counts when the others can be asked again', async () => {
  const fleet = fleetOf(2);
  const subjects = [key({ requestsPerMinute: 100 })];
  for (const { link } of fleet.gateways) link.isUp = false;
  for (const gateway of fleet.gateways)
    for (let i = 0; i < 50; i++) assert.ok(await reserve(gateway, subjects));
  for (const { link, limiter } of fleet.gateways) {
    link.isUp = true;
    limiter.rejoin();
  }
  await pass(fleet, 40);
  for (const gateway of fleet.gateways) assert.equal(await reserve(gateway, subjects), undefined);
});

test('when the place of the limits has lost its memory, gateways bring along what they know', async () => {
  const fleet = fleetOf(2);
  const subjects = [key({ requestsPerMinute: 100, concurrentRequests: 20 })];
  const running: Reservation[] = [];
  for (let i = 0; i < 20; i++) {
    const one = await reserve(fleet.gateways[i % 2] as FleetGateway, subjects);
    assert.ok(one);
    running.push(one);
  }
  for (let i = 0; i < 80; i++)
    await reserve(fleet.gateways[i % 2] as FleetGateway, [key({ requestsPerMinute: 100 })]);
  fleet.leases.flush();
  await pass(fleet, 200);
  let more = 0;
  for (let i = 0; i < 200; i++)
    if (await reserve(fleet.gateways[i % 2] as FleetGateway, [key({ requestsPerMinute: 100 })])) more++;
  assert.ok(more <= 100 * AHEAD_SHARE, `${more} more than the minute`);
  await pass(fleet, 2_500);
  for (const gateway of fleet.gateways)
    assert.equal(
      await reserve(gateway, [key({ concurrentRequests: 20 })]),
      undefined,
      'slots were told again',
    );
});

test('what belongs to no living exchange is given back, and who does not speak is forgotten', async () => {
  const fleet = fleetOf(2);
  const [gateway] = fleet.gateways as [FleetGateway];
  const owner = {};
  await decided(gateway.limiter.reserve([key({ concurrentRequests: 1, requestsPerMinute: 10 })], 0, owner));
  assert.equal(
    gateway.limiter.reconcile((one) => one === owner),
    0,
  );
  assert.equal(
    gateway.limiter.reconcile(() => false),
    1,
  );
  for (let i = 0; i < 2_000; i++) {
    (await reserve(gateway, [key({ requestsPerMinute: 60 }, `key_${i}`)]))?.settle(0);
  }
  await pass(fleet, 70_000, 500);
  gateway.limiter.forget(10_000);
  gateway.limiter.forget(10_000);
  assert.equal(gateway.limiter.size, 0);
});

test('who has no limit asks nobody and leaves no trace', () => {
  const { gateways } = fleetOf(2);
  const { limiter, link } = gateways[0] as FleetGateway;
  assert.equal(limiter.reserve([key({}), organisation({})], 1e9, {}).kind, 'reserved');
  assert.deepEqual([limiter.size, link.calls], [0, 0]);
});

test('no history of several gateways, lost answers and lost memory lets more through than its bound', async () => {
  const LIMIT = 100;
  const GATEWAYS = 3;
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 3_000 }),
    gateway: fc.nat(GATEWAYS - 1),
    requests: fc.integer({ min: 1, max: 30 }),
    tokens: fc.integer({ min: 0, max: 200 }),
    used: fc.integer({ min: 0, max: 200 }),
    end: fc.constantFrom('settle', 'refund', 'run'),
    fault: fc.constantFrom('none', 'none', 'none', 'none', 'lost', 'back', 'flush'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const fleet = fleetOf(GATEWAYS);
      const begin = fleet.time.ms;
      const subjects = [key({ requestsPerMinute: LIMIT, tokensPerMinute: 10_000 })];
      let served = 0;
      let tokens = 0;
      let faults = 0;
      for (const { waitMs, gateway, requests, tokens: wanted, used, end, fault } of steps) {
        await pass(fleet, waitMs, 200);
        const one = fleet.gateways[gateway] as FleetGateway;
        if (fault === 'flush') fleet.leases.flush();
        if (fault === 'lost') one.link.isUp = false;
        if (fault === 'back' && !one.link.isUp) {
          one.link.isUp = true;
          one.limiter.rejoin();
        }
        if (fault === 'flush' || fault === 'lost') faults++;
        const answers = await Promise.all(
          Array.from({ length: requests }, () => reserve(one, subjects, wanted)),
        );
        for (const reservation of answers) {
          if (!reservation) continue;
          if (end === 'refund') {
            reservation.refund();
            continue;
          }
          served++;
          tokens += end === 'settle' ? Math.min(used, wanted) : wanted;
          if (end === 'settle') reservation.settle(Math.min(used, wanted));
        }
        const minutes = (fleet.time.ms - begin) / 60_000;
        // A gateway that is cut off has at most its share on top of what the others may take, once for each time.
        const bound = 1 + minutes + AHEAD_SHARE + faults * (1 / GATEWAYS + AHEAD_SHARE);
        assert.ok(served <= LIMIT * bound + 1, `${served} requests of ${LIMIT * bound}`);
        assert.ok(tokens <= 10_000 * bound + 200, `${tokens} tokens of ${10_000 * bound}`);
      }
    }),
    { numRuns: 80, seed: 11 },
  );
});

test('without faults no interleaving of three gateways exceeds a minute and a tenth', async () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 2_000 }),
    gateway: fc.nat(2),
    requests: fc.integer({ min: 1, max: 40 }),
    isRefunded: fc.boolean(),
    slow: fc.integer({ min: 0, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const fleet = fleetOf(3);
      const begin = fleet.time.ms;
      const subjects = [key({ requestsPerMinute: 120, concurrentRequests: 1_000 })];
      let served = 0;
      const open: Promise<void>[] = [];
      for (const { waitMs, gateway, requests, isRefunded, slow } of steps) {
        await pass(fleet, waitMs, 200);
        const one = fleet.gateways[gateway] as FleetGateway;
        one.link.way = async () => {
          for (let i = 0; i < slow; i++) await Promise.resolve();
        };
        for (let i = 0; i < requests; i++) {
          open.push(
            reserve(one, subjects).then((reservation) => {
              if (!reservation) return;
              if (isRefunded) reservation.refund();
              else served++;
            }),
          );
        }
      }
      await Promise.all(open);
      const minutes = (fleet.time.ms - begin) / 60_000;
      assert.ok(served <= 120 * (1 + minutes + AHEAD_SHARE) + 1, `${served} after ${minutes} minutes`);
    }),
    { numRuns: 80, seed: 5 },
  );
});
