/** All SQL of flavours. Writers hold the catalogue's lock. */
import type { FlavourParts, FlavourRecord } from '#contracts/flavour-choice.ts';
import { FLAVOUR_PARTS } from '#contracts/flavour-choice.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { FlavourId } from '#kernel/ids.ts';

export interface FlavourRow extends FlavourRecord {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly updated_at: Date;
}

const ROW = `select id, name, gpu_vendor, gpu_family, provider_id, image, args, environment, mounts, devices, network,
    version, updated_at from flavours`;
const ORDER = `order by name, gpu_vendor, gpu_family nulls first, provider_id nulls first, id`;

export function selectFlavours(db: Queryable): Promise<FlavourRow[]> {
  return db.query<FlavourRow>(`${ROW} ${ORDER}`);
}

/** Records of these names that may count at the provider. */
export function selectRecords(
  db: Queryable,
  names: readonly string[],
  providerId: string,
): Promise<FlavourRow[]> {
  return db.query<FlavourRow>(
    `${ROW} where name = any($1) and (provider_id is null or provider_id = $2) ${ORDER}`,
    [names, providerId],
  );
}

export async function selectFlavour(db: Queryable, id: string): Promise<FlavourRow | undefined> {
  const [row] = await db.query<FlavourRow>(`${ROW} where id = $1`, [id]);
  return row;
}

export async function selectNames(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ name: string }>(`select distinct name from flavours order by name`);
  return rows.map(({ name }) => name);
}

export type NewFlavour = Omit<FlavourRow, 'version' | 'updated_at'> & { readonly id: FlavourId };

/** False when there is a record for the same. */
export async function insertFlavour(tx: Transaction, flavour: NewFlavour): Promise<boolean> {
  const { id, name, gpu_vendor: vendor, gpu_family: family, provider_id: providerId } = flavour;
  const rows = await tx.query(
    `insert into flavours (id, name, gpu_vendor, gpu_family, provider_id, image, args, environment, mounts, devices,
       network, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, app_now(), app_now())
     on conflict on constraint flavours_record do nothing returning 1`,
    [id, name, vendor, family, providerId, ...valuesOf(flavour)],
  );
  return rows.length > 0;
}

/** False when it was changed since this version. */
export async function updateFlavour(
  tx: Transaction,
  id: string,
  version: number,
  to: FlavourParts,
): Promise<boolean> {
  const rows = await tx.query(
    `update flavours set image = $3, args = $4, environment = $5, mounts = $6, devices = $7, network = $8,
       version = version + 1, updated_at = app_now()
     where id = $1 and version = $2 returning 1`,
    [id, version, ...valuesOf(to)],
  );
  return rows.length > 0;
}

export async function deleteFlavourRow(tx: Transaction, id: string): Promise<void> {
  await tx.query(`delete from flavours where id = $1`, [id]);
}

function valuesOf(parts: FlavourParts): unknown[] {
  return FLAVOUR_PARTS.map((part) => {
    const value = parts[part];
    return value === null || typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** Kinds of machines that name a flavour. */
export async function selectTypesNaming(db: Queryable, flavour: string): Promise<string[]> {
  const rows = await db.query<{ code: string }>(
    `select code from instance_types where flavour = $1 order by provider_id, code limit 5`,
    [flavour],
  );
  return rows.map(({ code }) => code);
}
