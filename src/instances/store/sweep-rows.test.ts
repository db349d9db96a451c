import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTestDatabase } from '#database/testing.ts';
import { selectZones } from './sweep-rows.ts';

test('every zone in which something was ever ordered is told once, whatever became of it', async (t) => {
  const { db } = await withTestDatabase(t);
  assert.deepEqual(await selectZones(db, 'care'), []);
  const orders = [
    ['care', 'z-3', 'absent'],
    ['care', 'z-1', 'present'],
    ['care', 'z-1', 'absent'],
    ['care', 'z-2', 'open'],
    ['other', 'z-9', 'present'],
  ];
  // Orders and volumes alone: the machines they belong to are another matter.
  for (const table of ['provision_attempts', 'instance_volumes']) {
    await db.query(`alter table ${table} drop constraint ${table}_org_id_instance_id_fkey`);
  }
  for (const [n, [provider, zone, state]] of orders.entries()) {
    await db.query(
      `insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name, state, created_at)
       values ('org_a', $1, $1, 1, 'server', $2, $3, $1, $4, app_now())`,
      [`att_${n}`, provider, zone, state],
    );
  }
  assert.deepEqual(await selectZones(db, 'care'), ['z-1', 'z-2', 'z-3']);
  for (const [n, zone] of ['z-0', 'z-2', 'z-4', 'z-4'].entries()) {
    await db.query(
      `insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes, is_boot,
         delete_on_terminate, created_at, deleted_at)
       values ('org_a', $1, 'inst_a', 'care', $1, $2, 'block', 1, false, false, app_now(), app_now())`,
      [`vol_${n}`, zone],
    );
  }
  assert.deepEqual(await selectZones(db, 'care'), ['z-0', 'z-1', 'z-2', 'z-3', 'z-4']);
  assert.deepEqual(await selectZones(db, 'other'), ['z-9']);
  assert.deepEqual(await selectZones(db, 'nobody'), []);
});
