/**
 * What must hold between settings. A change that breaks one of these is refused, with the setting that forbids it, and
 * so is an environment at the start of a process.
 */
import { type Config, ConfigError } from './config.ts';
import { fixedSettings, type SettingName, type Settings } from './settings.ts';

interface Rule {
  /** This one must not be below the other one times the factor. */
  readonly high: SettingName;
  readonly low: SettingName;
  readonly factor: number;
  readonly because: string;
}

const RULES: readonly Rule[] = [
  {
    high: 'WORKER_SILENT_MS',
    low: 'HEARTBEAT_INTERVAL_MS',
    factor: 2,
    because: 'one lost heartbeat would take a healthy worker out of routing',
  },
  {
    high: 'WORKER_SILENT_MS',
    low: 'HEARTBEAT_FLUSH_MS',
    factor: 2,
    because: 'heartbeats that wait to be written would look like silence',
  },
  {
    high: 'WORKER_DEAD_MS',
    low: 'WORKER_SILENT_MS',
    factor: 2,
    because: 'a worker must be out of routing well before it counts as dead',
  },
  {
    high: 'HEARTBEAT_FRESH_MS',
    low: 'HEARTBEAT_INTERVAL_MS',
    factor: 2,
    because: 'a heartbeat must stay fresh until the one after the next',
  },
  {
    high: 'JOB_RETRY_MAX_MS',
    low: 'JOB_RETRY_FIRST_MS',
    factor: 1,
    because: 'the longest delay cannot be shorter than the first one',
  },
  {
    high: 'WEBHOOK_RETRY_MAX_MS',
    low: 'WEBHOOK_RETRY_FIRST_MS',
    factor: 1,
    because: 'the longest delay cannot be shorter than the first one',
  },
];

/** The first values must go together as changed ones must. @throws ConfigError naming the variables */
export function requireConsistent(config: Config): Config {
  const settings = fixedSettings(config);
  const conflicts = RULES.filter(({ high, low, factor }) => {
    return Number(settings.get(high)) < Number(settings.get(low)) * factor;
  }).map(({ high, low }) => findConflict(settings, config.given.has(high) ? high : low, EVERYWHERE));
  const found = [...new Set(conflicts)];
  if (found.length > 0) throw new ConfigError(`the environment contradicts itself: ${found.join(' ')}`);
  return config;
}

/** From where settings are looked at; empty is from everywhere. */
export interface SettingView {
  readonly providerId: string;
  readonly orgId: string;
}

const EVERYWHERE: SettingView = { providerId: '', orgId: '' };

/** Everything that does not go together, seen from one place. */
export function findConflicts(settings: Settings, view: SettingView): string[] {
  const names = new Set(RULES.map(({ high }) => high));
  return [...names].flatMap((name) => findConflict(settings, name, view) ?? []);
}

/** Why `name` may not have its value in `settings`, seen from one place; undefined when it may. */
export function findConflict(settings: Settings, name: SettingName, view: SettingView): string | undefined {
  const [provider, org] = [view.providerId || undefined, view.orgId || undefined];
  for (const rule of RULES) {
    if (rule.high !== name && rule.low !== name) continue;
    const high = Number(settings.get(rule.high, provider, org));
    const low = Number(settings.get(rule.low, provider, org));
    if (high >= low * rule.factor) continue;
    const suffix =
      (provider === undefined ? '' : ` for ${provider}`) + (org === undefined ? '' : ` in ${org}`);
    const limit =
      rule.high === name
        ? `must be at least ${low * rule.factor}, because ${rule.low} is ${low}${suffix}`
        : `must be at most ${Math.floor(high / rule.factor)}, because ${rule.high} is ${high}${suffix}`;
    const other = rule.high === name ? rule.low : rule.high;
    return `${name} ${limit}: ${rule.because}. Choose another value, or change ${other} first.`;
  }
  return undefined;
}
