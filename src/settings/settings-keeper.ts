/**
 * Keeps the settings of one process young.
 *
 * All rows are read at the start, soon after a notification, and every two seconds in any case: notifications are
 * hints. While the database is away the last values stay in force; before the first reading they are the
 * environment's. A row that does not fit its definition any more is passed over, and told once. Values that do not go
 * together, such as a stored one with an environment that was changed since, stay in force and are told once: a process
 * that does not start could not be mended through the dashboard.
 */
import type { VariableValue } from '#config/config.ts';
import { findConflicts } from '#config/setting-rules.ts';
import type { SettingName, Settings } from '#config/settings.ts';
import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type FirstValues, SettingValues, type StoredValue } from './setting-values.ts';
import { selectValues } from './settings-store.ts';

export interface SettingsKeeper extends Settings {
  stop(): Promise<void>;
}

export interface SettingsKeeperOptions {
  readonly pollMs?: number;
}

const POLL_MS = 2_000;

export async function keepSettings(
  env: Env,
  db: Database,
  first: FirstValues,
  options: SettingsKeeperOptions = {},
): Promise<SettingsKeeper> {
  const keeper = new Keeper(env, db, first, options.pollMs ?? POLL_MS);
  await keeper.start();
  return keeper;
}

class Keeper implements SettingsKeeper {
  readonly #env: Env;
  readonly #db: Database;
  readonly #first: FirstValues;
  readonly #pollMs: number;
  readonly #stopping = new AbortController();
  readonly #told = new Set<string>();
  #values: SettingValues;
  #isAway = false;
  #isDirty = false;
  #alarm = new AbortController();
  #listener: { stop(): Promise<void> } | undefined;
  #loop: Promise<void> | undefined;

  constructor(env: Env, db: Database, first: FirstValues, pollMs: number) {
    this.#env = env;
    this.#db = db;
    this.#first = first;
    this.#pollMs = pollMs;
    this.#values = new SettingValues(first, []);
  }

  get<K extends SettingName>(name: K, providerId?: string, orgId?: string): VariableValue<K> {
    return this.#values.get(name, providerId, orgId);
  }

  async start(): Promise<void> {
    this.#listener = await this.#db.listen(CHANNELS.settings, () => this.#refresh());
    await this.#read();
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#listener?.stop();
    await this.#loop;
  }

  #refresh(): void {
    this.#isDirty = true;
    this.#alarm.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm = new AbortController();
      const signal = AbortSignal.any([this.#alarm.signal, this.#stopping.signal]);
      if (!this.#isDirty) await this.#env.sleep(this.#pollMs, signal).catch(() => undefined);
      if (!this.#stopping.signal.aborted) await this.#read();
    }
  }

  async #read(): Promise<void> {
    this.#isDirty = false;
    try {
      const rows = await selectValues(this.#db);
      this.#values = new SettingValues(this.#first, rows, (row) => this.#tellUnfit(row));
      this.#tellConflicts();
      if (this.#isAway) this.#env.log.info({}, 'the database is back, settings follow it again');
      this.#isAway = false;
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (!this.#isAway) this.#env.log.warn({ error: messageOf(error) }, 'the settings stay as they are');
      this.#isAway = true;
    }
  }

  #tellConflicts(): void {
    for (const view of this.#values.views) {
      for (const conflict of findConflicts(this.#values, view)) {
        if (this.#told.has(conflict)) continue;
        this.#told.add(conflict);
        this.#env.log.error({ provider: view.providerId || null, conflict }, 'settings do not go together');
      }
    }
  }

  #tellUnfit({ name, orgId, providerId, value }: StoredValue): void {
    const key = `${name}/${orgId}/${providerId}/${JSON.stringify(value)}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#env.log.warn(
      { setting: name, org_id: orgId || null, provider: providerId || null, value },
      'a stored setting is not used, because this release does not know it or not this value',
    );
  }
}
