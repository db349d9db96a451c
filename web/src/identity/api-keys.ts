import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, given } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import type { ApiKey, UsageEntry } from '../api/types.ts';
import type { KeysSearch } from './keys-search.ts';

const KEYS_LIMIT = 200;
const PAGE_LIMIT = 50;

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ signal }) =>
    answerOf(api.GET('/api/v1/api-keys', { params: { query: { limit: KEYS_LIMIT } }, signal })),
  select: (page) => page.data,
  refetchInterval: pollInterval,
});

/** Searched, sorted and counted by the server. */
export function keyListQuery({ owner, q, state, sort }: KeysSearch) {
  return infiniteQueryOptions({
    queryKey: ['api-keys', 'list', { owner, q, state, sort }],
    queryFn: ({ pageParam, signal }) => {
      const query = given({ limit: PAGE_LIMIT, after: pageParam ?? undefined, owner, q, state, sort });
      return answerOf(api.GET('/api/v1/api-keys', { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => (page.has_more ? page.next_cursor : undefined),
    placeholderData: keepPreviousData,
    refetchInterval: pollInterval,
  });
}

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
