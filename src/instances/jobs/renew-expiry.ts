/**
 * Gives more time to the tags of whatever is wanted at one account, so that the reaper without a database takes only
 * what really was forgotten. The provider's own tag says how much time is left, so nothing is lost by a crash; a
 * renewal that fails is tried again soon, and told of while there is still time. What is being deleted is not renewed.
 */
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OwnedResource, Provider } from '#providers/provider.ts';
import {
  forgetRenewals,
  readDatabaseTime,
  recordRenewal,
  recordRenewalFailure,
} from '../store/expiry-renewals.ts';
import { loadSweepRows, selectZones } from '../store/sweep-rows.ts';
import { closeSweepAlert, raiseSweepAlert } from '../sweep/alert.ts';
import { keyOf } from '../sweep/plan.ts';
import { planRenewals, type Renewal } from '../sweep/plan-renewals.ts';
import { apply, call, type SweepDeps } from '../sweep/round.ts';
import type { KnownInstance } from '../sweep/rows.ts';
import { type Account, accountOf } from '../sweep/subject.ts';

export const RENEW_EXPIRY = 'renew-expiry';

const HOUR_MS = 3_600_000;
/** Looks in the life of a tag; with the shortest life that is every four minutes. */
const LOOKS_PER_LIFE = 16;
const RETRY_MS = 60_000;

interface Run extends Account {
  readonly deps: SweepDeps;
  readonly lease: Lease;
  readonly provider: Provider;
}

/** The subject is `provider` or `provider/account`. */
export function renewExpiryHandler(deps: SweepDeps): JobHandler {
  return {
    kind: RENEW_EXPIRY,
    neverGivesUp: true,
    run: (lease) => renewAll(deps, lease),
  };
}

async function renewAll(deps: SweepDeps, lease: Lease): Promise<JobOutcome> {
  const account = accountOf(lease.subjectId);
  const provider = await deps.providers.find(account.providerId, account.accountId || null);
  if (!provider) return { done: true };
  const run: Run = { ...account, deps, lease, provider };
  const lifeMs = deps.settings.get('EXPIRY_HOURS', account.providerId) * HOUR_MS;
  const zones = await selectZones(deps.db, account.providerId);
  const answer = await call(run, 'list', (context) =>
    provider.listOwned(context, deps.installationId, zones),
  );
  const againInMs = Math.min(HOUR_MS, lifeMs / LOOKS_PER_LIFE);
  if (!answer.ok) return { againInMs: Math.min(againInMs, RETRY_MS) };
  const failures = await renewListed(run, answer.value, lifeMs);
  return { againInMs: failures > 0 ? Math.min(againInMs, RETRY_MS) : againInMs };
}

async function renewListed(run: Run, listing: readonly OwnedResource[], lifeMs: number): Promise<number> {
  const { db, installationId } = run.deps;
  const rows = await loadSweepRows(db, run, listing);
  const nowMs = await readDatabaseTime(db);
  const renewals = planRenewals(listing, rows, { installation: installationId, nowMs, lifeMs });
  const instances = new Map(rows.instances.map((instance) => [instance.id, instance]));
  let failures = 0;
  for (const renewal of renewals) {
    const owner = instances.get(renewal.instanceId as InstanceId);
    if (!(await renew(run, renewal, owner))) failures += 1;
  }
  await apply(run, 'forget', (tx) => forgetRenewals(tx, run, listing));
  return failures;
}

async function renew(run: Run, renewal: Renewal, owner: KnownInstance | undefined): Promise<boolean> {
  const { resource, newExpiresAtMs, expiresAtMs, isLate } = renewal;
  const answer = await call(run, 'renew', (context) =>
    run.provider.renewExpiry(context, resource.kind, resource.ref, newExpiresAtMs),
  );
  if (answer.ok) {
    await apply(run, 'renew', async (tx) => {
      await recordRenewal(tx, run, resource, newExpiresAtMs);
      const alert = { code: 'EXPIRY_NOT_RENEWED', subject: keyOf(resource) } as const;
      await closeSweepAlert(run.deps.env, tx, alert);
    });
    return true;
  }
  const { message } = answer.error;
  await apply(run, 'failure', async (tx) => {
    await recordRenewalFailure(tx, run, resource, { expiresAtMs, error: message });
    if (!isLate) return;
    await raiseSweepAlert(run.deps.env, tx, {
      code: 'EXPIRY_NOT_RENEWED',
      subject: keyOf(resource),
      message: `The expiry of a wanted ${resource.kind} at ${run.providerId} cannot be renewed. \`inventiv reap\` would take it after ${new Date(expiresAtMs).toISOString()}.`,
      orgId: owner?.orgId,
      instanceId: owner?.id,
      correlationId: run.lease.correlationId,
      details: { error: message.slice(0, 300) },
    });
  });
  return false;
}
