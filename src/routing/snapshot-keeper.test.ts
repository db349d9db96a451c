import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceId, ModelId, OrgId, UserId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { SnapshotRows } from './snapshot.ts';
import { keepSnapshot, type SnapshotSource } from './snapshot-keeper.ts';
import { keyOf } from './testing.ts';

const ORG = 'org_a' as OrgId;
const OTHER = 'org_b' as OrgId;
const MODEL = 'model_a' as ModelId;

function rows(silentMs: number, orgId = ORG): SnapshotRows {
  return {
    keys: [keyOf({ id: 'key_a', orgId, userId: 'user_a' as UserId, tokenHash: 'hash' })],
    organisations: [],
    models: [{ id: MODEL, hfId: 'org/m' }],
    workers: [
      {
        instanceId: 'inst_a' as InstanceId,
        orgId,
        modelId: MODEL,
        hfId: 'org/m',
        address: '127.0.0.2',
        dataPort: 8000,
        epoch: 1,
        silentMs,
      },
    ],
    awaited: [],
  };
}

function source(first: SnapshotRows) {
  const state = { rows: first, reads: 0, isAway: false, running: 0, runningMax: 0, changed: () => {} };
  const own: SnapshotSource = {
    async read() {
      state.reads++;
      state.running++;
      state.runningMax = Math.max(state.runningMax, state.running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      state.running--;
      if (state.isAway) throw new Error('the database is away');
      return state.rows;
    },
    async onChange(listener) {
      state.changed = listener;
      return { stop: async () => {} };
    },
  };
  return { state, own };
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(isTrue());
}

test('a tenant reaches only its own workers', async () => {
  const { own } = source(rows(0));
  const keeper = await keepSnapshot(systemEnv(SILENT_LOG), own, { workerSilentMs: 9_000 });
  assert.equal(keeper.current.workersFor(ORG, MODEL).length, 1);
  assert.equal(keeper.current.workersFor(OTHER, MODEL).length, 0);
  assert.equal(keeper.current.listedFor(OTHER).length, 0);
  assert.equal(keeper.current.findModel('org/m'), keeper.current.findModel(MODEL));
  await keeper.stop();
});

test('many notifications cause few readings, one at a time', async () => {
  const { state, own } = source(rows(0));
  const keeper = await keepSnapshot(systemEnv(SILENT_LOG), own, { workerSilentMs: 9_000 });
  state.rows = rows(0, OTHER);
  for (let i = 0; i < 100; i++) state.changed();
  await until(() => keeper.current.workersFor(OTHER, MODEL).length === 1);
  assert.ok(state.reads <= 4, String(state.reads));
  assert.equal(state.runningMax, 1);
  await keeper.stop();
});

test('without a notification the rows are read again by the poll', async () => {
  const { state, own } = source(rows(0));
  const keeper = await keepSnapshot(systemEnv(SILENT_LOG), own, { workerSilentMs: 9_000, pollMs: 20 });
  state.rows = rows(0, OTHER);
  await until(() => keeper.current.workersFor(OTHER, MODEL).length === 1);
  await keeper.stop();
});

test('a silent worker gets no requests, its model is listed a little longer', async () => {
  const { state, own } = source(rows(9_001));
  const keeper = await keepSnapshot(systemEnv(SILENT_LOG), own, { workerSilentMs: 9_000, pollMs: 20 });
  assert.equal(keeper.current.workersFor(ORG, MODEL).length, 0);
  assert.equal(keeper.current.listedFor(ORG).length, 1);
  assert.equal(keeper.current.isAwaited(ORG, MODEL), true);
  state.rows = rows(19_001);
  await until(() => keeper.current.listedFor(ORG).length === 0);
  await keeper.stop();
});

test('while the database is away the last snapshot stays, and silence is not judged right after', async () => {
  const { state, own } = source(rows(0));
  const keeper = await keepSnapshot(systemEnv(SILENT_LOG), own, { workerSilentMs: 300, pollMs: 20 });
  state.isAway = true;
  const reads = state.reads;
  await until(() => state.reads > reads + 3);
  assert.equal(keeper.current.workersFor(ORG, MODEL).length, 1);
  assert.ok(keeper.current.findKey('hash'));
  state.rows = rows(900_000);
  state.isAway = false;
  const back = state.reads;
  await until(() => state.reads > back + 2);
  assert.equal(keeper.current.workersFor(ORG, MODEL).length, 1);
  await until(() => keeper.current.workersFor(ORG, MODEL).length === 0);
  await keeper.stop();
});

test('whoever asks for a new reading gets one that began after the question, and many ask at the price of a few', async (t) => {
  let readings = 0;
  const source: SnapshotSource = {
    read: async () => {
      readings += 1;
      return { keys: [], organisations: [], models: [], workers: [], awaited: [] };
    },
    onChange: async () => ({ stop: async () => undefined }),
  };
  const env = systemEnv(SILENT_LOG);
  const keeper = await keepSnapshot(env, source, { workerSilentMs: 9_000, pollMs: 60_000 });
  t.after(() => keeper.stop());
  assert.equal(readings, 1);
  await keeper.reread(5_000);
  assert.equal(readings, 2);
  await Promise.all(Array.from({ length: 50 }, () => keeper.reread(5_000)));
  assert(readings <= 4, `${readings} readings for fifty questions`);
});

test('a reading that does not come is waited for no longer than the limit', async (t) => {
  let isStuck = false;
  const source: SnapshotSource = {
    read: async () => {
      if (isStuck) await new Promise<never>(() => undefined);
      return { keys: [], organisations: [], models: [], workers: [], awaited: [] };
    },
    onChange: async () => ({ stop: async () => undefined }),
  };
  const env = systemEnv(SILENT_LOG);
  const keeper = await keepSnapshot(env, source, { workerSilentMs: 9_000, pollMs: 60_000 });
  t.after(() => void keeper.stop());
  isStuck = true;
  const askedAt = env.clock.monotonic();
  await keeper.reread(100);
  assert(env.clock.monotonic() - askedAt < 2_000);
});
