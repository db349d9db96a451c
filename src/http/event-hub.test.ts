import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { type EventHub, type EventHubOptions, startEventHub } from './event-hub.ts';
import { eventRoutes } from './event-routes.ts';
import type { Standing } from './stream-guard.ts';
import { askForStream, openStream } from './test-stream.ts';
import { startTestServer } from './testing.ts';

const READY = { state: 'ready', progress: 100 } as const;
const LIVE = { isLive: true, role: 'user', isPlatformAdmin: false, credential: 'c' } as const;

async function start(t: TestContext, options: Partial<EventHubOptions> = {}) {
  const state = { standing: undefined as Standing | undefined, isDown: false, asked: 0 };
  let hub: EventHub | undefined;
  // Before the server's own end, which would wait for open streams.
  t.after(() => hub?.stop());
  const server = await startTestServer(t, {
    routes: async ({ env, db }) => {
      hub = await startEventHub(env, db, {
        pollMs: 500,
        recheckMs: 60_000,
        findStandings: async (ids) => {
          state.asked += 1;
          if (state.isDown) throw new Error('the database is away');
          const standing = state.standing;
          return new Map(standing ? ids.map((id) => [id, standing]) : []);
        },
        ...options,
      });
      return eventRoutes({ hub, credentialOf: () => 'c' });
    },
  });
  const headersOf = (org: string, lastId?: string) => ({
    'x-test-user': org.includes('/') ? org : `${org}/user_a/user`,
    ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
  });
  return {
    server,
    state,
    db: server.db,
    open: (org: string, lastId?: string) => openStream(t, server.url, headersOf(org, lastId)),
    ask: (org: string) => askForStream(t, server.url, headersOf(org)),
    stop: async () => hub?.stop(),
    /** The hub has read everything that was written before. */
    settle: async () => {
      const witness = await openStream(t, server.url, headersOf('witness'));
      await witness.until(() => witness.ids().length > 0);
      await emit(server.db, 'witness', 'mark');
      await witness.until(() => witness.subjects().includes('mark'));
      witness.close();
    },
  };
}

async function emit(db: Database, orgId: string, ...subjects: string[]): Promise<void> {
  for (const subjectId of subjects) {
    await db.transaction((tx) =>
      emitEvent(tx, { orgId, type: 'instance.changed', subjectId, summary: READY }),
    );
  }
}

/** Many at once, each of another thing unless told; written as fast as the database takes them. */
async function flood(db: Database, orgId: string, count: number, subject = 'i || number'): Promise<void> {
  await db.query(
    `insert into events (org_id, type, subject_id, summary, at)
     select $1, 'deployment.changed', ${subject.replace('i ||', `'i' ||`)},
       jsonb_build_object('name', number || repeat('x', 400)), app_now()
     from generate_series(1, $2::int) as number`,
    [orgId, count],
  );
  await db.query('select pg_notify($1, $2)', [CHANNELS.events, '']);
}

async function firstPosition(db: Database): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    `select xid::text || '-' || seq as id from events order by seq limit 1`,
  );
  return row?.id ?? '';
}

test('an event reaches the readers of its organisation at once, and no other', async (t) => {
  const { open, db } = await start(t, { pollMs: 60_000 });
  const [a, b] = [await open('org_a'), await open('org_b')];
  assert.equal(a.headers['content-type'], 'text/event-stream; charset=utf-8');
  await a.until(({ text }) => /^retry: \d{4}\n\n/.test(text));
  await emit(db, 'org_a', 'inst_1');
  await emit(db, 'org_b', 'inst_2');
  await a.until(() => a.subjects().length === 1);
  await b.until(() => b.subjects().length === 1);
  assert.deepEqual([a.subjects(), b.subjects()], [['inst_1'], ['inst_2']]);
});

test('a reader that comes back gets exactly what it missed', async (t) => {
  const { open, db } = await start(t);
  const first = await open('org_a');
  await emit(db, 'org_a', 'e1');
  await first.until(() => first.subjects().length === 1);
  first.close();
  await emit(db, 'org_a', 'e2');
  await emit(db, 'org_b', 'other');
  await emit(db, 'org_a', 'e3');
  const second = await open('org_a', first.ids().at(-1));
  await second.until(() => second.subjects().length === 2);
  await emit(db, 'org_a', 'e4');
  await second.until(() => second.subjects().length === 3);
  assert.deepEqual(second.subjects(), ['e2', 'e3', 'e4']);
});

test('a stream without any event still tells from where it can be resumed', async (t) => {
  const { open, db, settle } = await start(t);
  await settle();
  const first = await open('org_a');
  await first.until(() => first.ids().length === 1);
  first.close();
  await emit(db, 'org_a', 'e1');
  const second = await open('org_a', first.ids()[0]);
  await second.until(() => second.subjects().length === 1);
  assert.deepEqual(second.subjects(), ['e1']);
});

test('a quiet stream is moved on, so that it can be resumed after its first position was removed', async (t) => {
  const { open, db, settle } = await start(t, { heartbeatMs: 50 });
  await settle();
  const quiet = await open('org_a');
  await quiet.until(() => quiet.ids().length >= 1);
  const old = quiet.ids()[0] ?? '';
  await settle();
  await quiet.until(() => quiet.ids().at(-1) !== old);
  await db.query('delete from events where seq <= $1', [old.split('-')[1]]);
  quiet.close();
  await emit(db, 'org_a', 'e1');
  const [late, moved] = [await open('org_a', old), await open('org_a', quiet.ids().at(-1))];
  await late.until(() => late.resets().length === 1);
  assert.deepEqual(late.resets(), ['unknown_position']);
  await moved.until(() => moved.subjects().length === 1);
  assert.deepEqual([moved.subjects(), moved.resets()], [['e1'], []]);
});

test('nothing is lost or doubled while readers join in the middle of a burst', async (t) => {
  const { open, db } = await start(t);
  await emit(db, 'org_a', 'e0');
  const first = await firstPosition(db);
  const burst = Promise.all(
    Array.from({ length: 4 }, (_, part) =>
      emit(db, 'org_a', ...Array.from({ length: 15 }, (_, i) => `e${part}.${i}`)),
    ),
  );
  const readers = await Promise.all(Array.from({ length: 5 }, () => open('org_a', first)));
  await burst;
  for (const reader of readers) {
    await reader.until(() => reader.subjects().length >= 60);
    assert.equal(new Set(reader.subjects()).size, 60);
    assert.equal(reader.subjects().length, 60);
  }
});

test('a position that is forged, from the future or too old begins with reset', async (t) => {
  const { open, db, settle } = await start(t);
  await settle();
  const forged = ['x', '1', '99999999-99999999', "1-1'; drop table events", '-1--1', `${'9'.repeat(30)}-1`];
  for (const id of [...forged, `${'9'.repeat(19)}-${'9'.repeat(18)}`, '0-0']) {
    const reader = await open('org_a', id);
    await reader.until(() => reader.resets().length === 1, id);
    await emit(db, 'org_a', 'after');
    await reader.until(() => reader.subjects().length === 1, id);
    assert.deepEqual([reader.resets(), reader.subjects()], [['unknown_position'], ['after']], id);
    reader.close();
  }
});

test("another organisation's position shows nothing of it", async (t) => {
  const { open, db } = await start(t);
  await emit(db, 'org_b', 'secret-1', 'secret-2');
  const reader = await open('org_a', await firstPosition(db));
  await emit(db, 'org_a', 'own');
  await reader.until(() => reader.subjects().length === 1);
  assert.deepEqual(reader.subjects(), ['own']);
  assert(!reader.text.includes('secret'));
});

test('a role hears only of what it may read, live and in what it missed', async (t) => {
  const { open, db, settle } = await start(t);
  await emit(db, 'witness', 'e0');
  const before = await firstPosition(db);
  const viewers = ['org_a/user_a/user', 'org_a/user_b/user', 'org_a/user_c/manager', 'org_b/user_d/owner'];
  const admin = 'org_b/user_e/user/platform';
  const live = await Promise.all([...viewers, admin].map((viewer) => open(viewer)));
  for (const reader of live) await reader.until(() => reader.ids().length > 0);
  const to = (orgId: string | null, type: string, subjectId: string, userId: string | null = null) =>
    db.query(
      `insert into events (org_id, user_id, type, subject_id, summary, at) values ($1, $2, $3, $4,
         case $3 when 'api_key.changed' then '{"state": "active", "happened": "changed"}'::jsonb
                 when 'alert.changed' then '{"code": "C", "is_open": true}'::jsonb else '{}' end, app_now())`,
      [orgId, userId, type, subjectId],
    );
  await to('org_a', 'cost.changed', 'cost');
  await to('org_a', 'audit.changed', 'audit');
  await to('org_a', 'api_key.changed', 'key-of-a', 'user_a');
  await to('org_a', 'api_key.changed', 'key-of-all');
  await to(null, 'session.changed', 'session-of-b', 'user_b');
  await to(null, 'setting.changed', 'setting');
  await to(null, 'model.changed', 'model');
  await to(null, 'alert.changed', 'installation');
  await to(null, 'job.changed', 'job');
  await to('org_a', 'of_tomorrow.changed', 'unknown');
  await to('org_a', 'instance.changed', 'without-its-summary');
  await emit(db, 'org_a', 'last');
  await emit(db, 'org_b', 'last');
  await settle();
  const expected = [
    ['key-of-a', 'model', 'last'],
    ['session-of-b', 'model', 'last'],
    ['cost', 'audit', 'key-of-a', 'key-of-all', 'setting', 'model', 'last'],
    ['setting', 'model', 'last'],
    ['model', 'installation', 'job', 'last'],
  ];
  for (const [i, viewer] of [...viewers, admin].entries()) {
    const late = await open(viewer, before);
    for (const reader of [live[i], late]) {
      await reader?.until(() => reader.subjects().includes('last'), viewer);
      assert.deepEqual(reader?.subjects(), expected[i], viewer);
    }
  }
});

test('a stream closes when its session is revoked, at once by notification', async (t) => {
  const { open, db, state } = await start(t);
  state.standing = { ...LIVE, orgId: 'org_a', leftBecause: 'member_removed' };
  const [reader, other] = [await open('org_a'), await open('org_a/user_b/user')];
  await reader.until(() => reader.ids().length > 0);
  await db.query('select pg_notify($1, $2)', [CHANNELS.keys, '']);
  const askedBefore = state.asked;
  await reader.until(() => state.asked > askedBefore || state.asked > 1);
  assert(!reader.isClosed, 'while nothing happened it goes on');
  state.standing = { isLive: false, because: 'session_ended' };
  await db.query('select pg_notify($1, $2)', [CHANNELS.keys, '']);
  assert.deepEqual([await reader.untilEnd(), await other.untilEnd()], ['session_ended', 'session_ended']);
  assert.equal(reader.end()?.retry_ms, null, 'it is not to come back as it is');
});

test('whatever changes about a session ends its streams with the reason, at the latest by the next check', async (t) => {
  const { open, state } = await start(t, { recheckMs: 50 });
  const good = { ...LIVE, orgId: 'org_a', leftBecause: 'member_removed' } as const;
  const cases: [Standing | undefined, string][] = [
    [undefined, 'session_ended'],
    [{ isLive: false, because: 'user_disabled' }, 'user_disabled'],
    [{ ...good, orgId: 'org_b' }, 'member_removed'],
    [{ ...good, role: 'manager' }, 'role_changed'],
    [{ ...good, isPlatformAdmin: true }, 'role_changed'],
    [{ ...good, credential: 'd' }, 'token_replaced'],
  ];
  for (const [standing, reason] of cases) {
    state.standing = good;
    const reader = await open('org_a');
    await reader.until(() => reader.ids().length > 0);
    state.standing = standing;
    assert.equal(await reader.untilEnd(), reason);
  }
});

test('all sessions of all streams are looked at in one question', async (t) => {
  const { open, db, state } = await start(t);
  state.standing = { ...LIVE, orgId: 'org_a', leftBecause: 'member_removed' };
  const readers = await Promise.all(Array.from({ length: 50 }, () => open('org_a')));
  for (const reader of readers) await reader.until(() => reader.ids().length > 0);
  state.standing = { isLive: false, because: 'session_expired' };
  state.asked = 0;
  await db.query('select pg_notify($1, $2)', [CHANNELS.keys, '']);
  for (const reader of readers) assert.equal(await reader.untilEnd(), 'session_expired');
  assert.equal(state.asked, 1);
});

test('when nobody can tell any more who may read, nobody reads', async (t) => {
  const { open, state } = await start(t, { recheckMs: 100 });
  state.standing = { ...LIVE, orgId: 'org_a', leftBecause: 'member_removed' };
  const reader = await open('org_a');
  await reader.until(() => state.asked > 5);
  assert(!reader.isClosed);
  state.isDown = true;
  assert.equal(await reader.untilEnd(), 'unverified');
  assert((reader.end()?.retry_ms ?? 0) > 0, 'it comes back and is looked at anew');
  state.isDown = false;
  const next = await open('org_a');
  const asked = state.asked;
  await next.until(() => state.asked > asked + 5);
  assert(!next.isClosed);
});

test('a silent stream shows that it is alive', async (t) => {
  const { open } = await start(t, { heartbeatMs: 50 });
  const reader = await open('org_a');
  await reader.until(({ text }) => text.includes(': alive'));
});

test('ten thousand changes of one thing are few events for a slow reader, and it gets the last', async (t) => {
  const { open, db } = await start(t, { waitingMax: 50 });
  const [slow, quick] = [await open('org_a'), await open('org_a')];
  await slow.until(() => slow.ids().length > 0);
  slow.response.pause();
  for (let i = 0; i < 10; i++) await flood(db, 'org_a', 1_000, `'same'`);
  await emit(db, 'org_a', 'last');
  await quick.until(() => quick.subjects().includes('last'));
  slow.response.resume();
  await slow.until(() => slow.subjects().includes('last'));
  for (const reader of [slow, quick]) {
    assert(reader.events().length <= 30, `${reader.events().length} events`);
    const last = reader.events().findLast(({ subject_id }) => subject_id === 'same');
    assert(last?.type === 'deployment.changed' && last.summary.name.startsWith('1000x'));
  }
  assert(!slow.isClosed && !quick.isClosed);
});

test('a reader that does not read is cut, the others read on, and it finds out all it missed', async (t) => {
  let dropped = 0;
  const metrics = { streamOpened() {}, streamClosed() {}, streamDropped: () => (dropped += 1) };
  const { open, db } = await start(t, { waitingMax: 300, metrics });
  const [slow, quick] = [await open('org_a'), await open('org_a')];
  await slow.until(() => slow.ids().length > 0);
  slow.response.pause();
  const rounds = async () => {
    for (let i = 0; i < 100; i++) {
      await flood(db, 'org_a', 200, `i || (${i} * 200 + number)`);
      await emit(db, 'org_a', `mark-${i}`);
      await quick.until(() => quick.subjects().includes(`mark-${i}`));
      if (dropped > 0) return i;
    }
    return assert.fail('nobody was cut');
  };
  const last = await rounds();
  assert.equal(dropped, 1, 'the slow one is cut');
  slow.response.resume();
  await slow.until(({ isClosed }) => isClosed);
  const back = await open('org_a', slow.ids().at(-1));
  await back.until(() => back.subjects().includes(`mark-${last}`) || back.resets().length > 0);
  const all = new Set([...slow.subjects(), ...back.subjects()]);
  if (back.resets().length === 0) assert.equal(all.size, (last + 1) * 201);
  assert(!quick.isClosed, 'the quick one is not');
});

test('a reader that takes nothing for too long is cut even when little waits for it', async (t) => {
  let dropped = 0;
  const metrics = { streamOpened() {}, streamClosed() {}, streamDropped: () => (dropped += 1) };
  const { open, db, state } = await start(t, { recheckMs: 50, stuckMs: 300, heartbeatMs: 20, metrics });
  state.standing = { ...LIVE, orgId: 'org_a', leftBecause: 'member_removed' };
  const [slow, quick] = [await open('org_a'), await open('org_a')];
  await slow.until(() => slow.ids().length > 0);
  slow.response.pause();
  for (let i = 0; dropped === 0; i++) {
    assert(i < 500, 'nobody was cut');
    await flood(db, 'org_a', 500);
    await emit(db, 'org_a', `mark-${i}`);
    await quick.until(() => quick.subjects().includes(`mark-${i}`));
  }
  assert(!quick.isClosed);
});

test('a long absence is told whole, each thing once; beyond a limit all is read anew', async (t) => {
  const { open, db, settle } = await start(t);
  await emit(db, 'org_a', 'e0');
  const first = await firstPosition(db);
  await flood(db, 'org_a', 1_500);
  await flood(db, 'org_a', 300, `'same'`);
  // Of others, which do not count.
  await flood(db, 'org_b', 3_000);
  await settle();
  const patient = await open('org_a', first);
  await patient.until(() => patient.subjects().includes('same') && patient.subjects().length >= 1_501);
  assert.equal(patient.subjects().length, 1_501);
  await flood(db, 'org_a', 300);
  await settle();
  const late = await open('org_a', first);
  await late.until(() => late.resets().length === 1);
  assert.deepEqual(late.resets(), ['too_much_missed']);
});

test('one person, and all together, keep no more streams open than they may', async (t) => {
  const { ask, open } = await start(t, { streamsPerUserMax: () => 2, streamsMax: () => 3 });
  const [first] = [await open('org_a'), await open('org_b')];
  const refused = await ask('org_a');
  assert.equal(refused.statusCode, 429);
  assert(Number(refused.headers['retry-after']) >= 1);
  const other = await open('org_a/user_b/user');
  assert.equal((await ask('org_a/user_c/user')).statusCode, 503);
  first?.close();
  other.close();
  for (let i = 0; ; i++) {
    const again = await ask('org_a');
    if (again.statusCode === 200) break;
    assert(i < 1_000, 'what was closed is still counted');
  }
});

test('a server that stops sends everybody back, each at another moment, and takes nobody more', async (t) => {
  const { open, ask, server, stop } = await start(t);
  const readers = await Promise.all(Array.from({ length: 20 }, () => open('org_a')));
  for (const reader of readers) await reader.until(() => reader.ids().length > 0);
  await stop();
  const refused = await ask('org_a');
  assert.equal(refused.statusCode, 503);
  for (const reader of readers) assert.equal(await reader.untilEnd(), 'restarting');
  const delays = readers.map((reader) => reader.end()?.retry_ms ?? 0);
  assert(delays.every((delay) => delay >= 500 && delay <= 15_000));
  assert(new Set(delays).size > 5, `all at once: ${delays}`);
  assert(readers[0]?.text.includes(`retry: ${delays[0]}\nevent: end`), 'browsers obey too');
  await server.close();
});
