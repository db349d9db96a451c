/** Sets passwords: by who knows the present one, or by a link that was mailed. Either ends the other sessions. */
import type { Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { Actor } from '#kernel/scope.ts';
import type { Secret } from '#kernel/secret.ts';
import { beginTry, forgiveLogins } from '../login-throttle.ts';
import { selectIdentities } from '../oidc/identity-store.ts';
import { hashPassword } from '../passwords.ts';
import { endAllSessions } from '../sessions/end-sessions.ts';
import { renewToken } from '../sessions/open-session.ts';
import { type AccountDeps, noteEntry, type Owner, requireProof } from './account-rules.ts';
import { endLinks, selectLinkOwner, useLink } from './link-store.ts';
import { hashOfLink, mailLink } from './mailed-links.ts';
import { checkNewPassword } from './password-rules.ts';
import { lockUser, selectUser, selectUserByLogin, type UserRow, updatePassword } from './user-store.ts';

const BY_LINK = ['set_password', 'reset_password'] as const;
/** An answer that takes this long in any case does not tell whether there was an account to mail to. */
const RESET_ANSWER_MS = 400;

/** Gives the token under which this session goes on. @throws auth.wrong_password, request.invalid */
export async function changePassword(
  deps: AccountDeps,
  owner: Owner,
  passwords: { readonly current: Secret; readonly next: Secret },
): Promise<Secret> {
  const { env, db } = deps;
  const before = await selectUser(db, owner.userId);
  if (!before) throw new AppError('auth.required');
  if (!before.hasPassword) {
    throw new AppError('auth.wrong_password', {
      publicMessage: 'You sign in without a password. An administrator can mail you a link that sets one.',
    });
  }
  await requireProof(deps, owner, passwords.current);
  checkNewPassword(passwords.next, before, 'new_password');
  const hash = await hashPassword(passwords.next);
  return db.transaction(async (tx) => {
    const user = await lockUser(tx, owner.userId);
    if (!user || user.isDisabled) throw new AppError('auth.required');
    await replacePassword(deps, tx, user, hash);
    await endAllSessions(tx, user.id, owner.sessionId);
    await noteEntry(env, tx, owner, { userId: user.id, action: 'password.changed' });
    return renewToken(env, tx, owner.sessionId);
  });
}

/**
 * Mails a link when the login names an account, and answers the same after the same time when it does not.
 * @throws auth.too_many_attempts
 */
export async function requestPasswordReset(
  deps: AccountDeps,
  request: { readonly login: string; readonly address: string } & Pick<Actor, 'correlationId'>,
): Promise<void> {
  const { env, db } = deps;
  const answered = env.sleep(RESET_ANSWER_MS);
  try {
    await beginTry(db, { kind: 'password-reset', login: request.login, address: request.address });
    await db.transaction(async (tx) => {
      const found = await selectUserByLogin(tx, request.login);
      const user = found && (await lockUser(tx, found.id));
      if (!user || user.isDisabled) return;
      // Who signs in with a provider only has no password to forget; one would outlive the account there.
      if (!user.hasPassword && (await selectIdentities(tx, user.id)).length > 0) return;
      await mailLink(deps, tx, user, { purpose: 'reset_password' });
      const by = { actor: 'anyone', correlationId: request.correlationId };
      await noteEntry(env, tx, by, { userId: user.id, action: 'password.reset_requested' });
    });
  } finally {
    await answered;
  }
}

/** Takes the link and ends all sessions. @throws account.link_invalid, request.invalid, which leaves the link */
export async function setPasswordByLink(
  deps: AccountDeps,
  request: { readonly token: string; readonly password: Secret; readonly address: string } & Pick<
    Actor,
    'correlationId'
  >,
): Promise<void> {
  const { env, db } = deps;
  const tokenHash = hashOfLink(request.token);
  const ownerId = tokenHash && (await selectLinkOwner(db, tokenHash, BY_LINK));
  const owner = ownerId && (await selectUser(db, ownerId));
  if (!tokenHash || !owner) throw new AppError('account.link_invalid');
  checkNewPassword(request.password, owner, 'password');
  const hash = await hashPassword(request.password);
  const user = await db.transaction(async (tx) => {
    const link = await useLink(tx, tokenHash, BY_LINK);
    const locked = link && (await lockUser(tx, link.userId));
    if (!locked) throw new AppError('account.link_invalid');
    await replacePassword(deps, tx, locked, hash);
    await endAllSessions(tx, locked.id);
    const by = { actor: `user:${locked.id}`, correlationId: request.correlationId };
    await noteEntry(env, tx, by, { userId: locked.id, action: 'password.set_by_link' });
    return locked;
  });
  await forgiveLogins(db, [user.username, user.email], request.address);
}

async function replacePassword(
  { queueMail }: AccountDeps,
  tx: Transaction,
  user: UserRow,
  hash: string,
): Promise<void> {
  await updatePassword(tx, user.id, hash);
  // A link that somebody asked for before would set it back.
  await endLinks(tx, user.id, BY_LINK);
  if (!user.hasPassword) return;
  const { email: to, language, username } = user;
  await queueMail(tx, { to, language, template: 'password_changed', values: { username } });
}
