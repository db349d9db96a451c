/** Who may do something with which API key, and what is told when it is done. */
import type { ApiKeyView } from '#contracts/api-keys.ts';
import { isAllowed } from '#contracts/permissions.ts';
import { recordEvent } from '#database/business-events.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type ApiKeyRow, lockApiKey } from './api-key-store.ts';
import type { KeyReader } from './api-key-views.ts';

/** `change`: all that its person may; `end`: what only takes away. */
export type KeyPurpose = 'change' | 'end' | 'budget';

/** The key, locked until the transaction ends. What somebody may not touch is not there for them. @throws api_key.not_found */
export async function lockForCaller(
  tx: Transaction,
  caller: KeyReader,
  id: string,
  purpose: KeyPurpose,
): Promise<ApiKeyRow> {
  const key = await lockApiKey(tx, caller, id);
  if (!key || !mayTouch(caller, key, purpose)) throw new AppError('api_key.not_found');
  return key;
}

/** The same, for what a key that has ended is not changed by any more. @throws api_key.not_found, api_key.ended */
export async function lockLiving(
  tx: Transaction,
  caller: KeyReader,
  id: string,
  purpose: KeyPurpose,
): Promise<ApiKeyRow> {
  const key = await lockForCaller(tx, caller, id, purpose);
  if (key.state === 'revoked') throw new AppError('api_key.ended');
  return key;
}

function mayTouch({ userId, role }: KeyReader, key: ApiKeyRow, purpose: KeyPurpose): boolean {
  if (purpose === 'budget') return isAllowed(role, 'budgets.write');
  const isTheirs = isAllowed(role, 'api_keys.organisation');
  if (key.owner_kind === 'organisation') return isTheirs;
  if (key.user_id === userId) return isAllowed(role, 'api_keys.own');
  // A key that leaked is ended by whoever is there, not only by its person.
  return purpose === 'end' && isTheirs;
}

const RECORDED = { created: 'API_KEY_CREATED', revoked: 'API_KEY_REVOKED' } as const;

/** The one place where what happened to a key is told: business events, live events, and gateways. */
export async function tellOfKey(
  tx: Transaction,
  { orgId }: OrgScope,
  key: Pick<ApiKeyView, 'id' | 'name' | 'state' | 'owner' | 'user'>,
  happened: 'created' | 'changed' | 'rotated' | 'revoked',
): Promise<void> {
  const { id, name, state } = key;
  const userId = key.owner === 'user' ? key.user.id : null;
  await emitEvent(tx, {
    orgId,
    userId,
    type: 'api_key.changed',
    subjectId: id,
    summary: { state, happened },
  });
  if (happened === 'created' || happened === 'revoked') {
    const data = { api_key_id: id, name, user_id: key.user.id };
    await recordEvent(tx, { orgId, type: RECORDED[happened], subjectId: id, data });
  }
  await notify(tx, 'keys');
}
