/**
 * Ends a key for good, with each of its secrets. Doing it twice is doing it once; gateways drop it when the
 * transaction commits.
 */
import type { ApiKeyView } from '#contracts/api-keys.ts';
import type { Database } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { revokeApiKeyRow } from '../api-key-store.ts';
import { type KeyReader, viewApiKey } from '../api-key-views.ts';
import { lockForCaller, tellOfKey } from '../key-authority.ts';

/** @throws api_key.not_found */
export async function revokeApiKey(db: Database, caller: KeyReader, id: string): Promise<ApiKeyView> {
  return db.transaction(async (tx) => {
    const key = await lockForCaller(tx, caller, id, 'end');
    if (key.state !== 'revoked') {
      await revokeApiKeyRow(tx, caller, key.id);
      const view = await viewApiKey(tx, caller, key.id);
      noteChange({ before: { name: view.name, revoked_at: null }, after: { revoked_at: view.revoked_at } });
      await tellOfKey(tx, caller, view, 'revoked');
      return view;
    }
    return viewApiKey(tx, caller, key.id);
  });
}
