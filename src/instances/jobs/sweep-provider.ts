/**
 * Compares everything at one account of a provider with everything known, and acts on the difference, round by round.
 *
 * A round notes the database's time, lists the account completely, and only then reads the rows; a listing that is
 * not complete decides nothing. What no row wants is deleted and followed until its end is proven. What a row has and
 * two complete rounds did not show is told to whoever owns the row; the list alone ends nothing. Too many orphans, or
 * orders that this database has forgotten, are only reported until a person confirms. A run that dies anywhere is
 * followed by one that plans anew from the rows; findings that were being deleted are taken up where they were.
 */
import type { Transaction } from '#database/database.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import type { OwnedResource } from '#providers/provider.ts';
import { selectOpenGaps } from '../store/epochs.ts';
import { selectOpenFindings } from '../store/sweep-findings.ts';
import { finishRound, insertVoidRound, readBlindMs } from '../store/sweep-rounds.ts';
import { loadSweepRows, selectZones } from '../store/sweep-rows.ts';
import { adoptVolumes } from '../sweep/adopt.ts';
import { raiseSweepAlert } from '../sweep/alert.ts';
import { beginEpoch, type LifeKeeper } from '../sweep/life.ts';
import { keyOf, planSweep, type SweepPlan } from '../sweep/plan.ts';
import { recordPlan } from '../sweep/record-plan.ts';
import { releaseFindings } from '../sweep/release.ts';
import { apply, call, figure, type Round, SWEEPER, type SweepDeps } from '../sweep/round.ts';
import { accountOf } from '../sweep/subject.ts';

export const SWEEP_PROVIDER = SWEEPER;

/** After a start differences are likely, so the first rounds come ten times as often. */
const EAGER_ROUNDS = 20;
const EAGER_FACTOR = 10;
/** Rounds kept for people, of each account. */
const ROUNDS_KEPT = 500;

/** The subject is `provider` or `provider/account`. */
export function sweepProviderHandler(deps: SweepDeps, life: LifeKeeper): JobHandler {
  const rounds = new Map<string, number>();
  return {
    kind: SWEEP_PROVIDER,
    neverGivesUp: true,
    async run(lease) {
      const subject = lease.subjectId;
      const outcome = await sweep(deps, life, lease);
      if (!outcome) {
        rounds.delete(subject);
        return { done: true };
      }
      const count = (rounds.get(subject) ?? 0) + 1;
      rounds.set(subject, count);
      const everyMs = deps.settings.get('SWEEP_INTERVAL_MS', accountOf(subject).providerId);
      return { againInMs: count <= EAGER_ROUNDS ? Math.ceil(everyMs / EAGER_FACTOR) : everyMs };
    },
  };
}

/** Undefined when the provider is not enabled any more, or the account is gone. */
async function sweep(deps: SweepDeps, life: LifeKeeper, lease: Lease): Promise<JobOutcome | undefined> {
  const account = accountOf(lease.subjectId);
  const provider = await deps.providers.find(account.providerId, account.accountId || null);
  if (!provider) return undefined;
  // The sign of life comes first: a restored database must know its gap before anything is judged.
  const epoch = await beginEpoch(deps, life);
  const round: Round = {
    ...account,
    deps,
    lease,
    provider,
    id: newId(deps.env, 'sweepRound'),
    startedAtMs: epoch.nowMs,
    epoch: epoch.number,
    errors: [],
  };
  const listing = await listAll(round);
  if (listing) await act(round, listing);
  return { done: true };
}

/** Undefined when anything was left out: half a listing is none. */
async function listAll(round: Round): Promise<readonly OwnedResource[] | undefined> {
  const zones = await selectZones(round.deps.db, round.providerId);
  const answer = await call(round, 'list', (context) =>
    round.provider.listOwned(context, round.deps.installationId, zones),
  );
  if (answer.ok) return answer.value;
  const { message, facts } = answer.error;
  round.deps.env.log.warn({ error: message, kind: facts.kind }, 'a listing failed, so nothing is decided');
  await apply(round, 'void', async (tx) => {
    await insertVoidRound(tx, round, `${facts.kind}: ${message}`, ROUNDS_KEPT);
    await tellBlind(round, tx, message);
  });
  return undefined;
}

/** Nothing is found while nothing is listed: what is forgotten meanwhile costs, unseen. */
async function tellBlind(round: Round, tx: Transaction, error: string): Promise<void> {
  const blindMs = await readBlindMs(tx, round);
  if (blindMs === null || blindMs < figure(round, 'ALARM_AFTER_MS')) return;
  const subject = round.lease.subjectId;
  await raiseSweepAlert(round.deps.env, tx, {
    code: 'SWEEP_BLIND',
    subject,
    message: `${subject} has not been listed completely for ${Math.round(blindMs / 1000)} s, so nothing that is forgotten there is found. Check its credentials and its state.`,
    correlationId: round.lease.correlationId,
    details: { error: error.slice(0, 300) },
  });
}

async function act(round: Round, listing: readonly OwnedResource[]): Promise<void> {
  const plan = await makePlan(round, listing);
  await apply(round, 'plan', (tx) => recordPlan(round, tx, plan, listing));
  const adopted = await adoptVolumes(round, plan.adoptions);
  const { deleted, gone } = await releaseFindings(round, plan, listing);
  await apply(round, 'round', (tx) =>
    finishRound(tx, round, { adopted, deleted, gone, errors: round.errors }, ROUNDS_KEPT),
  );
}

async function makePlan(round: Round, listing: readonly OwnedResource[]): Promise<SweepPlan> {
  const { db, installationId } = round.deps;
  const [rows, findings, gaps] = await Promise.all([
    loadSweepRows(db, round, listing),
    selectOpenFindings(db, round),
    selectOpenGaps(db, round),
  ]);
  const approved = findings.filter((one) => one.isApproved || one.deleteCalledAtMs !== null);
  return planSweep(listing, rows, {
    installation: installationId,
    startedAtMs: round.startedAtMs,
    graceMs: figure(round, 'SWEEP_GRACE_MS'),
    breakerMin: figure(round, 'SWEEP_BREAKER_MIN'),
    breakerPercent: figure(round, 'SWEEP_BREAKER_PERCENT'),
    gaps,
    approved: new Set(approved.map(({ kind, zone, ref }) => keyOf({ kind, ref: { id: ref, zone } }))),
  });
}
