/**
 * Takes an invitation up: with the account of its address, or by making that account. It is used once; the role that
 * it gives is judged again by what the inviter may give now. The link proves that the address is reached, so an
 * account of another address cannot take it.
 */
import type { AcceptedInvitation, OpenedInvitation } from '#contracts/organisations.ts';
import { notify } from '#database/channels.ts';
import { constraintOf, type Database, type Queryable, type Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, parseToken } from '#kernel/token.ts';
import { insertUserWithWorkspace } from '../../accounts/manage-users.ts';
import { checkNewPassword } from '../../accounts/password-rules.ts';
import { updatePassword } from '../../accounts/user-store.ts';
import { hashPassword } from '../../passwords.ts';
import { insertMembership } from '../../store.ts';
import { mayInvite } from '../delegation.ts';
import {
  markAccepted,
  type OpenInvitation,
  selectByToken,
  selectDetails,
  selectUserByEmail,
  selectUserById,
} from '../invitation-store.ts';
import { selectMember } from '../member-store.ts';
import { lockLife } from '../organisation-store.ts';

/** What the page behind the link shows. @throws invitation.invalid */
export async function openInvitation(db: Queryable, token: string): Promise<OpenedInvitation> {
  const invitation = await requireByToken(db, token);
  const details = await selectDetails(db, invitation);
  if (!details) throw new AppError('invitation.invalid');
  const { name, slug, colour, invitedBy, hasAccount } = details;
  return {
    organisation: { name, slug, colour },
    email: invitation.email,
    role: invitation.role,
    invited_by: invitedBy,
    expires_at: invitation.expiresAt.toISOString(),
    has_account: hasAccount,
  };
}

/** @throws invitation.invalid, invitation.other_address, member.exists, organisation.deleting */
export async function acceptInvitation(
  db: Database,
  by: { readonly userId: UserId },
  token: string,
): Promise<AcceptedInvitation> {
  return db.transaction(async (tx) => {
    const invitation = await lockByToken(tx, token);
    const user = await selectUserById(tx, by.userId);
    if (user?.email.toLowerCase() !== invitation.email.toLowerCase()) {
      throw new AppError('invitation.other_address');
    }
    return take(tx, invitation, { id: by.userId, username: user.username });
  });
}

export interface NewAccount {
  readonly username: string;
  readonly password: Secret;
}

/** @throws invitation.invalid, invitation.account_exists, account.username_taken, organisation.deleting */
export async function joinByInvitation(
  env: Env,
  db: Database,
  token: string,
  account: NewAccount,
): Promise<AcceptedInvitation> {
  // Before the password is hashed, which is made to be slow.
  const found = await requireByToken(db, token);
  if (await selectUserByEmail(db, found.email)) throw new AppError('invitation.account_exists');
  checkNewPassword(account.password, { username: account.username, email: found.email }, 'password');
  const passwordHash = await hashPassword(account.password);
  return db.transaction(async (tx) => {
    const invitation = await lockByToken(tx, token);
    const user = await insertAccount(env, tx, { username: account.username, email: invitation.email });
    await updatePassword(tx, user.id, passwordHash);
    noteChange({ actor: { id: user.id, name: user.username, orgId: invitation.orgId } });
    return take(tx, invitation, user);
  });
}

async function requireByToken(db: Queryable, token: string): Promise<OpenInvitation> {
  // Garbage is dropped before the database is asked.
  const isOurs = parseToken(token)?.type === 'invt';
  const invitation = isOurs ? await selectByToken(db, hashToken(token)) : undefined;
  if (!invitation) throw new AppError('invitation.invalid');
  return invitation;
}

/** Read again when the organisation is held: whatever ends an invitation holds it too. */
async function lockByToken(tx: Transaction, token: string): Promise<OpenInvitation> {
  const { orgId } = await requireByToken(tx, token);
  const life = await lockLife(tx, { orgId });
  if (!life || life.deletionAskedAt !== null) throw new AppError('organisation.deleting');
  return requireByToken(tx, token);
}

async function take(
  tx: Transaction,
  invitation: OpenInvitation,
  user: { readonly id: UserId; readonly username: string },
): Promise<AcceptedInvitation> {
  const { id, orgId, role } = invitation;
  const scope = { orgId };
  const inviter = await selectMember(tx, scope, invitation.invitedBy);
  if (!inviter || !mayInvite(inviter.role, role)) throw new AppError('invitation.invalid');
  if (await selectMember(tx, scope, user.id)) throw new AppError('member.exists');
  if (!(await markAccepted(tx, scope, id, user.id))) throw new AppError('invitation.invalid');
  await insertMembership(tx, scope, user.id, role);
  await emitEvent(tx, { orgId, type: 'invitation.changed', subjectId: id, summary: {} });
  await emitEvent(tx, { orgId, type: 'member.changed', subjectId: user.id, summary: { role } });
  await notify(tx, 'keys');
  return { organisation_id: orgId, role, username: user.username };
}

async function insertAccount(env: Env, tx: Transaction, user: { username: string; email: string }) {
  try {
    return await insertUserWithWorkspace({ env }, tx, { ...user, language: 'en', is_platform_admin: false });
  } catch (error) {
    const constraint = constraintOf(error);
    if (constraint === 'users_username') throw new AppError('account.username_taken', { cause: error });
    if (constraint === 'users_email') throw new AppError('invitation.account_exists', { cause: error });
    throw error;
  }
}
