/** SQL of API keys as gateways and batches use them. */
import type { KeyOwner, KeyScope, Priority } from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import type { Queryable } from '#database/database.ts';
import type { ApiKeyId, OrgId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** A key that is neither revoked, disabled nor expired, with what decides whether it may be used. */
export interface UsableApiKeyRow {
  readonly owner: KeyOwner;
  readonly scopes: readonly KeyScope[];
  readonly priorityMax: Priority;
  /** Of its person now; null when they left or are disabled. */
  readonly role: OrganisationRole | null;
  readonly isTechnicalMissing: boolean;
  readonly isEconomicMissing: boolean;
}

export interface SnapshotApiKeyRow extends UsableApiKeyRow {
  readonly id: ApiKeyId;
  readonly orgId: OrgId;
  readonly userId: UserId;
  readonly projectId: string | null;
  readonly tokenHash: string;
  readonly previousTokenHash: string | null;
  readonly previousUntilMs: number | null;
  readonly expiresAtMs: number | null;
  readonly models: readonly string[] | null;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
  readonly waitsForStart: boolean;
  readonly budgetDayMicros: number | null;
  readonly budgetMonthMicros: number | null;
  readonly budgetTotalMicros: number | null;
}

const USABLE = `k.owner_kind as owner, k.scopes, k.priority_max as "priorityMax", m.role,
  not coalesce(a.technical_is_given, true) as "isTechnicalMissing",
  not coalesce(a.economic_is_given, true) as "isEconomicMissing"`;
const FROM = `from api_keys k
  left join users u on u.id = k.user_id and u.disabled_at is null
  left join memberships m on m.org_id = k.org_id and m.user_id = u.id
  left join activations a on a.org_id = k.org_id and a.resource_kind = 'api_key' and a.resource_id = k.id
  where k.revoked_at is null and k.is_enabled and (k.expires_at is null or k.expires_at > app_now())`;

export async function selectUsableApiKeys(db: Queryable): Promise<SnapshotApiKeyRow[]> {
  return db.query<SnapshotApiKeyRow>(
    `select k.id, k.org_id as "orgId", k.user_id as "userId", k.project_id as "projectId",
            k.token_hash as "tokenHash",
            k.previous_token_hash as "previousTokenHash",
            (extract(epoch from k.previous_until) * 1000)::double precision as "previousUntilMs",
            (extract(epoch from k.expires_at) * 1000)::double precision as "expiresAtMs", k.models,
            k.requests_per_minute as "requestsPerMinute", k.tokens_per_minute as "tokensPerMinute",
            k.concurrent_requests as "concurrentRequests", k.waits_for_start as "waitsForStart",
            k.budget_day_micros as "budgetDayMicros", k.budget_month_micros as "budgetMonthMicros",
            k.budget_total_micros as "budgetTotalMicros", ${USABLE}
     ${FROM}
     order by k.id`,
  );
}

export async function selectUsableApiKey(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<UsableApiKeyRow | undefined> {
  const [row] = await db.query<UsableApiKeyRow>(`select ${USABLE} ${FROM} and k.org_id = $1 and k.id = $2`, [
    scope.orgId,
    id,
  ]);
  return row;
}

export async function updateApiKeysUsed(db: Queryable, ids: readonly string[]): Promise<void> {
  await db.query(
    `update api_keys set last_used_at = app_now()
     where id = any($1) and (last_used_at is null or last_used_at < app_now() - interval '1 minute')`,
    [[...ids]],
  );
}
