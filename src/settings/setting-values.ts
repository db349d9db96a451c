/**
 * Which value of a setting is in force: of the organisation at the provider, else of the organisation, else of the
 * provider, else of everything, else of the environment, else the default.
 */
import type { Config, VariableValue } from '#config/config.ts';
import { type AnyDefinition, DEFINITIONS } from '#config/definitions.ts';
import { SETTING_NAMES, type SettingName, type Settings } from '#config/settings.ts';

export type SettingValue = string | number;
export type Origin = 'organisation' | 'provider' | 'global' | 'environment' | 'default';

/** One row; an empty provider is every one, an empty organisation is all of them. */
export interface StoredValue {
  readonly name: string;
  readonly orgId: string;
  readonly providerId: string;
  readonly value: unknown;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

export interface Effective {
  readonly value: SettingValue;
  readonly origin: Origin;
  /** The row it comes from. */
  readonly row: StoredValue | undefined;
}

export type FirstValues = Pick<Config, 'values' | 'given'>;

const NAMES: ReadonlySet<string> = new Set(SETTING_NAMES);

export function isSettingName(name: string): name is SettingName {
  return NAMES.has(name);
}

export function definitionOf(name: SettingName): AnyDefinition {
  return DEFINITIONS[name];
}

/** What is wrong with a value, as the end of a sentence that begins with the setting; undefined when it is right. */
export function problemOf(name: SettingName, value: unknown): string | undefined {
  const definition = definitionOf(name);
  switch (definition.kind) {
    case 'integer': {
      const isRight =
        typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= definition.min &&
        value <= definition.max;
      return isRight ? undefined : `must be a whole number from ${definition.min} to ${definition.max}`;
    }
    case 'choice':
      return typeof value === 'string' && definition.choices.includes(value)
        ? undefined
        : `must be one of ${definition.choices.join(', ')}`;
    case 'text':
      return typeof value === 'string' ? undefined : 'must be a text';
  }
}

/** A value as a person types it; what is not a number stays a text and is refused later, with the range. */
export function readTypedValue(name: SettingName, text: string): SettingValue {
  return definitionOf(name).kind === 'integer' && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

export class SettingValues implements Settings {
  readonly #first: FirstValues;
  readonly #rows: ReadonlyMap<string, StoredValue>;
  /** Values that hold for everything, once asked for: the data plane asks at every request. */
  readonly #known = new Map<SettingName, SettingValue>();

  /** Rows that do not fit their definition any more are left out and told to `onUnfit`. */
  constructor(first: FirstValues, rows: readonly StoredValue[], onUnfit?: (row: StoredValue) => void) {
    this.#first = first;
    const kept = new Map<string, StoredValue>();
    for (const row of rows) {
      if (isUsable(row)) kept.set(keyOf(row), row);
      else onUnfit?.(row);
    }
    this.#rows = kept;
  }

  get<K extends SettingName>(name: K, providerId?: string, orgId?: string): VariableValue<K> {
    if (providerId !== undefined || orgId !== undefined) {
      return this.effective(name, providerId, orgId).value as VariableValue<K>;
    }
    let value = this.#known.get(name);
    if (value === undefined) {
      value = this.effective(name).value;
      this.#known.set(name, value);
    }
    return value as VariableValue<K>;
  }

  effective(name: SettingName, providerId = '', orgId = ''): Effective {
    const places: readonly (readonly [Origin, string, string])[] = [
      ['organisation', orgId, providerId],
      ['organisation', orgId, ''],
      ['provider', '', providerId],
      ['global', '', ''],
    ];
    for (const [origin, org, provider] of places) {
      if (origin === 'organisation' && orgId === '') continue;
      if (origin === 'provider' && providerId === '') continue;
      const row = this.#rows.get(keyOf({ name, orgId: org, providerId: provider }));
      if (row) return { value: row.value as SettingValue, origin, row };
    }
    const origin = this.#first.given.has(name) ? 'environment' : 'default';
    return { value: this.#first.values[name], origin, row: undefined };
  }

  /** Values of single providers, of the installation or of one organisation, in the order of the providers. */
  overridesOf(name: SettingName, orgId = ''): StoredValue[] {
    return [...this.#rows.values()]
      .filter((row) => row.name === name && row.orgId === orgId && row.providerId !== '')
      .sort((a, b) => (a.providerId < b.providerId ? -1 : 1));
  }

  /** Every view that may differ from the one on everything: a provider, an organisation, one at the other. */
  get views(): { readonly providerId: string; readonly orgId: string }[] {
    const rows = [...this.#rows.values()];
    const providers = new Set(['', ...rows.map(({ providerId }) => providerId)]);
    const organisations = new Set(['', ...rows.map(({ orgId }) => orgId)]);
    return [...organisations].flatMap((orgId) => [...providers].map((providerId) => ({ providerId, orgId })));
  }
}

function keyOf({ name, orgId, providerId }: Pick<StoredValue, 'name' | 'orgId' | 'providerId'>): string {
  return `${orgId}/${providerId}/${name}`;
}

/** Whether a setting may have a value of its own there. */
export function mayBeSetFor(
  name: SettingName,
  { orgId, providerId }: Pick<StoredValue, 'orgId' | 'providerId'>,
): boolean {
  const scope = definitionOf(name).scope;
  if (orgId !== '') return scope === 'organisation';
  return providerId === '' || scope !== 'global';
}

function isUsable(row: StoredValue): boolean {
  if (!isSettingName(row.name) || problemOf(row.name, row.value) !== undefined) return false;
  return mayBeSetFor(row.name, row);
}
