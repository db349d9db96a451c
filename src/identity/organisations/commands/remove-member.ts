/**
 * Ends a membership: the person's sessions and streams there end, and their own keys there are revoked for good, so
 * that they do not come back to life with a later membership. What belongs to the organisation stays.
 */
import type { RemovedMember } from '#contracts/organisations.ts';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { AppError } from '#kernel/errors.ts';
import { mayRemove } from '../delegation.ts';
import { deleteMember } from '../member-store.ts';
import { lockParties, type MemberScope, requireAnotherOwner } from '../parties.ts';

/**
 * @throws organisation.not_found, member.not_found, member.beyond_role, organisation.last_owner,
 * organisation.personal
 */
export async function removeMember(db: Database, actor: MemberScope, userId: string): Promise<RemovedMember> {
  return db.transaction(async (tx) => {
    const { life, actorRole, member } = await lockParties(tx, actor, userId);
    const isSelf = member.user_id === actor.userId;
    if (!mayRemove(actorRole, member.role, isSelf)) throw new AppError('member.beyond_role');
    if (life.isPersonal) throw new AppError('organisation.personal');
    await requireAnotherOwner(tx, actor, member);
    const revoked = await deleteMember(tx, actor, member.user_id);
    await emitEvent(tx, {
      orgId: actor.orgId,
      type: 'member.changed',
      subjectId: member.user_id,
      summary: { role: null },
    });
    await notify(tx, 'keys');
    return { user_id: member.user_id, revoked_api_keys: revoked };
  });
}
