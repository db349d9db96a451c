/** What people change about their own account. Another address counts when the link in the mail to it is opened. */

import type { AccountView, Language } from '#contracts/people.ts';
import { constraintOf, type Queryable, type Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import type { Secret } from '#kernel/secret.ts';
import { selectIdentities } from '../oidc/identity-store.ts';
import { countRecoveryCodes } from '../totp/totp-store.ts';
import { type AccountDeps, noteEntry, type Owner, requireProof } from './account-rules.ts';
import { endLinks, selectPendingEmail, useLink } from './link-store.ts';
import { hashOfLink, mailLink } from './mailed-links.ts';
import {
  lockUser,
  renamePersonalWorkspace,
  selectMembershipsOfUser,
  selectUser,
  selectUserByEmail,
  type UserRow,
  updateEmail,
  updateProfile,
} from './user-store.ts';

export interface AccountChange {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly language?: Language | undefined;
  readonly password?: Secret | undefined;
}

/** @throws auth.required when the account is gone */
export async function getAccount(db: Queryable, userId: UserId): Promise<AccountView> {
  const user = await selectUser(db, userId);
  if (!user) throw new AppError('auth.required');
  const identities = await selectIdentities(db, userId);
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    pending_email: (await selectPendingEmail(db, userId)) ?? null,
    language: user.language,
    is_platform_admin: user.isPlatformAdmin,
    has_password: user.hasPassword,
    totp: { is_on: user.hasTotp, recovery_codes_left: await countRecoveryCodes(db, userId) },
    identities: identities.map(({ issuer, createdAt, lastUsedAt }) => ({
      issuer,
      created_at: createdAt.toISOString(),
      last_used_at: lastUsedAt.toISOString(),
    })),
    organisations: await selectMembershipsOfUser(db, userId),
    created_at: user.createdAt.toISOString(),
  };
}

/** @throws account.username_taken, auth.wrong_password, auth.sign_in_again */
export async function changeAccount(
  deps: AccountDeps,
  owner: Owner,
  change: AccountChange,
): Promise<AccountView> {
  const { env, db } = deps;
  // Whoever has the mailbox has the account, so a session alone does not move it.
  if (change.email !== undefined) await requireProof(deps, owner, change.password);
  await named(() =>
    db.transaction(async (tx) => {
      const user = await lockUser(tx, owner.userId);
      if (!user || user.isDisabled) throw new AppError('auth.required');
      await updateProfile(tx, user.id, change);
      if (change.username !== undefined && change.username !== user.username) {
        await renamePersonalWorkspace(tx, user.id, change.username);
        const details = { from: user.username, to: change.username };
        await noteEntry(env, tx, owner, { userId: user.id, action: 'username.changed', details });
      }
      const language = change.language ?? user.language;
      if (change.email !== undefined) await askForEmail(deps, tx, { ...user, language }, change.email);
    }),
  );
  return getAccount(db, owner.userId);
}

/** The same answer for an address that somebody else has: only, nothing is mailed to it. */
async function askForEmail(deps: AccountDeps, tx: Transaction, user: UserRow, email: string): Promise<void> {
  await endLinks(tx, user.id, ['confirm_email']);
  const holder = await selectUserByEmail(tx, email);
  const isOwn = holder?.id === user.id;
  if ((holder && !isOwn) || email === user.email) return;
  await mailLink(deps, tx, user, { purpose: 'confirm_email', newEmail: email });
}

/** The address becomes the one that was confirmed; the former one is told. @throws account.link_invalid */
export async function confirmEmail(
  deps: AccountDeps,
  token: string,
  correlationId: Actor['correlationId'],
): Promise<void> {
  const { env, db, queueMail } = deps;
  const tokenHash = hashOfLink(token);
  if (!tokenHash) throw new AppError('account.link_invalid');
  await named(() =>
    db.transaction(async (tx) => {
      const link = await useLink(tx, tokenHash, ['confirm_email']);
      const user = link && (await lockUser(tx, link.userId));
      if (!link?.email || !user) throw new AppError('account.link_invalid');
      await updateEmail(tx, user.id, link.email);
      // What was mailed to the former address leads nowhere any more.
      await endLinks(tx, user.id, ['reset_password', 'set_password']);
      const { email: to, language, username } = user;
      const values = { username, new_email: link.email };
      await queueMail(tx, { to, language, template: 'email_changed', values });
      const by = { actor: `user:${user.id}`, correlationId };
      const details = { from: user.email, to: link.email };
      await noteEntry(env, tx, by, { userId: user.id, action: 'email.changed', details });
    }),
  );
}

/** Two that want the same name at once: the second one is told. */
export async function named<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const constraint = constraintOf(error);
    if (constraint === 'users_username') throw new AppError('account.username_taken', { cause: error });
    if (constraint === 'users_email') throw new AppError('account.email_taken', { cause: error });
    throw error;
  }
}
