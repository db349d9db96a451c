import { BUILT_IN_RECORDS, STANDARD_FLAVOUR } from '#contracts/flavour-choice.ts';
import type { FlavourView } from '#contracts/flavours.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { type FlavourRow, selectFlavour, selectFlavours } from './store.ts';

export { listFlavourLayers } from './layers.ts';

const BUILT_IN_ID = 'builtin_';

const BUILT_IN: readonly FlavourView[] = BUILT_IN_RECORDS.map((record) => ({
  ...record,
  id: `${BUILT_IN_ID}${record.gpu_family ?? record.gpu_vendor}`,
  name: STANDARD_FLAVOUR,
  args: record.args && [...record.args],
  environment: record.environment && { ...record.environment },
  mounts: record.mounts && [...record.mounts],
  devices: record.devices && [...record.devices],
  is_built_in: true,
  version: 0,
  updated_at: null,
}));

/** Those of the release first, then by name. */
export async function listFlavours(db: Queryable): Promise<FlavourView[]> {
  return [...BUILT_IN, ...(await selectFlavours(db)).map(toFlavourView)];
}

/** @throws flavour.not_found */
export async function getFlavour(db: Queryable, id: string): Promise<FlavourView> {
  const builtIn = BUILT_IN.find((one) => one.id === id);
  if (builtIn) return builtIn;
  const row = await selectFlavour(db, id);
  if (!row) throw new AppError('flavour.not_found');
  return toFlavourView(row);
}

export function isBuiltInId(id: string): boolean {
  return BUILT_IN.some((one) => one.id === id);
}

export function toFlavourView(row: FlavourRow): FlavourView {
  return {
    ...row,
    args: row.args && [...row.args],
    environment: row.environment && { ...row.environment },
    mounts: row.mounts && [...row.mounts],
    devices: row.devices && [...row.devices],
    is_built_in: false,
    updated_at: row.updated_at.toISOString(),
  };
}
