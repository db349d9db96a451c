import { SETTING_NAMES, type SettingName } from '#config/settings.ts';
import type {
  OrganisationSettingView,
  SettingChangeView,
  SettingDefinitionView,
  SettingView,
} from '#contracts/settings.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type MasterKeyRow, selectMasterKeys } from './master-key-store.ts';
import {
  definitionOf,
  type FirstValues,
  isSettingName,
  mayBeSetFor,
  type SettingValue,
  SettingValues,
} from './setting-values.ts';
import {
  type ChangeRow,
  selectChanges,
  selectOwnChanges,
  selectValues,
  selectValuesFor,
} from './settings-store.ts';

export interface ChangesPage {
  readonly limit: number;
  readonly before: number | undefined;
}

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

/** What an organisation may set, with the value in force for it, at one provider when one is named. */
export async function listOwnSettings(
  db: Queryable,
  first: FirstValues,
  scope: OrgScope,
  providerId: string | undefined,
): Promise<OrganisationSettingView[]> {
  const values = new SettingValues(first, await selectValuesFor(db, scope));
  return SETTING_NAMES.filter((name) => mayBeSetFor(name, { orgId: scope.orgId, providerId: '' })).map(
    (name) => toOwnView(values, name, scope, providerId),
  );
}

/** @throws setting.not_found */
export async function getOwnSetting(
  db: Queryable,
  first: FirstValues,
  scope: OrgScope,
  wanted: { readonly name: string; readonly providerId: string | undefined },
): Promise<OrganisationSettingView> {
  const { name, providerId } = wanted;
  if (!isSettingName(name)) throw new AppError('setting.not_found');
  return toOwnView(new SettingValues(first, await selectValuesFor(db, scope)), name, scope, providerId);
}

/** Newest first. @throws setting.not_found */
export async function listOwnChanges(
  db: Queryable,
  scope: OrgScope,
  name: string,
  page: ChangesPage,
): Promise<SettingChangeView[]> {
  if (!isSettingName(name)) throw new AppError('setting.not_found');
  return (await selectOwnChanges(db, scope, name, page)).map(toChangeView);
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
  page: ChangesPage,
): Promise<SettingChangeView[]> {
  if (!isSettingName(name)) throw new AppError('setting.not_found');
  return (await selectChanges(db, name, page)).map(toChangeView);
}

function toChangeView(row: ChangeRow): SettingChangeView {
  return {
    id: row.seq,
    name: row.name,
    provider: row.provider_id || null,
    old_value: row.old_value as SettingValue | null,
    new_value: row.new_value as SettingValue | null,
    changed_by: row.actor,
    changed_at: row.at.toISOString(),
    correlation_id: row.correlation_id,
  };
}

function toOwnView(
  values: SettingValues,
  name: SettingName,
  { orgId }: OrgScope,
  providerId: string | undefined,
): OrganisationSettingView {
  const { value, origin } = values.effective(name, providerId);
  return { ...toView(values, name, providerId, orgId), inherited: { value, origin } };
}

function toView(
  values: SettingValues,
  name: SettingName,
  providerId: string | undefined,
  orgId?: string,
): SettingView {
  const { value, origin, row } = values.effective(name, providerId, orgId);
  return {
    ...describe(name),
    value,
    origin,
    changed_by: row?.updatedBy ?? null,
    changed_at: row?.updatedAt.toISOString() ?? null,
    overrides: values.overridesOf(name, orgId).map((one) => ({
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
