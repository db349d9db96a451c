import { queryOptions } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { ApiKey, UsageEntry } from '../api/types.ts';

const KEYS_LIMIT = 200;

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/api-keys', { params: { query: { limit: KEYS_LIMIT } }, signal })),
  select: (page) => page.data,
  refetchInterval: pollInterval,
});

/**
 * Keys with the use that the ledger already knows. Gateways write the date on a key only now and then, while the
 * ledger hears of a request within a second.
 */
export function withRecentUse(keys: readonly ApiKey[], usage: readonly UsageEntry[]): ApiKey[] {
  const latest = new Map<string, string>();
  for (const { api_key_id: id, started_at: at } of usage)
    if (id !== null && at > (latest.get(id) ?? '')) latest.set(id, at);
  return keys.map((key) => {
    const at = latest.get(key.id);
    return at !== undefined && at > (key.last_used_at ?? '') ? { ...key, last_used_at: at } : key;
  });
}

export type KeyStatus = ApiKey['state'];

export function keyStatus(key: ApiKey, nowMs: number): KeyStatus {
  if (key.revoked_at !== null) return 'revoked';
  if (key.expires_at !== null && new Date(key.expires_at).getTime() <= nowMs) return 'expired';
  if (!key.enabled) return 'disabled';
  return key.state === 'inactive' || key.state === 'suspended' ? key.state : 'active';
}
