/**
 * The end of an organisation, in three acts. Asking marks it: nothing new begins in it, and a job ends everything
 * that costs. Until the last machine and volume are proven gone an owner may cancel; what has ended by then stays
 * ended. The last act closes every way in. The row, the bills and the records stay, and so does the short name: it is
 * never given to another organisation.
 *
 * Each act is one transaction on the locked row, so a crash leaves one of three states and the job goes on from there.
 */
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { enqueue } from '#jobs/jobs.ts';
import { AppError } from '#kernel/errors.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import {
  clearDeletion,
  endAccess,
  lockLife,
  lockWholeLife,
  markDeleted,
  markDeletionAsked,
  type OrganisationLife,
} from '../organisation-store.ts';

export const END_ORGANISATION = 'end-organisation';

/** Asked twice it is asked once. @throws organisation.not_found, organisation.personal, request.invalid */
export async function askForDeletion(
  tx: Transaction,
  scope: OrgScope,
  confirm: string,
  by: Actor,
): Promise<void> {
  const { correlationId } = by;
  const { orgId } = scope;
  // Jobs are locked before what they are about.
  await enqueue(tx, { kind: END_ORGANISATION, subjectId: orgId, orgId, correlationId });
  const life = await requireLife(tx, scope);
  if (life.isPersonal) throw new AppError('organisation.personal');
  if (confirm !== life.slug) {
    throw new AppError('request.invalid', {
      publicMessage: `To delete ${life.name}, send its short name: confirm=${life.slug}.`,
    });
  }
  if (life.deletionAskedAt !== null) return;
  await markDeletionAsked(tx, scope, by.actor);
  await tell(tx, scope, 'deleting');
}

/** @throws organisation.not_deleting */
export async function cancelDeletion(tx: Transaction, scope: OrgScope): Promise<void> {
  const life = await requireLife(tx, scope);
  if (life.deletionAskedAt === null) throw new AppError('organisation.not_deleting');
  await clearDeletion(tx, scope);
  await tell(tx, scope, 'active');
}

/**
 * The last act. `isEmpty` is asked once more when nothing can begin any more; false means that there is work left.
 * True also when the deletion was cancelled meanwhile.
 */
export async function finishDeletion(
  tx: Transaction,
  scope: OrgScope,
  isEmpty: () => Promise<boolean>,
): Promise<boolean> {
  const life = await lockWholeLife(tx, scope);
  if (!life || life.deletionAskedAt === null || life.deletedAt !== null) return true;
  if (!(await isEmpty())) return false;
  await markDeleted(tx, scope);
  await endAccess(tx, scope);
  await tell(tx, scope, 'deleted');
  return true;
}

async function requireLife(tx: Transaction, scope: OrgScope): Promise<OrganisationLife> {
  const life = await lockLife(tx, scope);
  if (!life || life.deletedAt !== null) throw new AppError('organisation.not_found');
  return life;
}

async function tell(tx: Transaction, scope: OrgScope, state: string): Promise<void> {
  const { orgId } = scope;
  await emitEvent(tx, { orgId, type: 'organisation.changed', subjectId: orgId, summary: { state } });
  await notify(tx, 'keys');
}
