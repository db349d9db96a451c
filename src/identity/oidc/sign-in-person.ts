/**
 * Opens a session for whom the provider of identities vouches.
 *
 * An account belongs to a subject of an issuer, never to an e-mail address: addresses are given to others, and not
 * every provider checks them. Only where a setting says so does a verified address lead to the account that has it.
 */
import type { SessionView } from '#contracts/management.ts';
import { emailSchema, usernameSchema } from '#contracts/people.ts';
import type { Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { CorrelationId, UserId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { type AccountDeps, noteEntry, type Owner } from '../accounts/account-rules.ts';
import { named } from '../accounts/change-account.ts';
import { insertUserWithWorkspace } from '../accounts/manage-users.ts';
import { existsUsername, lockUser, selectUserByEmail } from '../accounts/user-store.ts';
import { getSessionById } from '../queries.ts';
import { endAllSessions } from '../sessions/end-sessions.ts';
import { openSession, type SessionTerms } from '../sessions/open-session.ts';
import { giveGroupRoles } from './group-roles.ts';
import { deleteIdentities, insertIdentity, lockIdentity, useIdentity } from './identity-store.ts';
import type { SignInRules } from './oidc-config.ts';
import type { Person } from './single-sign-on.ts';

type Deps = Pick<AccountDeps, 'env' | 'db'>;

const NAMES_TRIED_MAX = 50;

/** @throws oidc.no_account, oidc.account_exists, oidc.email_unverified, oidc.domain_refused */
export async function signInPerson(
  { env, db }: Deps,
  rules: SignInRules,
  person: Person,
  terms: SessionTerms & { readonly correlationId: CorrelationId },
): Promise<{ token: Secret; session: SessionView }> {
  checkDomain(rules, person);
  return named(() =>
    db.transaction(async (tx) => {
      // Of two first sign-ins at once the second one finds the account that the first one made.
      await lockIdentity(tx, person);
      const userId = (await useIdentity(tx, person)) ?? (await findAccount(tx, env, rules, person, terms));
      const user = await lockUser(tx, userId);
      if (!user || user.isDisabled) throw new AppError('oidc.no_account');
      await giveGroupRoles({ env }, tx, rules.groupRoles, { userId, groups: person.groups });
      const { id, token } = await openSession(env, tx, user, { ...terms, method: 'oidc' });
      return { token, session: (await getSessionById(tx, id)).view };
    }),
  );
}

/** Adds this way to sign in to the account of who asks. @throws oidc.linked_elsewhere */
export async function linkPerson(
  { env, db }: Deps,
  rules: SignInRules,
  person: Person,
  owner: Owner,
): Promise<void> {
  checkDomain(rules, person);
  await db.transaction(async (tx) => {
    await lockIdentity(tx, person);
    const present = await useIdentity(tx, person);
    if (present === owner.userId) return;
    if (present !== undefined) throw new AppError('oidc.linked_elsewhere');
    await insertIdentity(tx, person, owner.userId);
    await noteLink(env, tx, owner, owner.userId, person);
  });
}

/**
 * Takes this way to sign in from an account that has another one, and what its groups gave with it.
 * @throws oidc.not_linked, oidc.only_way
 */
export async function unlinkProvider(
  { env, db }: Deps,
  groupRoles: SignInRules['groupRoles'],
  owner: Owner,
  issuer: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    const user = await lockUser(tx, owner.userId);
    if (!user?.hasPassword) throw new AppError('oidc.only_way');
    if ((await deleteIdentities(tx, user.id, issuer)) === 0) throw new AppError('oidc.not_linked');
    await giveGroupRoles({ env }, tx, groupRoles, { userId: user.id, groups: [] });
    await endAllSessions(tx, user.id, owner.sessionId);
    await noteEntry(env, tx, owner, { userId: user.id, action: 'identity.unlinked', details: { issuer } });
  });
}

async function findAccount(
  tx: Transaction,
  env: Deps['env'],
  rules: SignInRules,
  person: Person,
  { correlationId }: { readonly correlationId: CorrelationId },
): Promise<UserId> {
  const email = emailSchema.safeParse(person.email).data;
  if (email === undefined) throw new AppError('oidc.no_account');
  if (!person.isEmailVerified) throw new AppError('oidc.email_unverified');
  const holder = await selectUserByEmail(tx, email);
  if (holder && !rules.mayLinkByEmail) throw new AppError('oidc.account_exists');
  if (!holder && !rules.mayCreateUsers) throw new AppError('oidc.no_account');
  const userId = holder?.id ?? (await createAccount(tx, env, person, email));
  await insertIdentity(tx, person, userId);
  await noteLink(env, tx, { actor: `user:${userId}`, correlationId }, userId, person);
  return userId;
}

async function createAccount(
  tx: Transaction,
  env: Deps['env'],
  person: Person,
  email: string,
): Promise<UserId> {
  const username = await freeUsername(tx, person.preferredUsername ?? email);
  const wanted = { username, email, language: person.language, is_platform_admin: false };
  return (await insertUserWithWorkspace({ env }, tx, wanted)).id;
}

/** The provider's name for somebody, in our form, with a number behind it where somebody else has it. */
async function freeUsername(tx: Transaction, wish: string): Promise<string> {
  const plain = (wish.split('@', 1)[0] ?? '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 50)
    .replace(/^[._-]+|[._-]+$/g, '');
  const base = usernameSchema.safeParse(plain).success ? plain : 'user';
  for (let n = 1; n <= NAMES_TRIED_MAX; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    if (!(await existsUsername(tx, name))) return name;
  }
  throw new AppError('account.username_taken');
}

/** @throws oidc.email_unverified, oidc.domain_refused */
function checkDomain({ emailDomains }: SignInRules, { email, isEmailVerified }: Person): void {
  if (emailDomains.length === 0) return;
  if (email === undefined || !isEmailVerified) throw new AppError('oidc.email_unverified');
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (!emailDomains.includes(domain)) throw new AppError('oidc.domain_refused');
}

async function noteLink(
  env: Deps['env'],
  tx: Transaction,
  by: Parameters<typeof noteEntry>[2],
  userId: UserId,
  { issuer, subject }: Person,
): Promise<void> {
  await noteEntry(env, tx, by, { userId, action: 'identity.linked', details: { issuer, subject } });
}
