/**
 * Makes an API key of a user. The token is in the answer and nowhere else; the row has its hash and a hint by which
 * people recognise it. Gateways are told when the transaction commits.
 */
import type { infer as Infer } from 'zod';
import type { ApiKeyView, createApiKeySchema } from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import { recordEvent } from '#database/business-events.ts';
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { insertApiKey } from '../api-key-store.ts';
import { checkKeyWish } from '../key-rules.ts';
import { requireLiving, requireOpenProject } from '../organisations/queries.ts';

/** @throws request.invalid, auth.forbidden, project.not_found, project.archived */
export async function createApiKey(
  env: Env,
  tx: Transaction,
  owner: OrgScope & { readonly userId: UserId; readonly role: OrganisationRole },
  wanted: Infer<typeof createApiKeySchema>,
): Promise<{ key: ApiKeyView; secret: Secret }> {
  checkKeyWish(env.clock, owner.role, wanted);
  await requireLiving(tx, owner);
  await requireOpenProject(tx, owner, wanted.project_id);
  const id = newId(env, 'apiKey');
  const secret = mintToken(env.random, 'key', tokenIdOf(id));
  const token = secret.reveal();
  const row = {
    id,
    userId: owner.userId,
    hint: `${token.slice(0, 14)}…${token.slice(-4)}`,
    tokenHash: hashToken(token),
  };
  const key = await insertApiKey(tx, owner, row, wanted);
  await emitEvent(tx, {
    orgId: owner.orgId,
    type: 'api_key.changed',
    subjectId: id,
    summary: { state: 'active' },
  });
  await recordEvent(tx, {
    orgId: owner.orgId,
    type: 'API_KEY_CREATED',
    subjectId: id,
    data: { api_key_id: id, name: key.name, user_id: owner.userId },
  });
  await notify(tx, 'keys');
  return { key, secret };
}
