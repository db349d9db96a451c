/**
 * Begins and renews sessions. The token leaves once, in the cookie; the row has its hash. Whoever gains rights gets a
 * new token, so one that was planted in a browser or read before is worth nothing afterwards.
 */
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type SessionId, type UserId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { ensurePersonalWorkspace } from '../accounts/personal-workspace.ts';
import { insertSession, selectFirstOrganisation } from '../store.ts';
import { replaceToken } from './session-store.ts';

/** From where and for how long. */
export interface SessionTerms {
  readonly userAgent: string | undefined;
  readonly address: string;
  readonly ttlMs: number;
  readonly idleMs: number;
}

export interface OpenedSession {
  readonly id: SessionId;
  readonly token: Secret;
}

export async function openSession(
  env: Env,
  tx: Transaction,
  user: { readonly id: UserId; readonly username: string },
  terms: SessionTerms & { readonly method: 'password' | 'oidc' },
): Promise<OpenedSession> {
  await ensurePersonalWorkspace(env, tx, user);
  const orgId = await selectFirstOrganisation(tx, user.id);
  if (orgId === undefined) throw new Error('a user has no personal workspace');
  const id = newId(env, 'session');
  const token = mintToken(env.random, 'sess', tokenIdOf(id));
  await insertSession(tx, { ...terms, id, tokenHash: hashToken(token.reveal()), userId: user.id, orgId });
  return { id, token };
}

/** The same session under a new token. @throws auth.required when it has ended */
export async function renewToken(env: Env, tx: Transaction, id: SessionId): Promise<Secret> {
  const token = mintToken(env.random, 'sess', tokenIdOf(id));
  if (!(await replaceToken(tx, id, hashToken(token.reveal())))) throw new AppError('auth.required');
  await notify(tx, 'keys');
  return token;
}
