/**
 * Opens a session for a user who knows the password. The token leaves once, in the cookie; the row has its hash.
 *
 * Several sessions of one user stand side by side, each with its own active organisation. A crash before the answer
 * leaves a session nobody has the token of, which ends by its age.
 */
import type { SessionView } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { verifyPassword } from '../passwords.ts';
import { findSessionByToken } from '../queries.ts';
import { insertSession, selectUserForLogin } from '../store.ts';

export interface Login {
  /** User name or e-mail address. */
  readonly login: string;
  readonly password: Secret;
  readonly userAgent: string | undefined;
  readonly ttlMs: number;
}

/** @throws auth.bad_credentials for an unknown user and a wrong password alike, organisation.not_found */
export async function login(
  env: Env,
  db: Database,
  request: Login,
): Promise<{ token: Secret; session: SessionView }> {
  const user = await selectUserForLogin(db, request.login);
  const isRight = await verifyPassword(user?.password_hash, request.password);
  if (!user || !isRight) throw new AppError('auth.bad_credentials');
  if (user.org_id === null) throw new AppError('organisation.not_found');
  const id = newId(env, 'session');
  const token = mintToken(env.random, 'sess', tokenIdOf(id));
  await insertSession(db, {
    id,
    tokenHash: hashToken(token.reveal()),
    userId: user.id,
    orgId: user.org_id,
    userAgent: request.userAgent,
    ttlMs: request.ttlMs,
  });
  const session = await findSessionByToken(db, token.reveal());
  // Disabled or removed between the two statements.
  if (!session) throw new AppError('auth.bad_credentials');
  return { token, session: session.view };
}
