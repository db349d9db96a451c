/** All SQL of settings and their changes. */
import type { Queryable, Transaction } from '#database/database.ts';
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

export function selectValues(db: Queryable): Promise<StoredValue[]> {
  return db.query<StoredValue>(`select ${VALUE} from settings order by name, provider_id`);
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
