/** What the commands on accounts share: who asks, what proves it, what is remembered of it. */
import type { Settings } from '#config/settings.ts';
import type { Database, Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type SessionId, type UserId } from '#kernel/ids.ts';
import type { Actor } from '#kernel/scope.ts';
import type { Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import type { QueueMail } from '#mail/queue-mail.ts';
import { throttled } from '../login-throttle.ts';
import { verifyPassword } from '../passwords.ts';
import { isRecentSession } from '../sessions/session-store.ts';
import { insertEntry } from './link-store.ts';
import { selectPasswordHash } from './user-store.ts';

export interface AccountDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly sealer: Sealer;
  readonly queueMail: QueueMail;
  /** Under which browsers reach us; links in mails begin with it. */
  readonly publicUrl: string;
}

/** Somebody at their own account. */
export interface Owner extends Actor {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly address: string;
}

/**
 * A session alone does not change how one signs in: the present password does, or, without one, a sign-in of a
 * moment ago.
 * @throws auth.wrong_password, auth.sign_in_again, auth.too_many_attempts
 */
export async function requireProof(
  { db }: Pick<AccountDeps, 'db'>,
  owner: Owner,
  password: Secret | undefined,
): Promise<void> {
  const hash = await selectPasswordHash(db, owner.userId);
  if (hash === undefined) {
    if (!(await isRecentSession(db, owner.sessionId))) throw new AppError('auth.sign_in_again');
    return;
  }
  await throttled(
    db,
    { kind: 'password', login: owner.userId, address: owner.address },
    async () => {
      const isRight = password !== undefined && (await verifyPassword(hash, password));
      if (!isRight) throw new AppError('auth.wrong_password');
    },
    (error) => error instanceof AppError && error.code === 'auth.wrong_password',
  );
}

export async function noteEntry(
  env: Env,
  tx: Transaction,
  by: Actor,
  entry: { readonly userId: UserId; readonly action: string; readonly details?: Record<string, unknown> },
): Promise<void> {
  const { actor, correlationId } = by;
  const { userId, action, details = {} } = entry;
  await insertEntry(tx, { id: newId(env, 'accountEntry'), userId, actor, action, details, correlationId });
  env.log.info({ user_id: userId, actor, action, correlation_id: correlationId }, 'an account was changed');
}
