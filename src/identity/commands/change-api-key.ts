/** Changes what a key may do and how much of it; gateways follow when the transaction commits. */
import type { ApiKeyView, ChangedApiKey } from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { noteDifference } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { lockApiKey, updateApiKey } from '../api-key-store.ts';
import { checkKeyWish } from '../key-rules.ts';
import { requireOpenProject } from '../organisations/queries.ts';

/** @throws api_key.not_found (also when it was revoked), request.invalid, auth.forbidden */
export async function changeApiKey(
  { env, db }: { readonly env: Env; readonly db: Database },
  owner: OrgScope & { readonly userId: UserId; readonly role: OrganisationRole },
  change: { readonly id: string; readonly to: ChangedApiKey },
): Promise<ApiKeyView> {
  checkKeyWish(env.clock, owner.role, change.to);
  return db.transaction(async (tx) => {
    await requireOpenProject(tx, owner, change.to.project_id);
    const before = await lockApiKey(tx, owner, owner.userId, change.id);
    const key = await updateApiKey(tx, owner, owner.userId, change);
    if (!key) throw new AppError('api_key.not_found');
    if (before) noteDifference(before, key);
    await emitEvent(tx, {
      orgId: owner.orgId,
      type: 'api_key.changed',
      subjectId: key.id,
      summary: { state: key.enabled ? 'active' : 'disabled' },
    });
    await notify(tx, 'keys');
    return key;
  });
}
