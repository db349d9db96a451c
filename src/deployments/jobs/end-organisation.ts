/**
 * Ends an organisation whose deletion was asked for. Each run wants gone whatever is still there, also what began in
 * the moment before it was asked, and looks again; when the last machine and volume are proven gone it closes the
 * organisation, in the transaction in which it looks for the last time. Told which organisation, reads all else, so a
 * run that died is simply repeated, and one that was cancelled ends by itself.
 */
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { forgetHosts } from '#hosts/commands/forget-hosts.ts';
import { END_ORGANISATION, finishDeletion } from '#identity/organisations/commands/delete-organisation.ts';
import { findLife } from '#identity/organisations/queries.ts';
import { countRemains, endRemains } from '#instances/commands/end-remains.ts';
import type { JobHandler, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { isId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { forgetAccounts } from '#settings/commands/forget-accounts.ts';
import { markAllDeleted } from '../store.ts';

const LOOK_AGAIN_MS = 2_000;

export interface EndOrganisationDeps {
  readonly env: Env;
  readonly db: Database;
}

/** The subject is the organisation's id. */
export function endOrganisationHandler({ env, db }: EndOrganisationDeps): JobHandler {
  return {
    kind: END_ORGANISATION,
    neverGivesUp: true,
    async run(lease) {
      const { subjectId: orgId, correlationId } = lease;
      if (!isId('organisation', orgId)) throw new Error(`not an organisation: ${orgId}`);
      const scope = { orgId };
      const life = await findLife(db, scope);
      if (!life || life.deletionAskedAt === null || life.deletedAt !== null) return { done: true };
      const by = { actor: END_ORGANISATION, correlationId: correlationId as Actor['correlationId'] };
      await endEverything(env, lease, scope, by);
      const isDone = await lease.apply((tx) =>
        finishDeletion(tx, scope, async () => {
          const { machines, volumes } = await countRemains(tx, scope);
          if (machines + volumes > 0) return false;
          await forgetAccounts(tx, scope);
          await forgetHosts(tx, scope);
          return true;
        }),
      );
      return isDone ? { done: true } : { againInMs: LOOK_AGAIN_MS };
    },
  };
}

async function endEverything(env: Env, lease: Lease, scope: OrgScope, by: Actor): Promise<void> {
  await lease.apply(async (tx) => {
    for (const { id, name } of await markAllDeleted(tx, scope)) {
      const summary = { name, status: 'terminating' };
      await emitEvent(tx, { orgId: scope.orgId, type: 'deployment.changed', subjectId: id, summary });
    }
    await endRemains(env, tx, scope, by);
  });
}
