/** `inventiv settings`: reads and changes settings on the machine itself, whether the stack runs or not. */
import type { Config } from '#config/config.ts';
import { StartError } from '#config/start-error.ts';
import type { SettingView } from '#contracts/settings.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { withConfiguredServer } from '#database/own-server.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { auditedAsOperator } from '#http/audit-operator.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { changeSetting } from '#settings/commands/change-setting.ts';
import { getSetting, listSettings } from '#settings/queries.ts';
import { isSettingName, readTypedValue, type SettingValue } from '#settings/setting-values.ts';

const USAGE =
  'settings list | get NAME | set NAME VALUE | unset NAME, each with --provider ID for one provider';

interface Order {
  readonly verb: 'list' | 'get' | 'set' | 'unset';
  readonly name: string;
  readonly value: SettingValue | undefined;
  readonly provider: string | undefined;
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
  if (verb === 'list') return (await listSettings(db, config, provider)).map(lineOf).join('');
  if (verb !== 'get') {
    const rules = { first: config, enabledProviders: config.enabledProviders };
    const by = { actor: 'operator', correlationId: newId(env, 'correlation') };
    const act = { action: `settings.${verb}`, subjectId: name, correlationId: by.correlationId };
    const change = { name, providerId: provider, value };
    await auditedAsOperator(env, db, act, () => changeSetting(db, rules, change, by));
  }
  return lineOf(await getSetting(db, config, name, provider));
}

function lineOf({ name, value, origin, unit, overrides }: SettingView): string {
  const own = overrides.map((one) => `${one.provider}: ${one.value}`).join(', ');
  const words = [name.padEnd(28), String(value), unit ?? '', `(${origin})`, own && `[${own}]`];
  return `${words.filter(Boolean).join(' ')}\n`;
}

function readOrder(words: readonly string[]): Order {
  const at = words.indexOf('--provider');
  const provider = at < 0 ? undefined : words[at + 1];
  const rest = at < 0 ? [...words] : words.toSpliced(at, 2);
  const [verb = 'list', name = '', text = ''] = rest;
  const wanted = { list: 0, get: 1, set: 2, unset: 1 }[verb];
  const isWhole = wanted !== undefined && rest.length === (rest.length === 0 ? 0 : wanted + 1);
  if (!isWhole || (at >= 0 && !provider)) throw new StartError(`this is not understood: ${USAGE}`);
  if (name !== '' && !isSettingName(name)) {
    throw new StartError(`there is no setting ${name}: inventiv settings list shows them`);
  }
  const value = verb === 'set' && isSettingName(name) ? readTypedValue(name, text) : undefined;
  return { verb: verb as Order['verb'], name, value, provider };
}

async function requireSchema(db: Database): Promise<void> {
  const [row] = await db.query<{ is_there: boolean }>(
    `select to_regclass('settings') is not null and to_regclass('audit_log') is not null as is_there`,
  );
  if (!row?.is_there)
    throw new StartError('the database is not up to date yet: make migrate brings it there');
}
