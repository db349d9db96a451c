import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  givePositions,
  moveCursor,
  readNewEvents,
  recordEvent,
  removeOldBusinessEvents,
} from './business-events.ts';
import type { Database, Transaction } from './database.ts';
import { withTestDatabase } from './testing.ts';

const note = (tx: Transaction, code: string) =>
  recordEvent(tx, {
    orgId: 'org_a',
    type: 'ALERT_OPENED',
    subjectId: 'alert_1',
    data: { alert_id: 'alert_1', code },
  });

/** One look of a reader: what it read, written to a table of its own in the same transaction. */
function look(db: Database, reader: string, options: { limit?: number; fails?: boolean } = {}) {
  return db.transaction(async (tx) => {
    await givePositions(tx, 1_000);
    const events = await readNewEvents(tx, reader, options.limit ?? 1_000);
    for (const event of events) {
      await tx.query('insert into seen (reader, code) values ($1, $2)', [reader, event.data['code']]);
    }
    const last = events.at(-1);
    if (last) await moveCursor(tx, reader, last.position);
    if (options.fails) throw new Error('after the effect');
    return events.length;
  });
}

async function start(t: Parameters<typeof withTestDatabase>[0]) {
  const { db } = await withTestDatabase(t);
  await db.query('create table seen (seq bigint generated always as identity, reader text, code text)');
  await look(db, 'r');
  const seen = async (reader = 'r') =>
    (await db.query<{ code: string }>('select code from seen where reader = $1 order by seq', [reader])).map(
      ({ code }) => code,
    );
  return { db, seen };
}

test('an event whose transaction commits late is missed by no reader', async (t) => {
  const { db, seen } = await start(t);
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const late = db.transaction(async (tx) => {
    await note(tx, 'late');
    begun.resolve();
    await gate.promise;
  });
  await begun.promise;
  await db.transaction((tx) => note(tx, 'early'));
  await look(db, 'r');
  assert.deepEqual(await seen(), ['early']);
  gate.resolve();
  await late;
  await look(db, 'r');
  assert.deepEqual(await seen(), ['early', 'late']);
});

test('each reader gets each event once, whatever fails and however many look at once', async (t) => {
  const { db, seen } = await start(t);
  await look(db, 'other');
  const codes = Array.from({ length: 60 }, (_, index) => `c${index}`);
  const writers = codes.map((code) => db.transaction((tx) => note(tx, code)));
  const looks = Array.from({ length: 20 }, (_, index) =>
    look(db, index % 3 ? 'r' : 'other', { limit: 7, fails: index % 4 === 1 }).catch(() => 0),
  );
  await Promise.all([...writers, ...looks]);
  for (const reader of ['r', 'other']) {
    while ((await look(db, reader, { limit: 7 })) > 0);
    const had = await seen(reader);
    assert.deepEqual(new Set(had), new Set(codes), reader);
    assert.equal(had.length, codes.length, reader);
  }
});

test('a fact that is rolled back leaves no event', async (t) => {
  const { db, seen } = await start(t);
  await assert.rejects(
    db.transaction(async (tx) => {
      await note(tx, 'never');
      throw new Error('changed my mind');
    }),
  );
  await look(db, 'r');
  assert.deepEqual(await seen(), []);
});

test('an event is never changed, and its id is its own', async (t) => {
  const { db } = await start(t);
  await db.transaction(async (tx) => {
    await note(tx, 'same');
    await note(tx, 'same');
  });
  await assert.rejects(db.query(`update business_events set data = '{}'`), /never changed/);
  await look(db, 'r');
  await assert.rejects(db.query(`update business_events set position = position + 1000`), /never changed/);
  const rows = await db.query<{ id: string }>('select id from business_events order by seq');
  assert.equal(new Set(rows.map(({ id }) => id)).size, 2);
  for (const { id } of rows) assert.match(id, /^evt_[0-9a-f]{26}$/);
});

test('age removes only what every reader has had', async (t) => {
  const { db, seen } = await start(t);
  await db.transaction((tx) => note(tx, 'old'));
  await db.query('alter table business_events disable trigger user');
  await db.query(`update business_events set at = at - interval '100 days'`);
  await db.query('alter table business_events enable trigger user');
  assert.equal(await removeOldBusinessEvents(db, 24, 10), false);
  await look(db, 'r');
  assert.deepEqual(await seen(), ['old']);
  await db.transaction((tx) => note(tx, 'new'));
  await removeOldBusinessEvents(db, 24, 10);
  const kept = await db.query(`select data ->> 'code' as code from business_events order by seq`);
  assert.deepEqual(kept, [{ code: 'new' }]);
});
