import { SETTING_NAMES, type SettingName } from '#config/settings.ts';
import type { SettingChangeView, SettingDefinitionView, SettingView } from '#contracts/settings.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { type MasterKeyRow, selectMasterKeys } from './master-key-store.ts';
import {
  definitionOf,
  type FirstValues,
  isSettingName,
  type SettingValue,
  SettingValues,
} from './setting-values.ts';
import { selectChanges, selectValues } from './settings-store.ts';

/** Every master key that there was, oldest first. */
export function listMasterKeys(db: Queryable): Promise<MasterKeyRow[]> {
  return selectMasterKeys(db);
}

export function listDefinitions(): SettingDefinitionView[] {
  return SETTING_NAMES.map(describe);
}

/** Every setting with the value in force, seen from one provider when one is named. */
export async function listSettings(
  db: Queryable,
  first: FirstValues,
  providerId: string | undefined,
): Promise<SettingView[]> {
  const values = new SettingValues(first, await selectValues(db));
  return SETTING_NAMES.map((name) => toView(values, name, providerId));
}

/** @throws setting.not_found */
export async function getSetting(
  db: Queryable,
  first: FirstValues,
  name: string,
  providerId: string | undefined,
): Promise<SettingView> {
  if (!isSettingName(name)) throw new AppError('setting.not_found');
  return toView(new SettingValues(first, await selectValues(db)), name, providerId);
}

/** Newest first. @throws setting.not_found */
export async function listChanges(
  db: Queryable,
  name: string,
  page: { readonly limit: number; readonly before: number | undefined },
): Promise<SettingChangeView[]> {
  if (!isSettingName(name)) throw new AppError('setting.not_found');
  const rows = await selectChanges(db, name, page);
  return rows.map((row) => ({
    id: row.seq,
    name: row.name,
    provider: row.provider_id || null,
    old_value: row.old_value as SettingValue | null,
    new_value: row.new_value as SettingValue | null,
    changed_by: row.actor,
    changed_at: row.at.toISOString(),
    correlation_id: row.correlation_id,
  }));
}

function toView(values: SettingValues, name: SettingName, providerId: string | undefined): SettingView {
  const { value, origin, row } = values.effective(name, providerId);
  return {
    ...describe(name),
    value,
    origin,
    changed_by: row?.updatedBy ?? null,
    changed_at: row?.updatedAt.toISOString() ?? null,
    overrides: values.overridesOf(name).map((one) => ({
      provider: one.providerId,
      value: one.value as SettingValue,
      changed_by: one.updatedBy,
      changed_at: one.updatedAt.toISOString(),
    })),
  };
}

function describe(name: SettingName): SettingDefinitionView {
  const definition = definitionOf(name);
  const isInteger = definition.kind === 'integer';
  return {
    name,
    about: definition.about,
    kind: definition.kind,
    scope: definition.scope ?? 'global',
    unit: unitOf(name),
    min: isInteger ? definition.min : null,
    max: isInteger ? definition.max : null,
    choices: definition.kind === 'choice' ? [...definition.choices] : null,
    default: definition.default,
  };
}

/** Units are in the names. */
function unitOf(name: string): SettingDefinitionView['unit'] {
  if (/_MS(_|$)/.test(name)) return 'ms';
  if (/_HOURS(_|$)/.test(name)) return 'hours';
  if (/_BYTES(_|$)/.test(name)) return 'bytes';
  return /_PERCENT(_|$)/.test(name) ? 'percent' : null;
}
