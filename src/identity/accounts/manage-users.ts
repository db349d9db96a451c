/** What platform administrators do with the accounts of others. One of them always stays. */
import type { AccountEntry, Language, UserView } from '#contracts/people.ts';
import { notify } from '#database/channels.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import { endAllSessions } from '../sessions/end-sessions.ts';
import { deleteTotp } from '../totp/totp-store.ts';
import { type AccountDeps, noteEntry } from './account-rules.ts';
import { named } from './change-account.ts';
import { endLinks, selectEntries } from './link-store.ts';
import { mailLink } from './mailed-links.ts';
import { ensurePersonalWorkspace } from './personal-workspace.ts';
import {
  countAdmins,
  insertNewUser,
  lockAdmins,
  lockUser,
  selectUser,
  selectUsers,
  type UserRow,
  updateStanding,
} from './user-store.ts';

export interface NewUser {
  readonly username: string;
  readonly email: string;
  readonly language: Language;
  readonly is_platform_admin: boolean;
}

/** Newest first, one more than `limit` when there are more. */
export async function listUsers(
  db: Queryable,
  query: {
    readonly search?: string | undefined;
    readonly state?: 'enabled' | 'disabled' | undefined;
    readonly limit: number;
  },
  afterId: string | undefined,
): Promise<UserView[]> {
  const { search, state, limit } = query;
  const isDisabled = state === undefined ? undefined : state === 'disabled';
  const rows = await selectUsers(db, { search: search || undefined, isDisabled, afterId, limit: limit + 1 });
  return rows.map(toView);
}

/** @throws user.not_found */
export async function getUser(db: Queryable, id: string): Promise<UserView> {
  const user = await selectUser(db, id);
  if (!user) throw new AppError('user.not_found');
  return toView(user);
}

/** @throws user.not_found */
export async function listEntries(
  db: Queryable,
  id: string,
  page: { readonly limit: number; readonly afterId: string | undefined },
): Promise<AccountEntry[]> {
  await getUser(db, id);
  return selectEntries(db, id, { ...page, limit: page.limit + 1 });
}

/** Without a password: the mail has the link that sets it. @throws account.username_taken, account.email_taken */
export async function createUser(
  deps: Pick<AccountDeps, 'env' | 'queueMail' | 'publicUrl'>,
  tx: Transaction,
  wanted: NewUser,
  by: Actor,
): Promise<UserView> {
  const user = await named(() => insertUserWithWorkspace(deps, tx, wanted));
  await mailLink(deps, tx, user, { purpose: 'set_password' });
  const details = { username: user.username, is_platform_admin: user.isPlatformAdmin };
  await noteEntry(deps.env, tx, by, { userId: user.id, action: 'user.created', details });
  return toView(user);
}

export async function insertUserWithWorkspace(
  { env }: Pick<AccountDeps, 'env'>,
  tx: Transaction,
  { username, email, language, is_platform_admin: isPlatformAdmin }: NewUser,
): Promise<UserRow> {
  const id = newId(env, 'user');
  await insertNewUser(tx, { id, username, email, language, isPlatformAdmin });
  await ensurePersonalWorkspace(env, tx, { id, username });
  const user = await selectUser(tx, id);
  if (!user) throw new Error('an insert left no row');
  return user;
}

/**
 * Disables, enables, makes somebody an administrator or an ordinary user. Each ends all of their sessions: who gains
 * rights signs in anew, who loses some is out at once.
 * @throws user.not_found, user.last_admin
 */
export async function changeUser(
  { env, db }: Pick<AccountDeps, 'env' | 'db'>,
  id: string,
  to: { readonly is_disabled?: boolean | undefined; readonly is_platform_admin?: boolean | undefined },
  by: Actor,
): Promise<UserView> {
  return db.transaction(async (tx) => {
    await lockAdmins(tx);
    const user = await requireUser(tx, id);
    const isDisabled = to.is_disabled ?? user.isDisabled;
    const isPlatformAdmin = to.is_platform_admin ?? user.isPlatformAdmin;
    if (isDisabled === user.isDisabled && isPlatformAdmin === user.isPlatformAdmin) return toView(user);
    await updateStanding(tx, user.id, { isDisabled, isPlatformAdmin });
    if ((await countAdmins(tx)) === 0) throw new AppError('user.last_admin');
    await endAllSessions(tx, user.id);
    if (isDisabled) await endLinks(tx, user.id, ['set_password', 'reset_password', 'confirm_email']);
    // Gateways drop the keys of who is disabled.
    await notify(tx, 'keys');
    const details = { is_disabled: isDisabled, is_platform_admin: isPlatformAdmin };
    await noteEntry(env, tx, by, { userId: user.id, action: 'user.changed', details });
    return getUser(tx, user.id);
  });
}

/** Mails the link again that sets a password. @throws user.not_found, user.is_disabled */
export async function mailPasswordLink(deps: AccountDeps, id: string, by: Actor): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const user = await requireUser(tx, id);
    if (user.isDisabled) throw new AppError('user.is_disabled');
    await mailLink(deps, tx, user, { purpose: user.hasPassword ? 'reset_password' : 'set_password' });
    await noteEntry(deps.env, tx, by, { userId: user.id, action: 'password.link_mailed' });
  });
}

/** @returns how many sessions there were. @throws user.not_found */
export async function signOutUser(
  { env, db }: Pick<AccountDeps, 'env' | 'db'>,
  id: string,
  by: Actor,
): Promise<number> {
  return db.transaction(async (tx) => {
    const user = await requireUser(tx, id);
    await noteEntry(env, tx, by, { userId: user.id, action: 'user.signed_out' });
    return endAllSessions(tx, user.id);
  });
}

/** For who lost device and recovery codes. @throws user.not_found, totp.not_on */
export async function resetTotp(
  { env, db }: Pick<AccountDeps, 'env' | 'db'>,
  id: string,
  by: Actor,
): Promise<void> {
  await db.transaction(async (tx) => {
    const user = await requireUser(tx, id);
    if (!(await deleteTotp(tx, user.id))) throw new AppError('totp.not_on');
    await endAllSessions(tx, user.id);
    await noteEntry(env, tx, by, { userId: user.id, action: 'totp.reset' });
  });
}

async function requireUser(tx: Transaction, id: string): Promise<UserRow> {
  const user = await lockUser(tx, id);
  if (!user) throw new AppError('user.not_found');
  return user;
}

function toView(user: UserRow): UserView {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    language: user.language,
    is_platform_admin: user.isPlatformAdmin,
    is_disabled: user.isDisabled,
    has_password: user.hasPassword,
    has_totp: user.hasTotp,
    created_at: user.createdAt.toISOString(),
    last_seen_at: user.lastSeenAt?.toISOString() ?? null,
  };
}
