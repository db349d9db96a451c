/** Gives a member another role, within what the actor may give. Streams hear of it at once; who gained rights signs in anew. */
import type { OrganisationRole } from '#contracts/management.ts';
import type { MemberView } from '#contracts/organisations.ts';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { AppError } from '#kernel/errors.ts';
import { endSessionsInOrganisation } from '../../sessions/end-sessions.ts';
import { mayChangeRole } from '../delegation.ts';
import { updateRole } from '../member-store.ts';
import { lockParties, type MemberScope, requireAnotherOwner } from '../parties.ts';
import { toMemberView } from '../queries.ts';

/** @throws organisation.not_found, member.not_found, member.beyond_role, organisation.last_owner */
export async function changeMemberRole(
  db: Database,
  actor: MemberScope,
  change: { readonly userId: string; readonly role: OrganisationRole },
): Promise<MemberView> {
  return db.transaction(async (tx) => {
    const { actorRole, member } = await lockParties(tx, actor, change.userId);
    if (!mayChangeRole(actorRole, member.role, change.role)) throw new AppError('member.beyond_role');
    const isSelf = member.user_id === actor.userId;
    const viewer = { userId: actor.userId, role: isSelf ? change.role : actorRole };
    if (member.role === change.role) return toMemberView(member, viewer);
    await requireAnotherOwner(tx, actor, member);
    await updateRole(tx, actor, member.user_id, change.role);
    await emitEvent(tx, {
      orgId: actor.orgId,
      type: 'member.changed',
      subjectId: member.user_id,
      summary: { role: change.role },
    });
    await notify(tx, 'keys');
    // Who gains rights signs in anew: a token that somebody else has seen gains none.
    if (isRaise(member.role, change.role)) await endSessionsInOrganisation(tx, actor, member.user_id);
    return toMemberView({ ...member, role: change.role }, viewer);
  });
}

function isRaise(from: OrganisationRole, to: OrganisationRole): boolean {
  return from === 'user' || to === 'owner';
}
