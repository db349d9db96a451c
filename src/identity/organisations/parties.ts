/** The two people of a change among members, as they stand now, with the organisation held until the end. */
import type { OrganisationRole } from '#contracts/management.ts';
import type { Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { countOtherOwners, type MemberRow, selectMember } from './member-store.ts';
import { lockLife, type OrganisationLife } from './organisation-store.ts';

export type MemberScope = OrgScope & { readonly userId: UserId };

export interface Parties {
  readonly life: OrganisationLife;
  /** The role that counts: the one of now, not of when the request was let in. */
  readonly actorRole: OrganisationRole;
  readonly member: MemberRow;
}

/** @throws organisation.not_found, member.not_found */
export async function lockParties(tx: Transaction, actor: MemberScope, memberId: string): Promise<Parties> {
  const { life, role } = await lockActor(tx, actor);
  const member = await selectMember(tx, actor, memberId);
  if (!member) throw new AppError('member.not_found');
  return { life, actorRole: role, member };
}

/** @throws organisation.not_found */
export async function lockActor(
  tx: Transaction,
  actor: MemberScope,
): Promise<{ life: OrganisationLife; role: OrganisationRole }> {
  const life = await lockLife(tx, actor);
  const row = life && life.deletedAt === null ? await selectMember(tx, actor, actor.userId) : undefined;
  if (!life || !row) throw new AppError('organisation.not_found');
  return { life, role: row.role };
}

/** @throws organisation.last_owner */
export async function requireAnotherOwner(
  tx: Transaction,
  scope: OrgScope,
  member: MemberRow,
): Promise<void> {
  if (member.role !== 'owner') return;
  if ((await countOtherOwners(tx, scope, member.user_id)) === 0)
    throw new AppError('organisation.last_owner');
}
