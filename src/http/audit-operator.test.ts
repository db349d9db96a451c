import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTestDatabase } from '#database/testing.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { newId } from '#kernel/ids.ts';
import { auditedAsOperator } from './audit-operator.ts';

test('what is changed from a shell leaves an entry with the change, and none without it', async (t) => {
  const { db, env } = await withTestDatabase(t);
  await db.query('create table facts (name text)');
  const act = {
    action: 'settings.set',
    subjectId: 'OFFERS_MAX',
    asked: { token: 'hunter2' },
    correlationId: newId(env, 'correlation'),
  };
  const write = (fails: boolean) =>
    auditedAsOperator(env, db, act, () =>
      db.transaction(async (tx) => {
        await tx.query(`insert into facts values ('x')`);
        noteChange({ before: { value: 1 } });
        if (fails) throw new Error('no');
      }),
    );
  await assert.rejects(write(true), /no/);
  await write(false);
  const rows = await db.query(
    `select a.actor_kind, a.org_id, a.action, a.subject_kind, a.subject_id, a.before, a.after, a.correlation_id
     from audit_log a join facts f on f.xmin = a.xmin`,
  );
  assert.deepEqual(rows, [
    {
      actor_kind: 'operator',
      org_id: null,
      action: 'settings.set',
      subject_kind: 'settings',
      subject_id: 'OFFERS_MAX',
      before: { value: 1 },
      after: { token: '[hidden]' },
      correlation_id: act.correlationId,
    },
  ]);
  assert.equal((await db.query('select 1 from audit_log')).length, 1);
});
