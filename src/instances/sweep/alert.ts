/** Tells people: an alert and a log line always, the action log of the machine where one is known. */
import { closeAlert, raiseAlert } from '#alerts/alerts.ts';
import type { AlertSeverity } from '#contracts/alerts.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import { logRepeated } from '../store/action-log.ts';

export const SWEEP_ALERTS = [
  /** More orphans than the sweep may delete without being asked. */
  'SWEEP_BREAKER',
  /** Orders that this database does not know: it was restored. */
  'SWEEP_RESTORED',
  /** What was proven absent is there: the provider's visibility window is too short. */
  'SWEEP_WINDOW_SHORT',
  /** A deletion does not end. */
  'SWEEP_STUCK',
  /** Nothing complete has been listed for long. */
  'SWEEP_BLIND',
  /** The expiry of what is wanted could not be renewed. */
  'EXPIRY_NOT_RENEWED',
] as const;
export type SweepAlert = (typeof SWEEP_ALERTS)[number];

/** What the alert is about; its id says which account, round or resource. */
const SUBJECT_KIND = 'sweep';

export interface AlertFacts {
  readonly code: SweepAlert;
  /** What it is about, such as `mock/acc_1` or `server mock-a srv-1`. */
  readonly subject: string;
  readonly message: string;
  readonly orgId?: OrgId | null | undefined;
  readonly instanceId?: InstanceId | null | undefined;
  readonly correlationId: string;
  readonly details?: Record<string, unknown>;
}

export async function raiseSweepAlert(env: Env, tx: Transaction, alert: AlertFacts): Promise<void> {
  const { code, subject, message, orgId, instanceId, correlationId, details } = alert;
  const isNew = await raiseAlert(env, tx, {
    code,
    severity: severityOf(code),
    orgId: orgId ?? null,
    subject: { kind: SUBJECT_KIND, id: subject },
    details: { message, ...(instanceId ? { instance_id: instanceId } : {}), ...details },
    correlationId,
  });
  if (isNew) {
    env.log.error({ alert: code, subject, instance_id: instanceId ?? undefined, ...details }, message);
  }
  if (!orgId || !instanceId) return;
  await logRepeated(
    env,
    tx,
    { orgId },
    {
      instanceId,
      component: 'sweep-provider',
      code: 'SWEEP_ALERT',
      status: 'failed',
      errorCode: code,
      metadata: { subject, message, ...details },
      correlationId,
    },
  );
}

/** The cause has ended, or was not there: asked for at every good look, so it says nothing aloud. */
export async function closeSweepAlert(
  env: Env,
  tx: Transaction,
  alert: Pick<AlertFacts, 'code' | 'subject'>,
): Promise<void> {
  const closed = await closeAlert(tx, { kind: SUBJECT_KIND, id: alert.subject }, alert.code);
  if (closed.length > 0) env.log.info({ alert: alert.code, subject: alert.subject }, 'an alert has ended');
}

function severityOf(code: SweepAlert): AlertSeverity {
  return code === 'SWEEP_WINDOW_SHORT' ? 'warning' : 'critical';
}
