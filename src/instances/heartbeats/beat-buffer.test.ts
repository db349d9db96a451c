import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegisterResponse } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { beatOf } from '../testing/bench.ts';
import { BeatBuffer, type WaitingBeat } from './beat-buffer.ts';

const env = systemEnv(SILENT_LOG);
const ORG = 'org_a' as OrgId;

function waiting(id: string, seq: number): WaitingBeat {
  const beat = beatOf({ instance_id: id, epoch: 1 } as RegisterResponse, 'ready', { seq });
  const worker = { instanceId: id as InstanceId, orgId: ORG, epoch: 1 };
  return { worker, beat, state: 'ready', wanted: 'serving', arrivedAtMs: 0, isReturn: false };
}

/** A database whose writes end when they are let go; remembers what each wrote. */
function heldDatabase() {
  const written: string[][] = [];
  const held: (() => void)[] = [];
  const query = async (_text: string, values: unknown[]) => {
    written.push(values[0] as string[]);
    await new Promise<void>((resolve) => held.push(resolve));
    return [{ ids: values[0] }];
  };
  return { db: { query } as unknown as Database, written, letGo: () => held.shift()?.() };
}

test('a beat that was accepted while others were being written is written before the end', async () => {
  const { db, written, letGo } = heldDatabase();
  const buffer = new BeatBuffer(env, db, { flushMs: () => 0, onUnwritten: async () => {} });
  buffer.add(waiting('inst_a', 1));
  while (written.length === 0) await env.sleep(1);
  buffer.add(waiting('inst_b', 1));
  const stopped = buffer.stop();
  assert.equal(buffer.isAccepting, false);
  letGo();
  while (written.length === 1) await env.sleep(1);
  letGo();
  await stopped;
  assert.deepEqual(written, [['inst_a'], ['inst_b']]);
});

test('what is newer than the beat that was written by other ways stays', async () => {
  const { db, written, letGo } = heldDatabase();
  const buffer = new BeatBuffer(env, db, { flushMs: () => 60_000, onUnwritten: async () => {} });
  buffer.add(waiting('inst_a', 7));
  buffer.add(waiting('inst_b', 7));
  buffer.drop('inst_a' as InstanceId, { seq: 6 });
  buffer.drop('inst_b' as InstanceId, { seq: 7 });
  assert.equal(buffer.size, 1);
  const stopped = buffer.stop();
  while (written.length === 0) await env.sleep(1);
  letGo();
  await stopped;
  assert.deepEqual(written, [['inst_a']]);
});
