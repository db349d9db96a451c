/**
 * Gives a setting a value of its own, for everything or for one provider, or takes that value away again. The value,
 * its line in the history and the notification commit together; changes are made one after the other, because what
 * one may be depends on the others.
 */
import { findConflict } from '#config/setting-rules.ts';
import type { SettingName } from '#config/settings.ts';
import { notify } from '#database/channels.ts';
import type { Database, Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import { AppError } from '#kernel/errors.ts';
import type { Actor } from '#kernel/scope.ts';
import {
  definitionOf,
  type FirstValues,
  isSettingName,
  problemOf,
  type SettingValue,
  SettingValues,
  type StoredValue,
} from '../setting-values.ts';
import { deleteValue, insertChange, lockSettings, selectValues, upsertValue } from '../settings-store.ts';

export interface SettingRules {
  /** The environment's values of this installation. */
  readonly first: FirstValues;
  readonly enabledProviders: readonly string[];
}

export interface SettingChange {
  readonly name: string;
  /** Undefined: for everything. */
  readonly providerId: string | undefined;
  /** Undefined takes the value away, so that the next origin counts. */
  readonly value: SettingValue | undefined;
}

/** @throws setting.not_found, setting.bad_value, setting.not_per_provider, setting.conflict, provider.not_enabled */
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
  readonly value: SettingValue | undefined;
}

function requireValid(rules: SettingRules, { name, providerId = '', value }: SettingChange): ValidChange {
  if (!isSettingName(name)) throw new AppError('setting.not_found');
  if (providerId !== '' && definitionOf(name).scope !== 'provider') {
    throw new AppError('setting.not_per_provider');
  }
  if (value === undefined) return { name, providerId, value };
  if (providerId !== '' && !rules.enabledProviders.includes(providerId)) {
    throw new AppError('provider.not_enabled', {
      publicMessage: `The provider ${providerId} is not enabled. Enabled: ${rules.enabledProviders.join(', ')}.`,
    });
  }
  const problem = problemOf(name, value);
  if (problem !== undefined) {
    throw new AppError('setting.bad_value', {
      publicMessage: `${name} ${problem}.`,
      details: { errors: [{ path: 'value', message: problem }] },
    });
  }
  return { name, providerId, value };
}

async function apply(tx: Transaction, rules: SettingRules, change: ValidChange, by: Actor): Promise<void> {
  const { name, providerId, value } = change;
  await lockSettings(tx);
  const rows = await selectValues(tx);
  const old = rows.find((row) => row.name === name && row.providerId === providerId);
  if (old?.value === value) return;
  requireNoConflict(rules, rows, change);
  if (value === undefined) await deleteValue(tx, name, providerId);
  else await upsertValue(tx, { name, providerId, value, actor: by.actor });
  const where = providerId === '' ? {} : { provider: providerId };
  noteChange({ before: { value: old?.value ?? null, ...where }, after: { value: value ?? null, ...where } });
  await insertChange(tx, { name, providerId, oldValue: old?.value, newValue: value, ...by });
  await notify(tx, 'settings', name);
}

/** A global value counts for every provider, so each that has values of its own is looked at too. */
function requireNoConflict(rules: SettingRules, rows: readonly StoredValue[], change: ValidChange): void {
  const { name, providerId, value } = change;
  const others = rows.filter((row) => row.name !== name || row.providerId !== providerId);
  const own = { name, providerId, value, updatedBy: '', updatedAt: new Date(0) };
  const next = new SettingValues(rules.first, value === undefined ? others : [...others, own]);
  const views = providerId === '' ? ['', ...next.providers] : [providerId];
  for (const view of views) {
    const conflict = findConflict(next, name, view);
    if (conflict === undefined) continue;
    throw new AppError('setting.conflict', {
      publicMessage: conflict,
      details: { errors: [{ path: 'value', message: conflict }] },
    });
  }
}
