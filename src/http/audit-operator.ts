/** What is changed from a shell of the machine is in the audit log too, among the affairs of the installation. */
import { accompanied } from '#database/companion.ts';
import type { Database } from '#database/database.ts';
import { ChangeNotes, withChangeNotes } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { type CorrelationId, newId } from '#kernel/ids.ts';
import { AuditCompanion } from './audit-companion.ts';
import { auditValues } from './audit-values.ts';

export interface OperatorAct {
  /** As the route that does the same is called. */
  readonly action: string;
  readonly subjectId?: string | undefined;
  readonly asked?: Readonly<Record<string, unknown>>;
  readonly correlationId: CorrelationId;
}

export function auditedAsOperator<T>(
  env: Pick<Env, 'clock' | 'random'>,
  db: Database,
  act: OperatorAct,
  work: () => Promise<T>,
): Promise<T> {
  const notes = new ChangeNotes();
  const [subjectKind = act.action] = act.action.split('.');
  const companion = new AuditCompanion(() => ({
    id: newId(env, 'audit'),
    orgId: null,
    outcome: 'done',
    actorKind: 'operator',
    actorId: undefined,
    actorName: undefined,
    action: act.action,
    subjectKind,
    subjectId: act.subjectId,
    before: auditValues(notes.note.before),
    after: auditValues(notes.note.after ?? act.asked),
    ip: undefined,
    userAgent: undefined,
    requestId: newId(env, 'request'),
    correlationId: act.correlationId,
  }));
  companion.open();
  return withChangeNotes(notes, () =>
    accompanied(companion, async () => {
      const result = await work();
      await companion.finish(db);
      return result;
    }),
  );
}
