/**
 * Gives a key a new secret. The old one works on for a while, so that clients can be changed one by one; the key keeps
 * its id, limits, budget and activation, and revoking it ends both. Whoever holds the new secret vouches for it.
 */
import type { ApiKeyView } from '#contracts/api-keys.ts';
import type { Database, Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';
import { endPreviousSecret, rotateApiKeyRow } from '../api-key-store.ts';
import { type KeyReader, viewApiKey } from '../api-key-views.ts';
import { lockForCaller, lockLiving, tellOfKey } from '../key-authority.ts';
import { checkKeyWish } from '../key-rules.ts';
import { mintKeySecret } from './create-api-key.ts';

const DAY_MS = 86_400_000;
const OVERLAP_MS_MAX = 90 * DAY_MS;

export interface RotationWish {
  readonly id: string;
  /** Undefined: a day. Null: the old secret ends now. */
  readonly previousUntil: string | null | undefined;
}

/** @throws api_key.not_found, api_key.ended, api_key.rotation_running, request.invalid, auth.forbidden */
export async function rotateApiKey(
  env: Env,
  tx: Transaction,
  caller: KeyReader,
  wish: RotationWish,
): Promise<{ key: ApiKeyView; secret: Secret }> {
  const key = await lockLiving(tx, caller, wish.id, 'change');
  if (key.state === 'expired') throw new AppError('api_key.ended');
  if (key.previous_until !== null) throw new AppError('api_key.rotation_running');
  // Its rights are not raised by it: they are cut to the caller's at each use.
  checkKeyWish(env.clock, caller.role, { owner: key.owner_kind });
  const previousUntil = overlapOf(env, wish.previousUntil);
  const { secret, tokenHash, hint } = mintKeySecret(env, key.id);
  await rotateApiKeyRow(tx, caller, key.id, { tokenHash, hint, userId: caller.userId, previousUntil });
  const view = await viewApiKey(tx, caller, key.id);
  await tellOfKey(tx, caller, view, 'rotated');
  return { key: view, secret };
}

/** Ends the secret that was replaced before its time. Without one it changes nothing. @throws api_key.not_found */
export async function endOldSecret(db: Database, caller: KeyReader, id: string): Promise<ApiKeyView> {
  return db.transaction(async (tx) => {
    const key = await lockForCaller(tx, caller, id, 'end');
    await endPreviousSecret(tx, caller, key.id);
    const view = await viewApiKey(tx, caller, key.id);
    await tellOfKey(tx, caller, view, 'changed');
    return view;
  });
}

function overlapOf({ clock }: Pick<Env, 'clock'>, until: RotationWish['previousUntil']): Date | null {
  if (until === null) return null;
  const nowMs = clock.now();
  const untilMs = until === undefined ? nowMs + DAY_MS : Date.parse(until);
  if (untilMs <= nowMs || untilMs > nowMs + OVERLAP_MS_MAX) {
    const message = 'must be in the future, by 90 days at most; null ends the old secret at once';
    throw new AppError('request.invalid', { details: { errors: [{ path: 'previous_until', message }] } });
  }
  return new Date(untilMs);
}
