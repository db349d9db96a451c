/** The places of the installation that name a flavour for a machine, the nearest first, with their records. */
import type { Settings } from '#config/settings.ts';
import {
  type FlavourLayer,
  type FlavourOrigin,
  type FlavourRecord,
  STANDARD_FLAVOUR,
} from '#contracts/flavour-choice.ts';
import type { Queryable } from '#database/database.ts';
import { flavourOfType } from './by-type.ts';
import { type FlavourRow, selectRecords } from './store.ts';

export interface FlavouredMachine {
  readonly providerId: string;
  /** The provider's own name of the instance type, and what is written down for it. */
  readonly typeCode: string;
  readonly typeFlavour: string | null;
}

export async function listFlavourLayers(
  db: Queryable,
  settings: Pick<Settings, 'get'>,
  machine: FlavouredMachine,
): Promise<FlavourLayer[]> {
  const named = namedFor(settings, machine);
  const rows = await selectRecords(db, [...new Set(named.map(([, name]) => name))], machine.providerId);
  return named.flatMap(([origin, flavour]) => {
    const records = rows.filter(({ name }) => name === flavour).map(toRecord);
    // Nobody named it: without a record it is the built-in one alone.
    if (flavour === STANDARD_FLAVOUR && records.length === 0) return [];
    return [{ origin, flavour, records }];
  });
}

/** Each flavour once, where it is named nearest to the machine. */
function namedFor(
  settings: Pick<Settings, 'get'>,
  { providerId, typeCode, typeFlavour }: FlavouredMachine,
): [FlavourOrigin, string][] {
  const ofProvider = settings.get('ENGINE_FLAVOUR', providerId);
  const ofAll = settings.get('ENGINE_FLAVOUR');
  const places: readonly (readonly [FlavourOrigin, string | null | undefined])[] = [
    ['instance_type', typeFlavour],
    ['provider_type', flavourOfType(settings.get('ENGINE_FLAVOURS_BY_TYPE', providerId), typeCode)],
    ['provider', ofProvider === ofAll ? '' : ofProvider],
    ['global', ofAll],
    ['override', STANDARD_FLAVOUR],
  ];
  const found = new Map<string, FlavourOrigin>();
  for (const [origin, name] of places) {
    if (name && !found.has(name)) found.set(name, origin);
  }
  return [...found].map(([name, origin]) => [origin, name]);
}

function toRecord(row: FlavourRow): FlavourRecord {
  const { id: _id, name: _name, version: _version, updated_at: _at, ...record } = row;
  return record;
}
