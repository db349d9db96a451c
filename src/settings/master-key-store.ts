/** All SQL of master keys: which there were, and from when nothing is sealed with one. The keys are never here. */
import type { Queryable, Transaction } from '#database/database.ts';

export interface MasterKeyRow {
  readonly id: string;
  readonly number: number;
  readonly madeAt: Date;
  readonly retiredAt: Date | null;
}

export async function noteMasterKeys(tx: Transaction, ids: readonly string[]): Promise<void> {
  await tx.query(
    `insert into master_keys (id, made_at)
     select id, app_now() from unnest($1::text[]) with ordinality as t (id, place) order by place
     on conflict (id) do nothing`,
    [ids],
  );
}

export async function isRetired(db: Queryable, id: string): Promise<boolean> {
  const [row] = await db.query<{ is_retired: boolean }>(
    `select retired_at is not null as is_retired from master_keys where id = $1`,
    [id],
  );
  return row?.is_retired === true;
}

/** Waits for those who have just sealed with it; whoever does so later is refused by the guards. */
export async function markRetired(tx: Transaction, id: string): Promise<void> {
  await tx.query(`set local lock_timeout = '30s'`);
  await tx.query(
    `insert into master_keys as k (id, made_at, retired_at) values ($1, app_now(), app_now())
     on conflict (id) do update set retired_at = coalesce(k.retired_at, excluded.retired_at)`,
    [id],
  );
}

export function selectMasterKeys(db: Queryable): Promise<MasterKeyRow[]> {
  return db.query<MasterKeyRow>(
    `select id, number, made_at as "madeAt", retired_at as "retiredAt" from master_keys order by number`,
  );
}
