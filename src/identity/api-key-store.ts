/** All SQL of API keys. Tokens arrive here as hashes only. */
import type { ApiKeyView, ChangedApiKey, ChangedLimits, KeyScope, Priority } from '#contracts/api-keys.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { ApiKeyId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ActiveApiKey } from './queries.ts';

/** Where a page of API keys continues. */
export interface ApiKeyPosition {
  readonly createdAt: string;
  readonly id: string;
}

interface ApiKeyRow {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly hint: string;
  readonly is_enabled: boolean;
  readonly scopes: KeyScope[];
  readonly models: string[] | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly concurrent_requests: number | null;
  readonly priority_max: Priority;
  readonly waits_for_start: boolean;
  readonly project_id: string | null;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}
const API_KEY = `id, name, hint, is_enabled, scopes, models, requests_per_minute, tokens_per_minute,
  concurrent_requests, priority_max, waits_for_start, project_id, created_at, expires_at, last_used_at, revoked_at`;

export interface NewApiKeyRow {
  readonly id: ApiKeyId;
  readonly userId: UserId;
  readonly hint: string;
  readonly tokenHash: string;
}

export async function insertApiKey(
  tx: Transaction,
  scope: OrgScope,
  key: NewApiKeyRow,
  wanted: {
    readonly name: string;
    readonly expires_at: string | null;
    readonly scopes: readonly KeyScope[];
    readonly models: readonly string[] | null;
    readonly limits: ChangedLimits;
    readonly priority_max: Priority;
    readonly waits_for_start: boolean;
    readonly project_id: string | null;
  },
): Promise<ApiKeyView> {
  const { limits } = wanted;
  const [row] = await tx.query<ApiKeyRow>(
    `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at, expires_at, scopes, models,
                           requests_per_minute, tokens_per_minute, concurrent_requests, priority_max, waits_for_start,
                           project_id)
     values ($1, $2, $3, $4, $5, $6, app_now(), $7, $8, $9, $10, $11, $12, $13, $14, $15) returning ${API_KEY}`,
    [
      scope.orgId,
      key.id,
      key.userId,
      wanted.name,
      key.hint,
      key.tokenHash,
      wanted.expires_at,
      wanted.scopes,
      wanted.models,
      limits.requests_per_minute ?? null,
      limits.tokens_per_minute ?? null,
      limits.concurrent_requests ?? null,
      wanted.priority_max,
      wanted.waits_for_start,
      wanted.project_id,
    ],
  );
  if (!row) throw new Error('an insert returned no row');
  return toApiKeyView(row);
}

/** Held until the transaction ends. */
export async function lockApiKey(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
  id: string,
): Promise<ApiKeyView | undefined> {
  const [row] = await tx.query<ApiKeyRow>(
    `select ${API_KEY} from api_keys where org_id = $1 and id = $2 and user_id = $3 for update`,
    [scope.orgId, id, userId],
  );
  return row && toApiKeyView(row);
}

/**
 * What is left out stays as it is. Undefined when there is no such key of this user, or it was revoked: a key that
 * has ended does not change any more.
 */
export async function updateApiKey(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
  change: { readonly id: string; readonly to: ChangedApiKey },
): Promise<ApiKeyView | undefined> {
  const { limits, enabled, ...rest } = change.to;
  const changed = { ...rest, ...limits, ...(enabled === undefined ? {} : { is_enabled: enabled }) };
  // The members of one JSON object stand for the columns that change; the others are read from the row itself.
  const [row] = await tx.query<ApiKeyRow>(
    `update api_keys as k set
       name = c.name, expires_at = c.expires_at, is_enabled = c.is_enabled, scopes = c.scopes, models = c.models,
       requests_per_minute = c.requests_per_minute, tokens_per_minute = c.tokens_per_minute,
       concurrent_requests = c.concurrent_requests, priority_max = c.priority_max,
       waits_for_start = c.waits_for_start, project_id = c.project_id
     from (select (jsonb_populate_record(api_keys, $4::jsonb)).*
           from api_keys where org_id = $1 and id = $2 and user_id = $3 and revoked_at is null for update) as c
     where k.org_id = c.org_id and k.id = c.id
     returning ${API_KEY.replaceAll(/\b([a-z_]+)\b/g, 'k.$1')}`,
    [scope.orgId, change.id, userId, JSON.stringify(changed)],
  );
  return row && toApiKeyView(row);
}

/** Undefined when there is no such key of this user; revoking again keeps the first time. */
export async function revokeApiKeyRow(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
  id: string,
): Promise<{ key: ApiKeyView; isNew: boolean } | undefined> {
  const [row] = await tx.query<ApiKeyRow & { was_active: boolean }>(
    `with old as (
       select revoked_at is null as was_active from api_keys
       where org_id = $1 and id = $2 and user_id = $3 for update)
     update api_keys set revoked_at = coalesce(revoked_at, app_now()) from old
     where org_id = $1 and id = $2 and user_id = $3 returning ${API_KEY}, was_active`,
    [scope.orgId, id, userId],
  );
  if (!row) return undefined;
  const { was_active: isNew, ...key } = row;
  return { key: toApiKeyView(key), isNew };
}

export async function selectApiKeys(
  db: Queryable,
  scope: OrgScope & { readonly userId: UserId },
  page: { readonly limit: number; readonly after?: ApiKeyPosition | undefined },
): Promise<ApiKeyView[]> {
  const rows = await db.query<ApiKeyRow>(
    `select ${API_KEY} from api_keys
     where org_id = $1 and user_id = $2
       and ($3::timestamptz is null or (created_at, id) < ($3::timestamptz, $4::text))
     order by created_at desc, id desc limit $5`,
    [scope.orgId, scope.userId, page.after?.createdAt ?? null, page.after?.id ?? null, page.limit],
  );
  return rows.map(toApiKeyView);
}

interface ActiveApiKeyRow extends Omit<ActiveApiKey, 'limits'> {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
}

export async function selectActiveApiKeys(db: Queryable): Promise<ActiveApiKey[]> {
  const rows = await db.query<ActiveApiKeyRow>(
    `select k.id, k.org_id as "orgId", k.user_id as "userId", k.project_id as "projectId", k.token_hash as "tokenHash",
            (extract(epoch from k.expires_at) * 1000)::bigint as "expiresAtMs", k.scopes, k.models,
            k.requests_per_minute as "requestsPerMinute", k.tokens_per_minute as "tokensPerMinute",
            k.concurrent_requests as "concurrentRequests", k.priority_max as "priorityMax",
            k.waits_for_start as "waitsForStart"
     from api_keys k
     join users u on u.id = k.user_id and u.disabled_at is null
     join memberships m on m.org_id = k.org_id and m.user_id = k.user_id
     where k.revoked_at is null and k.is_enabled and (k.expires_at is null or k.expires_at > app_now())
     order by k.id`,
  );
  return rows.map(({ requestsPerMinute, tokensPerMinute, concurrentRequests, ...key }) => ({
    ...key,
    limits: { requestsPerMinute, tokensPerMinute, concurrentRequests },
  }));
}

/** As `selectActiveApiKeys` judges all of them. */
export async function selectApiKeyIsActive(db: Queryable, scope: OrgScope, id: string): Promise<boolean> {
  const rows = await db.query(
    `select 1 from api_keys k
     join users u on u.id = k.user_id and u.disabled_at is null
     join memberships m on m.org_id = k.org_id and m.user_id = k.user_id
     where k.org_id = $1 and k.id = $2 and k.revoked_at is null and k.is_enabled
       and (k.expires_at is null or k.expires_at > app_now())`,
    [scope.orgId, id],
  );
  return rows.length > 0;
}

export async function updateApiKeysUsed(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query(
    `update api_keys set last_used_at = app_now()
     where id = any($1) and (last_used_at is null or last_used_at < app_now() - interval '1 minute')`,
    [[...ids]],
  );
}

function toApiKeyView(row: ApiKeyRow): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    enabled: row.is_enabled,
    scopes: row.scopes,
    models: row.models,
    limits: {
      requests_per_minute: row.requests_per_minute,
      tokens_per_minute: row.tokens_per_minute,
      concurrent_requests: row.concurrent_requests,
    },
    priority_max: row.priority_max,
    waits_for_start: row.waits_for_start,
    project_id: row.project_id,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  };
}
