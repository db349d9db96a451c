/** `inventiv settings`: reads and changes settings on the machine itself, whether the stack runs or not. */

import { flavourSettingProblem } from '#catalog/flavours/names.ts';
import type { Config } from '#config/config.ts';
import { StartError } from '#config/start-error.ts';
import type { SettingDefinitionView, SettingView } from '#contracts/settings.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { withConfiguredServer } from '#database/own-server.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { auditedAsOperator } from '#http/audit-operator.ts';
import { findOrganisation } from '#identity/organisations/queries.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { changeSetting } from '#settings/commands/change-setting.ts';
import {
  getOwnSetting,
  getSetting,
  listChanges,
  listOwnChanges,
  listOwnSettings,
  listSettings,
} from '#settings/queries.ts';
import { isSettingName, readTypedValue, type SettingValue } from '#settings/setting-values.ts';

const USAGE =
  'settings list | get NAME | describe NAME | changes NAME | set NAME VALUE | unset NAME, each with --provider ID for one provider and --organisation SLUG for one organisation';
const CHANGES_SHOWN = 50;
const VERBS = { list: 0, get: 1, describe: 1, changes: 1, set: 2, unset: 1 } as const;

interface Order {
  readonly verb: keyof typeof VERBS;
  readonly name: string;
  readonly value: SettingValue | undefined;
  readonly provider: string | undefined;
  readonly organisation: string | undefined;
}

/** @throws StartError */
export async function settingsWord(env: Env, config: Config, words: readonly string[]): Promise<void> {
  const order = readOrder(words);
  const text = await withConfiguredServer(env, config, async () => {
    const url = databaseUrlFor(config, 'owner');
    const db = openDatabase(env, { url, applicationName: 'settings', poolSize: 1 });
    try {
      await requireSchema(db);
      return await carryOut(env, db, config, order);
    } catch (error) {
      // What a person typed wrong is said in one line; anything else is a defect.
      if (error instanceof AppError && error.kind !== 'internal') throw new StartError(error.publicMessage);
      throw error;
    } finally {
      await db.close();
    }
  });
  process.stdout.write(text);
}

async function carryOut(env: Env, db: Database, config: Config, order: Order): Promise<string> {
  const { verb, name, value, provider } = order;
  const scope = await scopeOf(db, order.organisation);
  if (verb === 'list') {
    const settings = scope
      ? await listOwnSettings(db, config, scope, provider)
      : await listSettings(db, config, provider);
    return settings.map(lineOf).join('');
  }
  if (verb === 'changes') return changesText(db, scope, name);
  if (verb === 'set' || verb === 'unset') {
    const rules = {
      first: config,
      enabledProviders: config.enabledProviders,
      problemElsewhere: flavourSettingProblem,
    };
    const by = { actor: 'operator', correlationId: newId(env, 'correlation') };
    const action = `${scope ? 'organisation_settings' : 'settings'}.${verb}`;
    const act = { action, subjectId: name, correlationId: by.correlationId };
    const change = { name, providerId: provider, scope, value };
    await auditedAsOperator(env, db, act, () => changeSetting(db, rules, change, by));
  }
  const view = scope
    ? await getOwnSetting(db, config, scope, { name, providerId: provider })
    : await getSetting(db, config, name, provider);
  return lineOf(view) + (verb === 'describe' ? describe(view) : '');
}

/** @throws StartError */
async function scopeOf(db: Database, organisation: string | undefined): Promise<OrgScope | undefined> {
  if (organisation === undefined) return undefined;
  const found = await findOrganisation(db, organisation);
  if (!found) throw new StartError(`there is no organisation ${organisation}`);
  return { orgId: found };
}

function lineOf({ name, value, origin, unit, overrides }: SettingView): string {
  const own = overrides.map((one) => `${one.provider}: ${one.value}`).join(', ');
  const words = [name.padEnd(28), String(value), unit ?? '', `(${origin})`, own && `[${own}]`];
  return `${words.filter(Boolean).join(' ')}\n`;
}

function describe({
  about,
  kind,
  min,
  max,
  choices,
  unit,
  scope,
  default: first,
}: SettingDefinitionView): string {
  const range = choices ? `one of ${choices.join(', ')}` : kind === 'integer' ? `${min} to ${max}` : 'a text';
  const where = {
    global: 'for everything',
    provider: 'for everything, or for one provider',
    organisation: 'for everything, for one provider, or for one organisation',
  }[scope];
  return [
    `  ${about}`,
    `  ${range}${unit ? ` ${unit}` : ''}, ${first} by default`,
    `  set ${where}`,
    '',
  ].join('\n');
}

async function changesText(db: Database, scope: OrgScope | undefined, name: string): Promise<string> {
  const page = { limit: CHANGES_SHOWN, before: undefined };
  const changes = scope ? await listOwnChanges(db, scope, name, page) : await listChanges(db, name, page);
  return changes
    .map(({ changed_at, changed_by, provider, old_value, new_value }) => {
      const where = provider === null ? '' : ` for ${provider}`;
      return `${changed_at} ${changed_by}${where}: ${old_value ?? 'unset'} -> ${new_value ?? 'unset'}\n`;
    })
    .join('');
}

function readOrder(words: readonly string[]): Order {
  const rest = [...words];
  const take = (option: string) => {
    const at = rest.indexOf(option);
    if (at < 0) return undefined;
    const [, text = ''] = rest.splice(at, 2);
    return text;
  };
  const [provider, organisation] = [take('--provider'), take('--organisation')];
  const [verb = 'list', name = '', text = ''] = rest;
  const wanted = Object.hasOwn(VERBS, verb) ? VERBS[verb as Order['verb']] : undefined;
  const isWhole = wanted !== undefined && rest.length === (rest.length === 0 ? 0 : wanted + 1);
  if (!isWhole || provider === '' || organisation === '') {
    throw new StartError(`this is not understood: ${USAGE}`);
  }
  if (name !== '' && !isSettingName(name)) {
    throw new StartError(`there is no setting ${name}: inventiv settings list shows them`);
  }
  const value = verb === 'set' && isSettingName(name) ? readTypedValue(name, text) : undefined;
  return { verb: verb as Order['verb'], name, value, provider, organisation };
}

async function requireSchema(db: Database): Promise<void> {
  const [row] = await db.query<{ is_there: boolean }>(
    `select to_regclass('organisation_settings') is not null and to_regclass('audit_log') is not null as is_there`,
  );
  if (!row?.is_there)
    throw new StartError('the database is not up to date yet: make migrate brings it there');
}
