/**
 * Makes an API key of a user or of the organisation. The token is in the answer and nowhere else; the row has its
 * hash and a hint by which people recognise it. Gateways are told when the transaction commits.
 */
import type { infer as Infer } from 'zod';
import type { ApiKeyView, createApiKeySchema } from '#contracts/api-keys.ts';
import type { Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { type ApiKeyId, newId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { hashToken, mintToken, tokenIdOf } from '#kernel/token.ts';
import { activateByAct } from '../activation/commands/activate-by-act.ts';
import { insertApiKey } from '../api-key-store.ts';
import { type KeyReader, viewApiKey } from '../api-key-views.ts';
import { tellOfKey } from '../key-authority.ts';
import { checkKeyWish } from '../key-rules.ts';
import { requireLiving, requireOpenProject } from '../organisations/queries.ts';

/** @throws request.invalid, auth.forbidden, project.not_found, project.archived */
export async function createApiKey(
  env: Env,
  tx: Transaction,
  maker: KeyReader,
  wanted: Infer<typeof createApiKeySchema>,
): Promise<{ key: ApiKeyView; secret: Secret }> {
  checkKeyWish(env.clock, maker.role, wanted);
  await requireLiving(tx, maker);
  await requireOpenProject(tx, maker, wanted.project_id);
  const id = newId(env, 'apiKey');
  const { secret, ...row } = mintKeySecret(env, id);
  await insertApiKey(tx, maker, { id, userId: maker.userId, ...row }, wanted);
  await activateByAct(tx, maker, { kind: 'api_key', id }, { actor: `user:${maker.userId}` });
  const key = await viewApiKey(tx, maker, id);
  await tellOfKey(tx, maker, key, 'created');
  return { key, secret };
}

/** A secret of this key, with what of it is kept. */
export function mintKeySecret(
  env: Pick<Env, 'random'>,
  id: ApiKeyId,
): { readonly secret: Secret; readonly tokenHash: string; readonly hint: string } {
  const secret = mintToken(env.random, 'key', tokenIdOf(id));
  const token = secret.reveal();
  return { secret, tokenHash: hashToken(token), hint: `${token.slice(0, 14)}…${token.slice(-4)}` };
}
