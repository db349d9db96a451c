/** All SQL of API keys as people have them. Tokens arrive here as hashes only. */
import type {
  ApiKeySort,
  ChangedApiKey,
  ChangedBudget,
  ChangedLimits,
  KeyOwner,
  KeyScope,
  KeyState,
  Priority,
} from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import { PERMISSIONS } from '#contracts/permissions.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import {
  Conditions,
  containing,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { ApiKeyId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface ApiKeyRow {
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
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
  readonly project_id: string | null;
  readonly owner_kind: KeyOwner;
  readonly user_id: UserId;
  readonly budget_day_micros: number | null;
  readonly budget_month_micros: number | null;
  readonly budget_total_micros: number | null;
  readonly rotated_at: Date | null;
  readonly previous_hint: string | null;
  /** In the future: a secret that was replaced and still works. */
  readonly previous_until: Date | null;
  readonly username: string;
  /** Of its person now; null when they left or are disabled. */
  readonly role: OrganisationRole | null;
  readonly state: KeyState;
}

const ROLES = '$2::text[]';
// $1 is the organisation, $2 the roles that may have keys of the organisation.
const STATE = `case
  when k.revoked_at is not null then 'revoked'
  when k.expires_at <= app_now() then 'expired'
  when not k.is_enabled then 'disabled'
  when m.role is null or (k.owner_kind = 'organisation' and m.role <> all($2)) then 'suspended'
  when exists (select from activations a
               where a.org_id = k.org_id and a.resource_kind = 'api_key' and a.resource_id = k.id
                 and not (a.technical_is_given and a.economic_is_given)) then 'inactive'
  else 'active' end`;
const TABLES = `api_keys k
  join users u on u.id = k.user_id
  left join memberships m on m.org_id = k.org_id and m.user_id = k.user_id and u.disabled_at is null`;
const COLUMNS = `k.id, k.name, k.hint, k.is_enabled, k.scopes, k.models, k.requests_per_minute,
  k.tokens_per_minute, k.concurrent_requests, k.priority_max, k.waits_for_start, k.project_id, k.created_at, k.expires_at,
  k.last_used_at, k.revoked_at, k.owner_kind, k.user_id, k.budget_day_micros, k.budget_month_micros,
  k.budget_total_micros, k.rotated_at, u.username, m.role, ${STATE} as state,
  case when k.previous_until > app_now() then k.previous_hint end as previous_hint,
  case when k.previous_until > app_now() then k.previous_until end as previous_until`;
const API_KEY = `select ${COLUMNS} from ${TABLES} where k.org_id = $1`;

/*
 * The same states as conditions that indexes answer: what a key is by itself first, and then, for what is left, by its
 * person and its activation, of which those that are missing are few.
 */
const LIVES = `k.revoked_at is null and k.is_enabled and (k.expires_at is null or k.expires_at > (select app_now()))`;
const VOUCHERS = `select m.user_id from memberships m join users u on u.id = m.user_id
  where m.org_id = $1 and u.disabled_at is null`;
const IS_VOUCHED_FOR = `case k.owner_kind when 'organisation'
  then k.user_id in (${VOUCHERS} and m.role = any($2)) else k.user_id in (${VOUCHERS}) end`;
const IS_MISSING = `k.id in (
  select a.resource_id from activations a where a.org_id = $1 and a.resource_kind = 'api_key'
    and not (a.technical_is_given and a.economic_is_given))`;
const IN_STATE: Readonly<Record<KeyState, string>> = {
  revoked: 'k.revoked_at is not null',
  expired: 'k.revoked_at is null and k.expires_at <= (select app_now())',
  disabled: `k.revoked_at is null and not k.is_enabled
    and (k.expires_at is null or k.expires_at > (select app_now()))`,
  suspended: `${LIVES} and not ${IS_VOUCHED_FOR}`,
  inactive: `${LIVES} and ${IS_VOUCHED_FOR} and ${IS_MISSING}`,
  active: `${LIVES} and ${IS_VOUCHED_FOR} and not ${IS_MISSING}`,
};
const ORGANISATION_ROLES = PERMISSIONS['api_keys.organisation'];

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
    readonly owner: KeyOwner;
    readonly expires_at: string | null;
    readonly scopes: readonly KeyScope[];
    readonly models: readonly string[] | null;
    readonly limits: ChangedLimits;
    readonly priority_max: Priority;
    readonly waits_for_start: boolean;
    readonly budget: ChangedBudget;
    readonly project_id: string | null;
  },
): Promise<void> {
  const { limits, budget } = wanted;
  await tx.query(
    `insert into api_keys (org_id, id, user_id, name, hint, token_hash, created_at, expires_at, scopes, models,
                           requests_per_minute, tokens_per_minute, concurrent_requests, priority_max, waits_for_start,
                           owner_kind, budget_day_micros, budget_month_micros, budget_total_micros, project_id)
     values ($1, $2, $3, $4, $5, $6, app_now(), $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
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
      wanted.owner,
      budget.day_micros ?? null,
      budget.month_micros ?? null,
      budget.total_micros ?? null,
      wanted.project_id,
    ],
  );
}

export async function selectApiKey(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<ApiKeyRow | undefined> {
  const [row] = await db.query<ApiKeyRow>(`${API_KEY} and k.id = $3`, [scope.orgId, ORGANISATION_ROLES, id]);
  return row;
}

/** As `selectApiKey`, and nobody else changes it until the transaction ends. */
export async function lockApiKey(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<ApiKeyRow | undefined> {
  await tx.query(`select 1 from api_keys where org_id = $1 and id = $2 for update`, [scope.orgId, id]);
  return selectApiKey(tx, scope, id);
}

/** What is left out stays as it is. */
export async function updateApiKey(
  tx: Transaction,
  scope: OrgScope,
  id: ApiKeyId,
  to: ChangedApiKey,
): Promise<void> {
  const { limits, enabled, budget, ...rest } = to;
  const changed = {
    ...rest,
    ...limits,
    ...Object.fromEntries(Object.entries(budget ?? {}).map(([name, value]) => [`budget_${name}`, value])),
    ...(enabled === undefined ? {} : { is_enabled: enabled }),
  };
  // The members of one JSON object stand for the columns that change; the others are read from the row itself.
  await tx.query(
    `update api_keys as k set
       name = c.name, expires_at = c.expires_at, is_enabled = c.is_enabled, scopes = c.scopes, models = c.models,
       requests_per_minute = c.requests_per_minute, tokens_per_minute = c.tokens_per_minute,
       concurrent_requests = c.concurrent_requests, priority_max = c.priority_max,
       waits_for_start = c.waits_for_start, project_id = c.project_id, budget_day_micros = c.budget_day_micros,
       budget_month_micros = c.budget_month_micros, budget_total_micros = c.budget_total_micros
     from (select (jsonb_populate_record(api_keys, $3::jsonb)).*
           from api_keys where org_id = $1 and id = $2) as c
     where k.org_id = c.org_id and k.id = c.id`,
    [scope.orgId, id, JSON.stringify(changed)],
  );
}

/** Both secrets end with it. Revoking again keeps the first time. */
export async function revokeApiKeyRow(tx: Transaction, scope: OrgScope, id: ApiKeyId): Promise<void> {
  await tx.query(
    `update api_keys set revoked_at = coalesce(revoked_at, app_now()),
       previous_token_hash = null, previous_hint = null, previous_until = null
     where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** The secret in force becomes the previous one; without a moment until which it works it ends now. */
export async function rotateApiKeyRow(
  tx: Transaction,
  scope: OrgScope,
  id: ApiKeyId,
  secret: {
    readonly tokenHash: string;
    readonly hint: string;
    readonly userId: UserId;
    readonly previousUntil: Date | null;
  },
): Promise<void> {
  await tx.query(
    `update api_keys set
       previous_token_hash = case when $6::timestamptz is not null then token_hash end,
       previous_hint = case when $6::timestamptz is not null then hint end,
       previous_until = $6, token_hash = $3, hint = $4, user_id = $5, rotated_at = app_now()
     where org_id = $1 and id = $2`,
    [scope.orgId, id, secret.tokenHash, secret.hint, secret.userId, secret.previousUntil],
  );
}

export async function endPreviousSecret(tx: Transaction, scope: OrgScope, id: ApiKeyId): Promise<void> {
  await tx.query(
    `update api_keys set previous_token_hash = null, previous_hint = null, previous_until = null
     where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** Another person vouches for it from now on. */
export async function giveApiKeyTo(
  tx: Transaction,
  scope: OrgScope,
  id: ApiKeyId,
  userId: UserId,
): Promise<void> {
  await tx.query(`update api_keys set user_id = $3 where org_id = $1 and id = $2`, [scope.orgId, id, userId]);
}

export interface ApiKeyFilter {
  /** Keys of this person's own. */
  readonly userId?: UserId | undefined;
  readonly owner?: KeyOwner | undefined;
  /** A part of the name, in any case. */
  readonly name?: string | undefined;
  /** The same, or the whole id. */
  readonly search?: string | undefined;
  readonly state?: KeyState | undefined;
  /** `none`: of no project. */
  readonly projectId?: string | undefined;
}

/** Each order has its index: api_keys_in_order, api_keys_by_name, api_keys_by_use. */
export const API_KEY_LIST: Listing<ApiKeySort> = {
  columns: COLUMNS,
  from: TABLES,
  countFrom: 'api_keys k',
  home: 'k.org_id = $1',
  id: { by: 'k.id', type: 'text' },
  sorts: {
    created_at: { by: 'k.created_at', type: 'timestamptz' },
    name: { by: 'k.name_folded', type: 'text' },
    // A key that was never used comes before all that were.
    last_used_at: {
      by: `coalesce(k.last_used_at, timestamptz '1970-01-01 00:00:00+00')`,
      type: 'timestamptz',
    },
  },
};

export function listApiKeyRows(
  db: Queryable,
  scope: OrgScope,
  filter: ApiKeyFilter,
  wish: ListWish<ApiKeySort>,
): Promise<ListFound<ApiKeyRow>> {
  const where = new Conditions();
  // In the places where `COLUMNS` looks for them.
  const [org] = [where.place(scope.orgId), where.place(ORGANISATION_ROLES)];
  where.add(`k.org_id = ${org} and ${ROLES} is not null`);
  if (filter.userId !== undefined) {
    where.add(`k.owner_kind = 'user'`).equal('k.user_id', filter.userId);
  }
  if (filter.owner === 'organisation') where.add(`k.owner_kind = 'organisation'`);
  if (filter.owner === 'user') where.add(`k.owner_kind = 'user'`);
  if (filter.name !== undefined) where.scan(`k.name_folded like ${where.place(containing(filter.name))}`);
  if (filter.search !== undefined) {
    where.scan(
      `(k.name_folded like ${where.place(containing(filter.search))} or k.id = ${where.place(filter.search)})`,
    );
  }
  if (filter.state !== undefined) where.add(IN_STATE[filter.state]);
  if (filter.projectId === 'none') where.add('k.project_id is null');
  else where.equal('k.project_id', filter.projectId);
  return selectList(db, API_KEY_LIST, where, wish);
}
