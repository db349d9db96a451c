/**
 * Makes an API key of a user. The token is in the answer and nowhere else; the row has its hash and a hint by which
 * people recognise it. Gateways are told when the transaction commits.
 */
import type { ApiKeyView } from '#contracts/management.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { insertApiKey } from '../store.ts';

export interface NewApiKey {
  readonly name: string;
  readonly expiresAt: string | null;
}

/** @throws request.invalid when it would have expired already */
export async function createApiKey(
  env: Env,
  tx: Transaction,
  owner: OrgScope & { readonly userId: UserId },
  wanted: NewApiKey,
): Promise<{ key: ApiKeyView; secret: Secret }> {
  if (wanted.expiresAt !== null && Date.parse(wanted.expiresAt) <= env.clock.now()) {
    throw new AppError('request.invalid', {
      details: { errors: [{ path: 'expires_at', message: 'must be in the future' }] },
    });
  }
  const id = newId(env, 'apiKey');
  const secret = mintToken(env.random, 'key', tokenIdOf(id));
  const token = secret.reveal();
  const key = await insertApiKey(tx, owner, {
    id,
    userId: owner.userId,
    name: wanted.name,
    hint: `${token.slice(0, 14)}…${token.slice(-4)}`,
    tokenHash: hashToken(token),
    expiresAt: wanted.expiresAt,
  });
  await emitEvent(tx, {
    orgId: owner.orgId,
    type: 'api_key.changed',
    subjectId: id,
    summary: { state: 'active' },
  });
  await notify(tx, 'keys');
  return { key, secret };
}
