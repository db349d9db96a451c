/** All SQL of settings and their changes. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { StoredValue } from './setting-values.ts';

export interface ChangeRow {
  readonly seq: number;
  readonly name: string;
  readonly provider_id: string;
  readonly old_value: unknown;
  readonly new_value: unknown;
  readonly actor: string;
  readonly correlation_id: string;
  readonly at: Date;
}

const VALUE = `name, provider_id as "providerId", value, updated_by as "updatedBy", updated_at as "updatedAt"`;

/** Of the installation and of every organisation in sight. */
export function selectValues(db: Queryable): Promise<StoredValue[]> {
  return db.query<StoredValue>(
    `select '' as "orgId", ${VALUE} from settings
     union all select org_id, ${VALUE} from organisation_settings order by 1, 2, 3`,
  );
}

/** Of the installation and of one organisation. */
export function selectValuesFor(db: Queryable, scope: OrgScope): Promise<StoredValue[]> {
  return db.query<StoredValue>(
    `select '' as "orgId", ${VALUE} from settings
     union all select org_id, ${VALUE} from organisation_settings where org_id = $1 order by 1, 2, 3`,
    [scope.orgId],
  );
}

/** One change at a time, because what one may be depends on the others. */
export async function lockSettings(tx: Transaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.settings'))`);
}

export async function upsertValue(
  tx: Transaction,
  row: {
    readonly name: string;
    readonly providerId: string;
    readonly value: unknown;
    readonly actor: string;
  },
): Promise<void> {
  await tx.query(
    `insert into settings (name, provider_id, value, updated_by, updated_at)
     values ($1, $2, $3, $4, app_now())
     on conflict (name, provider_id) do update
       set value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    [row.name, row.providerId, JSON.stringify(row.value), row.actor],
  );
}

export async function deleteValue(tx: Transaction, name: string, providerId: string): Promise<void> {
  await tx.query(`delete from settings where name = $1 and provider_id = $2`, [name, providerId]);
}

export async function insertChange(
  tx: Transaction,
  change: {
    readonly name: string;
    readonly providerId: string;
    readonly oldValue: unknown;
    readonly newValue: unknown;
    readonly actor: string;
    readonly correlationId: string;
  },
): Promise<void> {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await tx.query(
    `insert into setting_changes (name, provider_id, old_value, new_value, actor, correlation_id, at)
     values ($1, $2, $3, $4, $5, $6, app_now())`,
    [
      change.name,
      change.providerId,
      json(change.oldValue),
      json(change.newValue),
      change.actor,
      change.correlationId,
    ],
  );
}

/** Newest first. */
export function selectChanges(
  db: Queryable,
  name: string,
  page: { readonly limit: number; readonly before: number | undefined },
): Promise<ChangeRow[]> {
  return db.query<ChangeRow>(
    `select seq, name, provider_id, old_value, new_value, actor, correlation_id, at from setting_changes
     where name = $1 and ($2::bigint is null or seq < $2) order by seq desc limit $3`,
    [name, page.before ?? null, page.limit],
  );
}

export async function upsertOwnValue(
  tx: Transaction,
  scope: OrgScope,
  row: {
    readonly name: string;
    readonly providerId: string;
    readonly value: unknown;
    readonly actor: string;
  },
): Promise<void> {
  await tx.query(
    `insert into organisation_settings (org_id, name, provider_id, value, updated_by, updated_at)
     values ($1, $2, $3, $4, $5, app_now())
     on conflict (org_id, name, provider_id) do update
       set value = excluded.value, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
    [scope.orgId, row.name, row.providerId, JSON.stringify(row.value), row.actor],
  );
}

export async function deleteOwnValue(
  tx: Transaction,
  scope: OrgScope,
  name: string,
  providerId: string,
): Promise<void> {
  await tx.query(`delete from organisation_settings where org_id = $1 and name = $2 and provider_id = $3`, [
    scope.orgId,
    name,
    providerId,
  ]);
}

export async function insertOwnChange(
  tx: Transaction,
  scope: OrgScope,
  change: Parameters<typeof insertChange>[1],
): Promise<void> {
  const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await tx.query(
    `insert into organisation_setting_changes (org_id, name, provider_id, old_value, new_value, actor,
       correlation_id, at)
     values ($1, $2, $3, $4, $5, $6, $7, app_now())`,
    [
      scope.orgId,
      change.name,
      change.providerId,
      json(change.oldValue),
      json(change.newValue),
      change.actor,
      change.correlationId,
    ],
  );
}

/** Newest first. */
export function selectOwnChanges(
  db: Queryable,
  scope: OrgScope,
  name: string,
  page: { readonly limit: number; readonly before: number | undefined },
): Promise<ChangeRow[]> {
  return db.query<ChangeRow>(
    `select seq, name, provider_id, old_value, new_value, actor, correlation_id, at
     from organisation_setting_changes
     where org_id = $1 and name = $2 and ($3::bigint is null or seq < $3) order by seq desc limit $4`,
    [scope.orgId, name, page.before ?? null, page.limit],
  );
}
