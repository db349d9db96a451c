/** API keys as people see them. */
import type { ApiKeySort, ApiKeyView } from '#contracts/api-keys.ts';
import type { OrganisationRole } from '#contracts/management.ts';
import { isAllowed } from '#contracts/permissions.ts';
import type { Queryable } from '#database/database.ts';
import type { ListFound, ListWish } from '#database/listing.ts';
import { AppError } from '#kernel/errors.ts';
import { isId, type UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { describeActivations } from './activation/queries.ts';
import {
  API_KEY_LIST,
  type ApiKeyFilter,
  type ApiKeyRow,
  listApiKeyRows,
  selectApiKey,
} from './api-key-store.ts';
import { effectiveRights } from './key-rules.ts';

export { API_KEY_LIST };

/** What each key used up. Prices are known above this domain, so the sums are given to it. */
export type SpentOf = (
  db: Queryable,
  scope: OrgScope,
  keyIds: readonly string[],
) => Promise<ReadonlyMap<string, NonNullable<ApiKeyView['spent']>>>;

export interface KeyReader extends OrgScope {
  readonly userId: UserId;
  readonly role: OrganisationRole;
}

const NOTHING_SPENT = { day_micros: 0, month_micros: 0, total_micros: 0 };

export async function viewApiKeys(
  db: Queryable,
  scope: OrgScope,
  rows: readonly ApiKeyRow[],
  spentOf: SpentOf | undefined,
): Promise<ApiKeyView[]> {
  const ids = rows.map(({ id }) => id);
  const activations = await describeActivations(db, scope, 'api_key', ids);
  const spent = rows.length > 0 ? await spentOf?.(db, scope, ids) : undefined;
  return rows.map((row) => {
    const activation = activations.get(row.id);
    if (!activation) throw new Error('each id has an activation');
    return { ...toView(row), activation, spent: spent ? (spent.get(row.id) ?? NOTHING_SPENT) : null };
  });
}

/** @throws api_key.not_found */
export async function viewApiKey(
  db: Queryable,
  scope: OrgScope,
  id: string,
  spentOf?: SpentOf,
): Promise<ApiKeyView> {
  const row = await selectApiKey(db, scope, id);
  const [view] = row ? await viewApiKeys(db, scope, [row], spentOf) : [];
  if (!view) throw new AppError('api_key.not_found');
  return view;
}

/** One that this person may see. @throws api_key.not_found */
export async function getApiKey(
  db: Queryable,
  reader: KeyReader,
  id: string,
  spentOf?: SpentOf,
): Promise<ApiKeyView> {
  const view = await viewApiKey(db, reader, id, spentOf);
  const isOwn = view.owner === 'user' && view.user.id === reader.userId;
  if (!isOwn && !isAllowed(reader.role, 'api_keys.read_all')) throw new AppError('api_key.not_found');
  return view;
}

export interface KeySelection extends Pick<ApiKeyFilter, 'name' | 'search' | 'state' | 'projectId'> {
  /** `me`, `organisation`, `all`, or the id of a person. */
  readonly owner: string;
}

/** A page of those that this person may see. @throws auth.forbidden, request.invalid */
export async function listApiKeys(
  db: Queryable,
  reader: KeyReader,
  { owner, ...selection }: KeySelection,
  wish: ListWish<ApiKeySort>,
  spentOf?: SpentOf,
): Promise<ListFound<ApiKeyView>> {
  const found = await listApiKeyRows(db, reader, { ...selection, ...ownersOf(reader, owner) }, wish);
  return { ...found, rows: await viewApiKeys(db, reader, found.rows, spentOf) };
}

function ownersOf({ userId, role }: KeyReader, owner: string): Pick<ApiKeyFilter, 'userId' | 'owner'> {
  const seesAll = isAllowed(role, 'api_keys.read_all');
  if (owner === 'me' || owner === userId) return { userId };
  if (owner === 'all') return seesAll ? {} : { userId };
  if (owner !== 'organisation' && !isId('user', owner)) {
    throw new AppError('request.invalid', {
      publicMessage: '`owner` is `me`, `organisation`, `all`, or the id of a person.',
    });
  }
  if (!seesAll) throw new AppError('auth.forbidden', { publicMessage: 'You see your own keys only.' });
  return owner === 'organisation' ? { owner } : { userId: owner };
}

function toView(row: ApiKeyRow): Omit<ApiKeyView, 'activation' | 'spent'> {
  const { owner_kind: owner, scopes, priority_max: priorityMax } = row;
  const rights = effectiveRights({ owner, scopes, priorityMax }, row.role);
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    enabled: row.is_enabled,
    scopes,
    models: row.models,
    limits: {
      requests_per_minute: row.requests_per_minute,
      tokens_per_minute: row.tokens_per_minute,
      concurrent_requests: row.concurrent_requests,
    },
    priority_max: priorityMax,
    waits_for_start: row.waits_for_start,
    project_id: row.project_id,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    owner,
    user: { id: row.user_id, username: row.username },
    state: row.state,
    effective: { scopes: [...(rights?.scopes ?? [])], priority_max: rights?.priorityMax ?? 'batch' },
    budget: {
      day_micros: row.budget_day_micros,
      month_micros: row.budget_month_micros,
      total_micros: row.budget_total_micros,
    },
    rotated_at: row.rotated_at?.toISOString() ?? null,
    previous_secret:
      row.previous_until === null
        ? null
        : { hint: row.previous_hint ?? '', until: row.previous_until.toISOString() },
  };
}
