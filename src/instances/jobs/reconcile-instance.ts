/**
 * Makes one machine what it should be: load, decide, act, and again while there is something to do.
 *
 * Told only which row. Decisions are a pure function of the row and of what this run has seen; each action is
 * idempotent and written under the lease, so a run that dies anywhere is continued by the next one. A run goes on
 * without the queue as long as it makes progress, which is why a start takes no longer than its provider and its
 * worker. What must be deleted is tried for ever.
 */
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { type InstanceId, isId, type OrgId } from '#kernel/ids.ts';
import { act } from '../reconcile/act.ts';
import { decide } from '../reconcile/decide.ts';
import { spreadDelay } from '../reconcile/delays.ts';
import { RECONCILER, type ReconcileDeps, type Run } from '../reconcile/run.ts';
import { nothingSeen, type Situation } from '../reconcile/situation.ts';
import { loadRecord } from '../store/records.ts';
import { RECONCILE_INSTANCE } from './wake-reconciler.ts';

/** More decisions than any life has in one run; the rest goes through the queue. */
const DECISIONS_MAX = 100;

/** What is assumed of a provider that is not enabled any more: nothing that would make us act on it. */
const UNKNOWN_PROVIDER = {
  idempotentCreate: 'tag',
  tombstones: false,
  userDataAtEachBoot: false,
  parts: [],
  visibilityWindowMs: 180_000,
} as const;

export function reconcileInstanceHandler(deps: ReconcileDeps): JobHandler {
  return {
    kind: RECONCILE_INSTANCE,
    neverGivesUp: true,
    run: (lease) => reconcile(deps, lease),
  };
}

async function reconcile(deps: ReconcileDeps, lease: Lease): Promise<JobOutcome> {
  const { subjectId, orgId } = lease;
  if (!isId('instance', subjectId) || orgId === undefined || !isId('organisation', orgId)) {
    throw new Error(`not an instance of an organisation: ${subjectId} ${orgId}`);
  }
  const seen = nothingSeen();
  let pollMs = 1;
  for (let count = 0; count < DECISIONS_MAX; count++) {
    const loaded = await load(deps, orgId, subjectId);
    if (!loaded) return { done: true };
    const { situation, ...tools } = loaded;
    pollMs = tools.settings.pollMs;
    const decision = decide(situation, seen);
    if (decision.do === 'rest') return { done: true };
    if (decision.do === 'wait') {
      const delayMs = spreadDelay(decision.ms, tools.settings.watchMs, deps.env.random);
      return { againInMs: Math.max(1, Math.ceil(delayMs)) };
    }
    lease.signal.throwIfAborted();
    await deps.env.crashPoint(`${RECONCILER}.decided`);
    await act({ deps, ...tools, lease, situation, seen }, decision);
  }
  return { againInMs: pollMs };
}

async function load(
  deps: ReconcileDeps,
  orgId: OrgId,
  id: InstanceId,
): Promise<Pick<Run, 'provider' | 'settings' | 'situation'> | undefined> {
  const record = await loadRecord(deps.db, { orgId }, id);
  if (!record) return undefined;
  const { providerId, accountId } = record.instance;
  const settings = deps.settingsOf(providerId, orgId);
  const provider = await deps.providers.find(providerId, accountId);
  const capabilities = provider?.capabilities ?? UNKNOWN_PROVIDER;
  const absenceWindowMs = settings.absenceWindowMs || capabilities.visibilityWindowMs;
  const limits = { ...settings, absenceWindowMs };
  const situation: Situation = { ...record, capabilities, limits, freeze: await deps.freeze() };
  return { provider, settings, situation };
}
