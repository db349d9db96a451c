import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { type EventHub, type EventHubOptions, startEventHub } from './event-hub.ts';
import { eventRoutes } from './event-routes.ts';
import { startTestServer, type TestServer } from './testing.ts';

interface Reader {
  readonly response: IncomingMessage;
  text: string;
  isClosed: boolean;
  ids(): string[];
  events(): string[];
  until(isDone: (reader: Reader) => boolean): Promise<void>;
  close(): void;
}

async function start(t: Parameters<typeof startTestServer>[0], options: EventHubOptions = {}) {
  const state = { isAllowed: true };
  let hub: EventHub | undefined;
  // Before the server's own end, which would wait for open streams.
  t.after(() => hub?.stop());
  const server = await startTestServer(t, {
    routes: async ({ env, db }) => {
      hub = await startEventHub(env, db, { pollMs: 500, ...options });
      return eventRoutes({ hub, isStillAllowed: async () => state.isAllowed });
    },
  });
  const open = async (org: string, lastId?: string): Promise<Reader> => {
    const headers = {
      'x-test-user': `${org}/user/user`,
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    };
    const request = get(`${server.url}/api/v1/events`, { headers, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const reader = readerOf(server, response);
    t.after(() => response.destroy());
    return reader;
  };
  return { server, state, open, db: server.db, stop: async () => hub?.stop() };
}

function readerOf(server: TestServer, response: IncomingMessage): Reader {
  const reader: Reader = {
    response,
    text: '',
    isClosed: false,
    ids: () => [...reader.text.matchAll(/^id: (\S+)$/gm)].map((match) => match[1] ?? ''),
    events: () => [...reader.text.matchAll(/^event: (\S+)\ndata: (.*)\n/gm)].map((match) => nameOf(match)),
    until: async (isDone) => {
      for (let i = 0; i < 2_000; i++) {
        if (isDone(reader)) return;
        await server.env.sleep(10);
      }
      assert.fail(`it did not come: ${reader.text}`);
    },
    close: () => response.destroy(),
  };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    reader.text += chunk;
  });
  response.on('error', () => undefined);
  response.on('close', () => {
    reader.isClosed = true;
  });
  return reader;
}

function nameOf(match: RegExpMatchArray): string {
  const body = JSON.parse(match[2] ?? '{}') as { subject_id?: string };
  return body.subject_id ?? match[1] ?? '';
}

async function emit(db: Database, orgId: string, ...subjects: string[]): Promise<void> {
  for (const subjectId of subjects) {
    await db.transaction((tx) => emitEvent(tx, { orgId, type: 'instance.changed', subjectId, summary: {} }));
  }
}

test('an event reaches the readers of its organisation at once, and no other', async (t) => {
  const { open, db } = await start(t, { pollMs: 60_000 });
  const [a, b] = [await open('org_a'), await open('org_b')];
  assert.equal(a.response.headers['content-type'], 'text/event-stream; charset=utf-8');
  await a.until((reader) => reader.text.startsWith('retry: 1000'));
  await emit(db, 'org_a', 'inst_1');
  await emit(db, 'org_b', 'inst_2');
  await a.until((reader) => reader.events().length === 1);
  await b.until((reader) => reader.events().length === 1);
  assert.deepEqual([a.events(), b.events()], [['inst_1'], ['inst_2']]);
});

test('a reader that comes back gets exactly what it missed', async (t) => {
  const { open, db } = await start(t);
  const first = await open('org_a');
  await emit(db, 'org_a', 'e1');
  await first.until((reader) => reader.events().length === 1);
  first.close();
  await emit(db, 'org_a', 'e2');
  await emit(db, 'org_b', 'other');
  await emit(db, 'org_a', 'e3');
  const second = await open('org_a', first.ids().at(-1));
  await second.until((reader) => reader.events().length === 2);
  await emit(db, 'org_a', 'e4');
  await second.until((reader) => reader.events().length === 3);
  assert.deepEqual(second.events(), ['e2', 'e3', 'e4']);
});

test('a stream without any event still tells from where it can be resumed', async (t) => {
  const { open, db } = await start(t);
  const witness = await open('org_b');
  await emit(db, 'org_b', 'before');
  await witness.until((reader) => reader.events().length === 1);
  const first = await open('org_a');
  await first.until((reader) => reader.ids().length === 1);
  first.close();
  await emit(db, 'org_a', 'e1');
  const second = await open('org_a', first.ids()[0]);
  await second.until((reader) => reader.events().length === 1);
  assert.deepEqual(second.events(), ['e1']);
});

test('nothing is lost or doubled while readers join in the middle of a burst', async (t) => {
  const { open, db } = await start(t);
  await emit(db, 'org_a', 'e0');
  const [first] = await db.query<{ id: string }>(`select xid::text || '-' || seq as id from events`);
  const burst = Promise.all(
    Array.from({ length: 4 }, (_, part) =>
      emit(db, 'org_a', ...Array.from({ length: 15 }, (_, i) => `e${part}.${i}`)),
    ),
  );
  const readers = await Promise.all(Array.from({ length: 5 }, () => open('org_a', first?.id)));
  await burst;
  for (const reader of readers) {
    await reader.until(({ events }) => events().length >= 60);
    assert.equal(new Set(reader.events()).size, 60);
    assert.equal(reader.events().length, 60);
  }
});

test('a position that is forged, from the future or too old begins with reset', async (t) => {
  const { open, db } = await start(t);
  const witness = await open('org_a');
  await emit(db, 'org_a', 'e1');
  await witness.until((reader) => reader.events().length === 1);
  const forged = ['x', '1', '99999999-99999999', "1-1'; drop table events", '-1--1', `${'9'.repeat(30)}-1`];
  for (const id of forged) {
    const reader = await open('org_a', id);
    await reader.until(({ events }) => events().length === 1);
    assert.deepEqual(reader.events(), ['reset'], id);
    await emit(db, 'org_a', 'after');
    await reader.until(({ events }) => events().length === 2);
    assert.deepEqual(reader.events(), ['reset', 'after'], id);
    reader.close();
  }
});

test("another organisation's position shows nothing of it", async (t) => {
  const { open, db } = await start(t);
  await emit(db, 'org_b', 'secret-1', 'secret-2');
  const [row] = await db.query<{ id: string }>(
    `select xid::text || '-' || seq as id from events order by seq limit 1`,
  );
  const reader = await open('org_a', row?.id);
  await emit(db, 'org_a', 'own');
  await reader.until(({ events }) => events().length === 1);
  assert.deepEqual(reader.events(), ['own']);
  assert(!reader.text.includes('secret'));
});

test('a stream closes when its session is revoked, at once by notification', async (t) => {
  const { open, db, state } = await start(t, { recheckMs: 60_000 });
  const reader = await open('org_a');
  await reader.until(({ text }) => text !== '');
  state.isAllowed = false;
  await db.query('select pg_notify($1, $2)', [CHANNELS.keys, '']);
  await reader.until(({ isClosed }) => isClosed);
});

test('a stream closes when its session is revoked, at the latest by the next check', async (t) => {
  const { open, state } = await start(t, { recheckMs: 50 });
  const reader = await open('org_a');
  state.isAllowed = false;
  await reader.until(({ isClosed }) => isClosed);
});

test('a silent stream shows that it is alive', async (t) => {
  const { open } = await start(t, { heartbeatMs: 50 });
  const reader = await open('org_a');
  await reader.until(({ text }) => text.includes(': alive'));
});

test('a reader that does not read is cut, and the others read on', async (t) => {
  let dropped = 0;
  const metrics = { streamOpened() {}, streamClosed() {}, streamDropped: () => (dropped += 1) };
  const { open, db } = await start(t, { bufferBytesMax: 3_000_000, metrics });
  const [slow, quick] = [await open('org_a'), await open('org_a')];
  slow.response.pause();
  for (let i = 0; i < 40 && dropped === 0; i++) {
    await db.query(
      `insert into events (org_id, type, subject_id, summary, at)
       select 'org_a', 'cost.changed', 'big', jsonb_build_object('text', repeat('x', 20000)), app_now()
       from generate_series(1, 50)`,
    );
    await emit(db, 'org_a', `mark-${i}`);
    await quick.until(({ text, isClosed }) => text.includes(`mark-${i}`) || isClosed);
  }
  assert.equal(dropped, 1, 'the slow one is cut');
  assert(!quick.isClosed, 'the quick one is not');
});

test('a long absence is replayed at the speed of the reader, and beyond a limit begins anew', async (t) => {
  const { open, db } = await start(t, { bufferBytesMax: 400_000 });
  await emit(db, 'org_a', 'e0');
  const [first] = await db.query<{ id: string }>(`select xid::text || '-' || seq as id from events`);
  const add = (count: number) =>
    db.query(
      `insert into events (org_id, type, subject_id, summary, at)
       select 'org_a', 'cost.changed', 'e', jsonb_build_object('text', repeat('x', 500)), app_now()
       from generate_series(1, $1::int)`,
      [count],
    );
  // What the hub has yet to read it sends as it comes; only what lies behind its position is a replay.
  const witness = await open('org_b');
  await add(1_800);
  await emit(db, 'org_b', 'read so far');
  await witness.until((reader) => reader.events().length === 1);
  const patient = await open('org_a', first?.id);
  await patient.until(({ events }) => events().length === 1_800);
  await add(300);
  await patient.until(({ events }) => events().length === 2_100);
  const late = await open('org_a', first?.id);
  await late.until(({ events }) => events().includes('reset'));
});

test('stopping the server ends its streams', async (t) => {
  const { open, server, stop } = await start(t);
  const reader = await open('org_a');
  await reader.until(({ text }) => text !== '');
  await stop();
  await server.close();
  await reader.until(({ isClosed }) => isClosed);
});
