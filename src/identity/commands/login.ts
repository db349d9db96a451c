/**
 * Opens a session for a user who knows the password, and has the device where one-time codes are on. The token leaves
 * once, in the cookie; the row has its hash.
 *
 * Several sessions of one user stand side by side, each with its own active organisation. A crash before the answer
 * leaves a session nobody has the token of, which ends by its age.
 */
import type { SessionView } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import { lockUser, selectPasswordHash, selectUserByLogin } from '../accounts/user-store.ts';
import { throttled } from '../login-throttle.ts';
import { verifyPassword } from '../passwords.ts';
import { getSessionById } from '../queries.ts';
import { openSession, type SessionTerms } from '../sessions/open-session.ts';
import { isTotpOn, takeCode } from '../totp/one-time-codes.ts';

export interface LoginDeps {
  readonly env: Env;
  readonly db: Database;
  readonly sealer: Sealer;
}

export interface Login extends SessionTerms {
  /** User name or e-mail address. */
  readonly login: string;
  readonly password: Secret;
  readonly code: string | undefined;
}

const WRONG: ReadonlySet<string> = new Set(['auth.bad_credentials', 'auth.bad_code']);

/**
 * @throws auth.bad_credentials for an unknown user and a wrong password alike; auth.code_required and auth.bad_code
 *   to who knows the password; auth.too_many_attempts
 */
export async function login(
  deps: LoginDeps,
  request: Login,
): Promise<{ token: Secret; session: SessionView }> {
  const { login: name, address } = request;
  return throttled(
    deps.db,
    { kind: 'login', login: name, address },
    () => attempt(deps, request),
    // A password without its code is no failure, but sets nothing back: codes are not guessed between two of them.
    (error) => error instanceof AppError && WRONG.has(error.code),
  );
}

async function attempt(deps: LoginDeps, request: Login): Promise<{ token: Secret; session: SessionView }> {
  const { env, db } = deps;
  const user = await selectUserByLogin(db, request.login);
  const isRight = await verifyPassword(user?.passwordHash ?? undefined, request.password);
  if (!user || !isRight) throw wrong('auth.bad_credentials', user);
  const hasTotp = await isTotpOn(db, user.id);
  if (hasTotp) await requireCode(deps, user, request.code);
  return db.transaction(async (tx) => {
    const present = await lockUser(tx, user.id);
    // Disabled, or given another password or codes, since it was looked at: what was proved counts no more.
    const isSame =
      present?.isDisabled === false &&
      present.hasTotp === hasTotp &&
      (await selectPasswordHash(tx, user.id)) === user.passwordHash;
    if (!isSame) throw new AppError('auth.bad_credentials');
    const { id, token } = await openSession(env, tx, present, { ...request, method: 'password' });
    return { token, session: (await getSessionById(tx, id)).view };
  });
}

/** @throws auth.code_required, auth.bad_code */
async function requireCode(deps: LoginDeps, user: Account, code: string | undefined): Promise<void> {
  if (code === undefined || code.trim() === '') throw new AppError('auth.code_required');
  if (!(await takeCode(deps, deps.db, user.id, code))) throw wrong('auth.bad_code', user);
}

interface Account {
  readonly id: UserId;
  readonly username: string;
}

/** Noted with the account that it was tried on. A name that nobody has is not: people type their passwords there. */
function wrong(code: 'auth.bad_credentials' | 'auth.bad_code', user: Account | undefined): AppError {
  if (user) noteChange({ actor: { id: user.id, name: user.username, orgId: null } });
  return new AppError(code);
}
