/** What is written about findings beside their own rows: costs, the action log, alerts. */
import type { Transaction } from '#database/database.ts';
import type { CorrelationId } from '#kernel/ids.ts';
import { type ActionCode, logRepeated } from '../store/action-log.ts';
import { insertCostEvent, selectCostEvents } from '../store/cost-events.ts';
import { closeAsGone, type Finding, noteAlarmed, noteExamined } from '../store/sweep-findings.ts';
import { endRowsOf, findPrice } from '../store/sweep-rows.ts';
import { closeSweepAlert, raiseSweepAlert } from './alert.ts';
import type { Look } from './look.ts';
import { apply, figure, type Round, SWEEPER } from './round.ts';

/** Its cost begins when the provider's does. */
export async function recordStart(round: Round, finding: Finding, look: Look): Promise<void> {
  await apply(round, 'examine', async (tx) => {
    await noteExamined(tx, finding.id, look.nanosPerHour ?? null);
    await startCost(round, tx, finding, look);
  });
}

/** The end, with its proof: told by the provider, else absent for the whole window. */
export async function recordEnd(round: Round, finding: Finding, look: Look): Promise<void> {
  await apply(round, 'gone', async (tx) => {
    if (!(await closeAsGone(tx, finding.id))) return;
    await endRowsOf(tx, round.providerId, finding);
    await startCost(round, tx, finding, look);
    await insertCost(round, tx, finding, { edge: 'stop', atMs: look.billedToMs, look });
    const proof = look.state === 'gone' ? 'told_by_provider' : 'absent_for_window';
    await logFinding(round, tx, finding, 'SWEEP_GONE', { proof });
    if (finding.isAlarmed) {
      const alert = { code: 'SWEEP_STUCK', subject: subjectOfFinding(finding) } as const;
      await closeSweepAlert(round.deps.env, tx, alert);
    }
  });
}

/** Told once; the deletion goes on. */
export async function tellStuck(round: Round, finding: Finding): Promise<void> {
  const lastsMs = round.startedAtMs - finding.firstSeenAtMs;
  if (finding.isAlarmed || lastsMs < figure(round, 'ALARM_AFTER_MS')) return;
  await apply(round, 'alarm', async (tx) => {
    await noteAlarmed(tx, finding.id);
    await raiseSweepAlert(round.deps.env, tx, {
      code: 'SWEEP_STUCK',
      subject: subjectOfFinding(finding),
      message: `A ${finding.kind} at ${round.providerId} that nobody wants does not go away. It costs until it does; look at the provider's console.`,
      orgId: finding.orgId,
      instanceId: finding.instanceId,
      correlationId: round.lease.correlationId,
      details: { finding: finding.id, lasts_ms: Math.round(lastsMs) },
    });
  });
}

export async function logFinding(
  round: Round,
  tx: Transaction,
  finding: Finding,
  code: ActionCode,
  more: Record<string, unknown> = {},
): Promise<void> {
  const facts = { kind: finding.kind, zone: finding.zone, ref: finding.ref, why: finding.why, ...more };
  round.deps.env.log.info({ finding: finding.id, action: code, ...facts }, 'the sweep acts on a finding');
  const { orgId, instanceId } = finding;
  if (!orgId || !instanceId) return;
  const { correlationId } = round.lease;
  const action = { component: SWEEPER, code, status: 'succeeded', metadata: facts, correlationId } as const;
  await logRepeated(round.deps.env, tx, { orgId }, { ...action, instanceId });
}

function startCost(round: Round, tx: Transaction, finding: Finding, look: Look): Promise<void> {
  return insertCost(round, tx, finding, {
    edge: 'start',
    atMs: look.billedFromMs ?? finding.createdAtMs,
    look,
  });
}

async function insertCost(
  round: Round,
  tx: Transaction,
  finding: Finding,
  event: { readonly edge: 'start' | 'stop'; readonly atMs: number | undefined; readonly look: Look },
): Promise<void> {
  const { orgId, instanceId, kind } = finding;
  if (!orgId || !instanceId || kind === 'key' || kind === 'security_group') return;
  const { resourceRef, fromMs } = await costSpanOf(tx, finding, kind);
  const price = await findPrice(tx, instanceId, finding.attempt);
  const nanosPerHour =
    kind === 'server' ? price.nanosPerHour : (event.look.nanosPerHour ?? finding.nanosPerHour);
  await insertCostEvent(
    round.deps.env,
    tx,
    { orgId },
    {
      instanceId,
      resourceKind: kind,
      resourceRef,
      edge: event.edge,
      atMs: event.edge === 'start' ? (fromMs ?? event.atMs) : event.atMs,
      providerId: round.providerId,
      zone: finding.zone,
      nanosPerHour,
      currency: nanosPerHour === null ? null : price.currency,
      correlationId: round.lease.correlationId as CorrelationId,
    },
  );
}

/**
 * What counted as gone has a closed span already, and no word on it is taken back: the time since is a span of its
 * own, under the finding's name.
 */
async function costSpanOf(
  tx: Transaction,
  finding: Finding,
  kind: 'server' | 'volume' | 'address',
): Promise<{ resourceRef: string; fromMs?: number }> {
  const stop = (await selectCostEvents(tx, kind, finding.ref)).find((event) => event.edge === 'stop');
  if (!stop) return { resourceRef: finding.ref };
  return { resourceRef: `${finding.ref}#${finding.id}`, fromMs: stop.at.getTime() };
}

function subjectOfFinding(finding: Finding): string {
  return `${finding.kind} ${finding.zone} ${finding.ref}`;
}
