/** Alerts that come with a state and go with it. */
import { raiseAlert } from '#alerts/alerts.ts';
import type { AlertSeverity } from '#contracts/alerts.ts';
import type { InstanceState } from '#contracts/instances.ts';
import type { Transaction } from '#database/database.ts';
import type { Run } from './run.ts';
import type { Decision } from './situation.ts';

/** States in which nothing gets on by itself. Their alert is there together with them, and goes with them. */
const ALERT_OF: Partial<Record<InstanceState, { code: string; severity: AlertSeverity }>> = {
  provisioning_failed: { code: 'PROVISIONING_FAILED', severity: 'warning' },
  startup_failed: { code: 'STARTUP_FAILED', severity: 'critical' },
  worker_dead: { code: 'WORKER_DEAD', severity: 'critical' },
};

export async function raiseStateAlert(
  run: Run,
  tx: Transaction,
  { to, reason }: Pick<Extract<Decision, { do: 'move' }>, 'to' | 'reason'>,
): Promise<void> {
  const alert = ALERT_OF[to];
  if (!alert) return;
  const { instance } = run.situation;
  const { env, onAlarm } = run.deps;
  const subject = { kind: 'instance', id: instance.id };
  const { orgId, correlationId } = instance;
  const isNew = await raiseAlert(env, tx, { ...alert, orgId, subject, details: { reason }, correlationId });
  if (isNew) onAlarm?.(alert.code);
}
