/** Ends a key for good. Doing it twice is doing it once; gateways drop it when the transaction commits. */
import type { ApiKeyView } from '#contracts/api-keys.ts';
import { recordEvent } from '#database/business-events.ts';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { revokeApiKeyRow } from '../api-key-store.ts';

/** @throws api_key.not_found */
export async function revokeApiKey(
  db: Database,
  owner: OrgScope & { readonly userId: UserId },
  id: string,
): Promise<ApiKeyView> {
  return db.transaction(async (tx) => {
    const revoked = await revokeApiKeyRow(tx, owner, owner.userId, id);
    if (!revoked) throw new AppError('api_key.not_found');
    const { key, isNew } = revoked;
    await emitEvent(tx, {
      orgId: owner.orgId,
      type: 'api_key.changed',
      subjectId: id,
      summary: { state: 'revoked' },
    });
    if (isNew) {
      noteChange({ before: { name: key.name, revoked_at: null }, after: { revoked_at: key.revoked_at } });
      const data = { api_key_id: id, name: key.name, user_id: owner.userId };
      await recordEvent(tx, { orgId: owner.orgId, type: 'API_KEY_REVOKED', subjectId: id, data });
    }
    await notify(tx, 'keys');
    return key;
  });
}
