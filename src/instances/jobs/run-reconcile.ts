/**
 * Carries out one RECONCILE: asks for a sweep of each account and wakes every reconciler concerned, waits until a
 * round of each account that began after that has ended, and writes the report. The sweeps run under their own
 * leases, so that two never judge one account at once. A run that dies is followed by one that waits on.
 */
import type { ReconcileReport } from '#contracts/sweep.ts';
import { enqueue, type JobHandler, type JobOutcome, type Lease } from '#jobs/jobs.ts';
import {
  findPlaceOf,
  findReconcileRequest,
  finishReconcile,
  markReconcileStarted,
  type ReconcileRequest,
  selectReconcilable,
} from '../store/reconcile-requests.ts';
import { findRoundAfter, type RoundView } from '../store/sweep-rounds.ts';
import { apply, type SweepDeps } from '../sweep/round.ts';
import { type Account, accountOf, subjectOf } from '../sweep/subject.ts';
import { SWEEP_PROVIDER } from './sweep-provider.ts';
import { wakeReconciler } from './wake-reconciler.ts';

export const RUN_RECONCILE = 'run-reconcile';

const LOOK_EVERY_MS = 500;
/** A provider that does not answer for so long is reported as it is. */
const DEADLINE_MS = 600_000;

/** The subject is the request's id. */
export function runReconcileHandler(deps: SweepDeps): JobHandler {
  return {
    kind: RUN_RECONCILE,
    neverGivesUp: true,
    run: (lease) => reconcile(deps, lease),
  };
}

async function reconcile(deps: SweepDeps, lease: Lease): Promise<JobOutcome> {
  const request = await findReconcileRequest(deps.db, lease.subjectId);
  if (!request || request.state === 'done' || request.state === 'failed') return { done: true };
  const accounts = await accountsOf(deps, request);
  if (request.state === 'queued') {
    await begin(deps, lease, request, accounts);
    return { againInMs: LOOK_EVERY_MS };
  }
  const { started_at: since } = request;
  if (!since) throw new Error(`${request.id} runs without a start`);
  const rounds = await Promise.all(
    accounts.map(async (account) => ({ account, round: await findRoundAfter(deps.db, account, since) })),
  );
  const isWaiting = rounds.some(({ round }) => !round);
  if (isWaiting && request.elapsed_ms < DEADLINE_MS) return { againInMs: LOOK_EVERY_MS };
  const report = { providers: rounds.map(({ account, round }) => reportOf(account, round)) };
  const isWhole = report.providers.every((one) => one.state === 'complete');
  await apply({ deps, lease }, 'report', (tx) =>
    finishReconcile(tx, request.id, { state: isWhole ? 'done' : 'failed', report }),
  );
  return { done: true };
}

async function accountsOf(deps: SweepDeps, request: ReconcileRequest): Promise<Account[]> {
  const place = request.instance_id ? await findPlaceOf(deps.db, request.instance_id) : undefined;
  const access = await deps.providers.list();
  return access
    .map((one) => accountOf(subjectOf(one)))
    .filter((one) => !request.provider_id || one.providerId === request.provider_id)
    .filter((one) => !place || (one.providerId === place.providerId && one.accountId === place.accountId));
}

/** All in one transaction: what is asked for here is asked for once. */
async function begin(
  deps: SweepDeps,
  lease: Lease,
  request: ReconcileRequest,
  accounts: readonly Account[],
): Promise<void> {
  const { correlation_id: correlationId } = request;
  const of = { providerId: request.provider_id, instanceId: request.instance_id };
  const instances = await selectReconcilable(deps.db, of);
  await apply({ deps, lease }, 'begin', async (tx) => {
    for (const { id, orgId } of instances) await wakeReconciler(tx, { orgId }, id, correlationId);
    for (const account of accounts) {
      await enqueue(tx, { kind: SWEEP_PROVIDER, subjectId: subjectOf(account), correlationId });
    }
    await markReconcileStarted(tx, request.id, instances.length);
  });
}

function reportOf(account: Account, round: RoundView | undefined): ReconcileReport['providers'][number] {
  const place = { provider: account.providerId, account: account.accountId };
  if (!round) {
    const errors = ['no round ended in time: see the orchestrator and the provider'];
    const none = {
      listed: 0,
      wanted: 0,
      missing: 0,
      orphans: 0,
      deleted: 0,
      gone: 0,
      adopted: 0,
      reported: 0,
    };
    return { ...place, round: null, state: 'not_swept', ...none, held: null, duration_ms: null, errors };
  }
  const { listed, wanted, missing, orphans, deleted, gone, adopted, reported } = round;
  return {
    ...place,
    round: round.id,
    state: round.state === 'void' ? 'void' : 'complete',
    ...{ listed, wanted, missing, orphans, deleted, gone, adopted, reported },
    held: round.held,
    duration_ms: round.ended_at ? round.ended_at.getTime() - round.started_at.getTime() : null,
    errors: [...round.errors],
  };
}
