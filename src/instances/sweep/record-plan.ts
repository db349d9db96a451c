/** Writes down what a round found, in one transaction, and wakes whoever must look at what is missing. */
import type { Transaction } from '#database/database.ts';
import { enqueueAll } from '#jobs/jobs.ts';
import { type InstanceId, newId } from '#kernel/ids.ts';
import type { OwnedResource } from '#providers/provider.ts';
import { RELEASE_VOLUME } from '../jobs/release-volume.ts';
import { RECONCILE_INSTANCE } from '../jobs/wake-reconciler.ts';
import { logAction, logAllRepeated } from '../store/action-log.ts';
import { closeAsWanted, selectOpenFindings, upsertFinding } from '../store/sweep-findings.ts';
import { insertRound, type MissingRow, recordMissing } from '../store/sweep-rounds.ts';
import { closeSweepAlert, raiseSweepAlert } from './alert.ts';
import { keyOf, type Missing, type Orphan, type SweepPlan } from './plan.ts';
import { type Round, SWEEPER } from './round.ts';

export async function recordPlan(
  round: Round,
  tx: Transaction,
  plan: SweepPlan,
  listing: readonly OwnedResource[],
): Promise<void> {
  // Other jobs' rows are locked before anything else, in one order.
  await tellMissing(round, tx, await recordMissing(tx, round, plan.missing.map(missingRow)));
  await insertRound(tx, round, {
    held: plan.held,
    listed: plan.listed,
    wanted: plan.wanted.length + plan.adoptions.length,
    missing: plan.missing.length,
    orphans: plan.verdicts.length,
    reported: plan.verdicts.filter(({ isHeld }) => isHeld).length,
  });
  for (const { orphan, isHeld } of plan.verdicts) await recordOrphan(round, tx, orphan, isHeld);
  await closeWanted(round, tx, plan, listing);
  const subject = round.lease.subjectId;
  for (const [code, isOn] of [
    ['SWEEP_BLIND', false],
    ['SWEEP_BREAKER', plan.held === 'breaker'],
    ['SWEEP_RESTORED', plan.held === 'restored'],
  ] as const) {
    if (!isOn) await closeSweepAlert(round.deps.env, tx, { code, subject });
  }
  if (plan.held) await tellHeld(round, tx, plan, plan.held);
}

function missingRow(missing: Missing): MissingRow {
  if (missing.what === 'attempt') {
    const { kind, zone, providerRef, orgId, instanceId } = missing.attempt;
    return { kind, zone, ref: providerRef ?? '', orgId, instanceId, volumeId: null };
  }
  const { zone, providerRef, orgId, instanceId, id } = missing.volume;
  return { kind: 'volume', zone, ref: providerRef, orgId, instanceId, volumeId: id };
}

/** A fact for whoever owns the row: it looks itself, and decides by what it sees. All at once, for a whole fleet may go. */
async function tellMissing(round: Round, tx: Transaction, missed: readonly MissingRow[]): Promise<void> {
  const { correlationId } = round.lease;
  const volumes = missed.flatMap(({ orgId, volumeId }) =>
    volumeId ? [{ subjectId: volumeId, orgId, correlationId }] : [],
  );
  await enqueueAll(tx, RELEASE_VOLUME, volumes, { onlyMissing: false });
  // Of each machine one thing is told.
  const byInstance = new Map(missed.toReversed().map((row) => [row.instanceId, row]));
  const machines = [...byInstance.values()];
  const subjects = machines.map(({ orgId, instanceId }) => ({ subjectId: instanceId, orgId, correlationId }));
  await enqueueAll(tx, RECONCILE_INSTANCE, subjects, { onlyMissing: false });
  const actions = machines.map(({ orgId, instanceId, kind, zone, ref }) => ({
    orgId,
    instanceId: instanceId as InstanceId,
    component: SWEEPER,
    code: 'SWEEP_MISSING' as const,
    status: 'succeeded' as const,
    metadata: { kind, zone, ref, round: round.id },
    correlationId,
  }));
  await logAllRepeated(round.deps.env, tx, actions);
}

async function recordOrphan(round: Round, tx: Transaction, orphan: Orphan, isHeld: boolean): Promise<void> {
  const { resource, instance, why } = orphan;
  const id = newId(round.deps.env, 'finding');
  const seen = {
    id,
    kind: resource.kind,
    zone: resource.ref.zone,
    ref: resource.ref.id,
    attemptTag: resource.owner?.attempt ?? '',
    instanceTag: resource.owner?.instance ?? '',
    orgId: instance?.orgId ?? null,
    instanceId: instance?.id ?? null,
    why,
    createdAtMs: resource.createdAtMs,
  };
  const isNew = await upsertFinding(tx, round, seen, isHeld);
  if (!isNew) return;
  const facts = { kind: seen.kind, zone: seen.zone, ref: seen.ref, why, attempt: seen.attemptTag };
  round.deps.env.log.warn({ ...facts, finding: id, held: isHeld }, 'something exists that nobody wants');
  if (why === 'seen_after_absence') await tellShortWindow(round, tx, orphan);
  if (!instance) return;
  await logAction(round.deps.env, tx, instance, {
    instanceId: instance.id,
    component: SWEEPER,
    code: 'SWEEP_FOUND',
    status: 'succeeded',
    metadata: { ...facts, held: isHeld },
    correlationId: round.lease.correlationId,
  });
}

/** What counted as proven absent is there: the window in which the provider hides things is longer than was said. */
async function tellShortWindow(
  round: Round,
  tx: Transaction,
  { resource, attempt, instance }: Orphan,
): Promise<void> {
  const resolvedAtMs = attempt?.resolvedAtMs ?? null;
  const lateMs = resolvedAtMs === null ? null : Math.max(0, Math.round(round.startedAtMs - resolvedAtMs));
  const cause = attempt?.refusalKind
    ? `the provider had refused the order (${attempt.refusalKind})`
    : 'it had not been seen for the whole visibility window';
  await raiseSweepAlert(round.deps.env, tx, {
    code: 'SWEEP_WINDOW_SHORT',
    subject: keyOf(resource),
    message: `A ${resource.kind} exists that counted as proven absent, because ${cause}. Raise ABSENCE_WINDOW_MS for ${round.providerId}${lateMs === null ? '' : ` by at least ${lateMs} ms`}.`,
    orgId: instance?.orgId,
    instanceId: instance?.id,
    correlationId: round.lease.correlationId,
    details: { too_short_by_ms: lateMs },
  });
}

/** Listed and wanted after all. What has been asked to go cannot be called back. */
async function closeWanted(
  round: Round,
  tx: Transaction,
  plan: SweepPlan,
  listing: readonly OwnedResource[],
): Promise<void> {
  const listed = new Set(listing.map(keyOf));
  const orphans = new Set(plan.verdicts.map(({ orphan }) => keyOf(orphan.resource)));
  for (const finding of await selectOpenFindings(tx, round)) {
    const key = keyOf({ kind: finding.kind, ref: { id: finding.ref, zone: finding.zone } });
    const isWanted = listed.has(key) && !orphans.has(key) && finding.deleteCalledAtMs === null;
    if (isWanted) await closeAsWanted(tx, finding.id);
  }
}

async function tellHeld(
  round: Round,
  tx: Transaction,
  plan: SweepPlan,
  held: 'breaker' | 'restored',
): Promise<void> {
  const subject = round.lease.subjectId;
  const forgotten = plan.verdicts.filter(({ orphan }) => orphan.why === 'created_in_gap').length;
  const cause =
    held === 'breaker'
      ? `${plan.verdicts.length} of ${plan.listed} resources at ${subject} are wanted by no row, more than may be deleted without asking.`
      : `${forgotten} resources at ${subject} belong to orders that this database has forgotten: it was restored from a backup.`;
  await raiseSweepAlert(round.deps.env, tx, {
    code: held === 'breaker' ? 'SWEEP_BREAKER' : 'SWEEP_RESTORED',
    subject,
    message: `${cause} Nothing is deleted there. Read GET /api/v1/sweep, then \`inventiv sweep confirm ${round.id}\`.`,
    correlationId: round.lease.correlationId,
    details: { round: round.id, orphans: plan.verdicts.length, listed: plan.listed },
  });
}
