/**
 * Gives a setting a value of its own, for everything, for one provider or for one organisation, or takes that value
 * away again. The value,
 * its line in the history and the notification commit together; changes are made one after the other, because what
 * one may be depends on the others.
 */
import { findConflict, type SettingView } from '#config/setting-rules.ts';
import type { SettingName } from '#config/settings.ts';
import { notify } from '#database/channels.ts';
import type { Database, Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import {
  type FirstValues,
  isSettingName,
  mayBeSetFor,
  problemOf,
  type SettingValue,
  SettingValues,
  type StoredValue,
} from '../setting-values.ts';
import {
  deleteOwnValue,
  deleteValue,
  insertChange,
  insertOwnChange,
  lockSettings,
  selectValues,
  selectValuesFor,
  upsertOwnValue,
  upsertValue,
} from '../settings-store.ts';

export interface SettingRules {
  /** The environment's values of this installation. */
  readonly first: FirstValues;
  readonly enabledProviders: readonly string[];
  /** What other domains have against a value, as the end of a sentence that begins with the setting. */
  readonly problemElsewhere?:
    | ((tx: Transaction, name: SettingName, value: SettingValue) => Promise<string | undefined>)
    | undefined;
}

export interface SettingChange {
  readonly name: string;
  /** Undefined: for every provider. */
  readonly providerId: string | undefined;
  /** Undefined: for every organisation. */
  readonly scope?: OrgScope | undefined;
  /** Undefined takes the value away, so that the next origin counts. */
  readonly value: SettingValue | undefined;
}

/**
 * @throws setting.not_found, setting.bad_value, setting.not_per_provider, setting.not_per_organisation,
 *   setting.conflict, provider.not_enabled
 */
export async function changeSetting(
  db: Database,
  rules: SettingRules,
  wanted: SettingChange,
  by: Actor,
): Promise<void> {
  const change = requireValid(rules, wanted);
  await db.transaction((tx) => apply(tx, rules, change, by));
}

interface ValidChange {
  readonly name: SettingName;
  readonly providerId: string;
  readonly scope: OrgScope | undefined;
  readonly value: SettingValue | undefined;
}

function requireValid(
  rules: SettingRules,
  { name, providerId = '', scope, value }: SettingChange,
): ValidChange {
  if (!isSettingName(name)) throw new AppError('setting.not_found');
  if (!mayBeSetFor(name, { orgId: scope?.orgId ?? '', providerId })) {
    throw new AppError(scope ? 'setting.not_per_organisation' : 'setting.not_per_provider');
  }
  if (value === undefined) return { name, providerId, scope, value };
  if (providerId !== '' && !rules.enabledProviders.includes(providerId)) {
    throw new AppError('provider.not_enabled', {
      publicMessage: `The provider ${providerId} is not enabled. Enabled: ${rules.enabledProviders.join(', ')}.`,
    });
  }
  requireRight(name, problemOf(name, value));
  return { name, providerId, scope, value };
}

/** @throws setting.bad_value */
function requireRight(name: SettingName, problem: string | undefined): void {
  if (problem === undefined) return;
  throw new AppError('setting.bad_value', {
    publicMessage: `${name} ${problem}.`,
    details: { errors: [{ path: 'value', message: problem }] },
  });
}

async function apply(tx: Transaction, rules: SettingRules, change: ValidChange, by: Actor): Promise<void> {
  const { name, providerId, scope, value } = change;
  await lockSettings(tx);
  const rows = scope ? await selectValuesFor(tx, scope) : await selectValues(tx);
  const old = rows.find((row) => isItsRow(row, change));
  if (old?.value === value) return;
  requireNoConflict(rules, rows, change);
  if (value !== undefined) requireRight(name, await rules.problemElsewhere?.(tx, name, value));
  await write(tx, change, by);
  const where = providerId === '' ? {} : { provider: providerId };
  noteChange({ before: { value: old?.value ?? null, ...where }, after: { value: value ?? null, ...where } });
  const line = { name, providerId, oldValue: old?.value, newValue: value, ...by };
  await (scope ? insertOwnChange(tx, scope, line) : insertChange(tx, line));
  await notify(tx, 'settings', name);
}

async function write(tx: Transaction, change: ValidChange, { actor }: Actor): Promise<void> {
  const { name, providerId, scope, value } = change;
  const row = { name, providerId, value, actor };
  if (scope) {
    await (value === undefined
      ? deleteOwnValue(tx, scope, name, providerId)
      : upsertOwnValue(tx, scope, row));
  } else {
    await (value === undefined ? deleteValue(tx, name, providerId) : upsertValue(tx, row));
  }
}

function isItsRow(row: StoredValue, { name, providerId, scope }: ValidChange): boolean {
  return row.name === name && row.providerId === providerId && row.orgId === (scope?.orgId ?? '');
}

/** A value for everything counts for all who have none of their own, so each that has some is looked at too. */
function requireNoConflict(rules: SettingRules, rows: readonly StoredValue[], change: ValidChange): void {
  const { name, providerId, scope, value } = change;
  const others = rows.filter((row) => !isItsRow(row, change));
  const orgId = scope?.orgId ?? '';
  const own = { name, orgId, providerId, value, updatedBy: '', updatedAt: new Date(0) };
  const next = new SettingValues(rules.first, value === undefined ? others : [...others, own]);
  const isSeen = (view: SettingView) =>
    (providerId === '' || view.providerId === providerId) && (orgId === '' || view.orgId === orgId);
  for (const view of [...next.views, { providerId, orgId }].filter(isSeen)) {
    const conflict = findConflict(next, name, view);
    if (conflict === undefined) continue;
    throw new AppError('setting.conflict', {
      publicMessage: conflict,
      details: { errors: [{ path: 'value', message: conflict }] },
    });
  }
}
