/**
 * Alerts: what does not get on by itself and should be seen by a person. Any domain raises them in the transaction
 * in which it learns of the cause, and closes them in the one in which the cause ends. Raising what is open already
 * only notes that it is still so; opening and closing are told live.
 */
import type { AlertSeverity } from '#contracts/alerts.ts';
import { recordEvent } from '#database/business-events.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import {
  type AlertFilter,
  type AlertRow,
  type ClosedAlert,
  closeOpen,
  selectAlerts,
  upsertAlert,
} from './store.ts';

export interface AlertSubject {
  /** What it is about, such as `instance` or `provider`. */
  readonly kind: string;
  readonly id: string;
}

export interface Alert {
  readonly code: string;
  readonly severity: AlertSeverity;
  /** Null: the affair of the whole installation. */
  readonly orgId: OrgId | null;
  readonly subject: AlertSubject;
  readonly details?: Record<string, unknown>;
  readonly correlationId: string;
}

/** True when it was not open before. */
export async function raiseAlert(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  alert: Alert,
): Promise<boolean> {
  const { subject, details, ...rest } = alert;
  const id = newId(env, 'alert');
  const isNew = await upsertAlert(tx, {
    ...rest,
    id,
    subjectKind: subject.kind,
    subjectId: subject.id,
    details: details ?? {},
  });
  if (isNew) await tell(tx, { id, orgId: alert.orgId, code: alert.code }, true);
  return isNew;
}

/** Closes these codes on this subject. Gives those that were open. */
export async function closeAlert(
  tx: Transaction,
  subject: AlertSubject,
  ...codes: readonly string[]
): Promise<string[]> {
  const closed = await closeOpen(tx, subject, codes);
  for (const alert of closed) await tell(tx, alert, false);
  return closed.map(({ code }) => code);
}

/** What is the installation's affair is shown to its administrators, in whichever organisation they are. */
async function tell(tx: Transaction, { id, orgId, code }: ClosedAlert, isOpen: boolean): Promise<void> {
  await emitEvent(tx, { orgId, type: 'alert.changed', subjectId: id, summary: { code, is_open: isOpen } });
  if (orgId === null) return;
  const type = isOpen ? 'ALERT_OPENED' : 'ALERT_CLOSED';
  await recordEvent(tx, { orgId, type, subjectId: id, data: { alert_id: id, code } });
}

/** Newest first, one row more than `limit` when there are more. */
export async function listAlerts(
  db: Queryable,
  filter: AlertFilter,
  page: { readonly limit: number; readonly afterId: string | undefined },
): Promise<AlertRow[]> {
  return selectAlerts(db, filter, { ...page, limit: page.limit + 1 });
}
