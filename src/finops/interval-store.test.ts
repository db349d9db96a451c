import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { constraintOf, type Database, sqlStateOf } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import type { OrgId } from '#kernel/ids.ts';
import { costOfSpan } from '#kernel/money.ts';
import {
  closeInterval,
  listIntervals,
  type OpeningInterval,
  openInterval,
  readCostsOfInstances,
  readCumulative,
  readFigures,
} from './interval-store.ts';

const ORG = { orgId: 'org_a' as OrgId };
const OTHER_ORG = { orgId: 'org_b' as OrgId };
const HOUR_MS = 3_600_000;
const EUR = { currency: 'EUR', eurRateMillionths: 1_000_000 };

async function prepare(db: Database): Promise<void> {
  await db.query(
    `insert into organisations (id, slug, name, created_at)
     values ('org_a', 'a', 'A', app_now()), ('org_b', 'b', 'B', app_now())`,
  );
}

function opening(ref: string, from: Date, over: Partial<OpeningInterval> = {}): OpeningInterval {
  return {
    id: `cost_${ref}`,
    instanceId: 'inst_a',
    resourceKind: 'server',
    resourceRef: ref,
    providerId: 'mock',
    zone: 'mock-a',
    from,
    nanosPerHour: 1_234_567_891,
    ...EUR,
    ...over,
  };
}

test('a closed interval costs its milliseconds at its rate, rounded once', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const from = new Date(Date.now() - 5 * HOUR_MS);
  const to = new Date(from.getTime() + 4_000_123);
  await db.transaction((tx) => openInterval(tx, ORG, opening('s1', from)));
  await db.transaction((tx) => closeInterval(tx, ORG, { kind: 'server', ref: 's1' }, to));
  const [interval] = await listIntervals(db, ORG, { limit: 10 });
  assert.equal(interval?.micros, costOfSpan(4_000_123, 1_234_567_891));
  assert.equal(interval?.from.getTime(), from.getTime());
  assert.equal(interval?.to?.getTime(), to.getTime());
});

test('a window has the intervals that cost something in it, whether they have ended or not', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const at = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
  for (const [ref, from, to] of [
    ['early', 0, 2],
    ['late', 3, 5],
    ['open', 4, null],
  ] as const) {
    await db.transaction((tx) => openInterval(tx, ORG, opening(ref, at(from))));
    if (to !== null) await db.transaction((tx) => closeInterval(tx, ORG, { kind: 'server', ref }, at(to)));
  }
  const within = async (from?: number, to?: number) => {
    const span = {
      from: from === undefined ? undefined : at(from),
      to: to === undefined ? undefined : at(to),
    };
    return (await listIntervals(db, ORG, { ...span, limit: 10 })).map(({ resourceRef }) => resourceRef);
  };
  assert.deepEqual(await within(), ['open', 'late', 'early']);
  assert.deepEqual(await within(1, 4), ['late', 'early']);
  assert.deepEqual(await within(2, 3), [], 'an end is not in it, a beginning is');
  assert.deepEqual(await within(5), ['open']);
  assert.deepEqual(await within(undefined, 3), ['early']);
});

test('opening and closing twice is the same as once, and a closed resource never opens again', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const from = new Date(Date.now() - HOUR_MS);
  const to = new Date(from.getTime() + 1_000);
  for (let i = 0; i < 2; i++) {
    await db.transaction(async (tx) => {
      await openInterval(tx, ORG, opening('s1', from, { id: `cost_${i}` }));
      await closeInterval(tx, ORG, { kind: 'server', ref: 's1' }, to);
    });
  }
  assert.equal((await listIntervals(db, ORG, { limit: 10 })).length, 1);
});

test('two intervals of one resource cannot overlap, whoever writes them', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const insert = (id: string, from: string, to: string) =>
    db.query(
      `insert into cost_intervals (org_id, id, instance_id, resource_kind, resource_ref, provider_id, zone, during)
       values ('org_a', $1, 'inst_a', 'server', 's1', 'mock', 'mock-a', tstzrange($2, $3))`,
      [id, from, to],
    );
  await insert('cost_1', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z');
  await insert('cost_2', '2026-01-01T01:00:00Z', '2026-01-01T02:00:00Z');
  await assert.rejects(insert('cost_3', '2026-01-01T00:59:59.999Z', '2026-01-01T01:00:00Z'), (error) => {
    assert.equal(sqlStateOf(error), '23P01');
    assert.match(constraintOf(error) ?? '', /cost_intervals/);
    return true;
  });
});

test('a machine that ended before it began to cost is kept and costs nothing', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const from = new Date(Date.now() - HOUR_MS);
  await db.transaction((tx) => openInterval(tx, ORG, opening('s1', from)));
  await db.transaction((tx) =>
    closeInterval(tx, ORG, { kind: 'server', ref: 's1' }, new Date(from.getTime() - 5)),
  );
  const [interval] = await listIntervals(db, ORG, { limit: 10 });
  assert.equal(interval?.micros, 0);
});

test('an unknown price is counted as unpriced, not as free', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const unknown = { nanosPerHour: null, currency: null, eurRateMillionths: null };
  await db.transaction((tx) => openInterval(tx, ORG, opening('s1', new Date(Date.now() - HOUR_MS), unknown)));
  const figures = await readFigures(db, ORG);
  assert.equal(figures.unpricedResources, 1);
  assert.equal(figures.cumulativeMicros, 0);
  await db.transaction((tx) => closeInterval(tx, ORG, { kind: 'server', ref: 's1' }, new Date()));
  assert.equal((await listIntervals(db, ORG, { limit: 1 }))[0]?.micros, null);
});

test('a price in dollars is converted at the rate of its interval', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const from = new Date(Date.now() - 2 * HOUR_MS);
  const dollars = { nanosPerHour: 1_000_000_000, currency: 'USD', eurRateMillionths: 860_000 };
  await db.transaction((tx) => openInterval(tx, ORG, opening('s1', from, dollars)));
  const stopAt = new Date(from.getTime() + HOUR_MS);
  assert.equal((await readFigures(db, ORG)).microsPerHour, 860_000);
  await db.transaction((tx) => closeInterval(tx, ORG, { kind: 'server', ref: 's1' }, stopAt));
  assert.equal((await readFigures(db, ORG)).cumulativeMicros, 860_000);
});

test('the cumulative of any set of intervals is the sum of their costs, and another organisation sees none', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const base = Date.now() - 500 * HOUR_MS;
  const span = fc.record({
    at: fc.nat(400 * HOUR_MS),
    ms: fc.integer({ min: 1, max: 90 * HOUR_MS }),
    rate: fc.nat(70e9),
  });
  const spans = fc.sample(span, { numRuns: 60, seed: 7 });
  for (const [index, one] of spans.entries()) {
    const from = new Date(base + one.at);
    await db.transaction(async (tx) => {
      await openInterval(tx, ORG, opening(`s${index}`, from, { nanosPerHour: one.rate }));
      await closeInterval(tx, ORG, { kind: 'server', ref: `s${index}` }, new Date(from.getTime() + one.ms));
    });
  }
  const sum = spans.reduce((total, one) => total + costOfSpan(one.ms, one.rate), 0);
  assert.equal((await readFigures(db, ORG)).cumulativeMicros, sum);
  assert.equal((await readCostsOfInstances(db, ORG, ['inst_a'])).get('inst_a'), sum);
  const window = { from: new Date(base), to: new Date(base + 500 * HOUR_MS), stepSeconds: 3_600 };
  const series = await readCumulative(db, ORG, window);
  assert.equal(series.at(-1)?.cumulativeMicros, sum);
  for (const [index, point] of series.entries()) {
    assert(point.cumulativeMicros >= (series[index - 1]?.cumulativeMicros ?? 0), 'a cumulative never falls');
  }
  assert.equal((await readFigures(db, OTHER_ORG)).cumulativeMicros, 0);
  assert.equal((await readCostsOfInstances(db, OTHER_ORG, ['inst_a'])).size, 0);
});

test('an open interval costs up to this moment by the same rule', async (t) => {
  const { db } = await withTestDatabase(t);
  await prepare(db);
  const from = new Date(Date.now() - 10 * HOUR_MS);
  await db.transaction((tx) => openInterval(tx, ORG, opening('s1', from)));
  const figures = await readFigures(db, ORG);
  const expected = costOfSpan(figures.at.getTime() - from.getTime(), 1_234_567_891);
  assert.equal(figures.cumulativeMicros, expected);
});
