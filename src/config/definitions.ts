/**
 * Every environment variable the product reads: its default, its range, what it does.
 * docs/reference/environment.md lists the same; a test keeps the two alike.
 */
type Definition =
  | { readonly kind: 'text'; readonly default: string; readonly about: string }
  | {
      readonly kind: 'choice';
      readonly default: string;
      readonly choices: readonly string[];
      readonly about: string;
    }
  | {
      readonly kind: 'integer';
      readonly default: number;
      readonly min: number;
      readonly max: number;
      readonly about: string;
    };

const HOUR_MS = 3_600_000;

export const DEFINITIONS = {
  INVENTIV_DATA_DIR: {
    kind: 'text',
    default: '.data',
    about: 'Directory of everything that must survive: database, journals, secrets, the mock cloud.',
  },
  SECRETS_DIR: {
    kind: 'text',
    default: '',
    about: 'Directory whose files are secrets, one each; `<data dir>/secrets` when empty.',
  },
  DATABASE_URL: {
    kind: 'text',
    default: '',
    about:
      'Another PostgreSQL, version 15 or newer; empty starts the embedded one. Also readable from the secret file `database_url`.',
  },
  DATABASE_ROLES: {
    kind: 'choice',
    default: 'on',
    choices: ['on', 'off'],
    about:
      'Whether each process uses a database role of its own with the least privileges it needs; off where the database user may not create roles.',
  },
  PORT_OFFSET: {
    kind: 'integer',
    default: 0,
    min: 0,
    max: 50_000,
    about: 'Added to every port, so that several stacks run side by side.',
  },
  BIND_HOST: {
    kind: 'text',
    default: '127.0.0.1',
    about: 'Address on which the api and the gateway listen.',
  },
  PUBLIC_URL: {
    kind: 'text',
    default: '',
    about: 'URL under which workers and browsers reach the api; its loopback address when empty.',
  },
  LOG_LEVEL: {
    kind: 'choice',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    about: 'Least severe level that is logged.',
  },
  LOG_FORMAT: {
    kind: 'choice',
    default: 'auto',
    choices: ['auto', 'json', 'pretty'],
    about: 'JSON lines, or pretty ones; auto is pretty on a terminal.',
  },
  ADMIN_LOGIN: { kind: 'text', default: 'admin', about: 'User name of the first administrator.' },
  ADMIN_EMAIL: {
    kind: 'text',
    default: 'admin@localhost.localdomain',
    about: 'E-mail address of the first administrator.',
  },
  ORGANISATION_NAME: { kind: 'text', default: 'Main', about: 'Name of the first organisation.' },
  ENABLED_PROVIDERS: {
    kind: 'text',
    default: 'mock',
    about: 'Providers on which machines may be ordered, separated by commas.',
  },
  SEED_CATALOGUE: {
    kind: 'choice',
    default: 'on',
    choices: ['on', 'off'],
    about: 'Whether the catalogue seeds are applied at start.',
  },
  USD_TO_EUR: {
    kind: 'text',
    default: '0.86@2026-11-01',
    about: 'Euros per US dollar and the date of that rate, for prices in dollars.',
  },
  SESSION_TTL_HOURS: {
    kind: 'integer',
    default: 72,
    min: 1,
    max: 2_160,
    about: 'Life of a browser session.',
  },
  JOB_LEASE_MS: {
    kind: 'integer',
    default: 8_000,
    min: 200,
    max: 600_000,
    about: 'Life of the lease on a piece of work; renewed at a third of it.',
  },
  JOB_POLL_MS: {
    kind: 'integer',
    default: 2_000,
    min: 20,
    max: 60_000,
    about: 'How often due work is looked for when no notification arrives.',
  },
  JOB_CONCURRENCY: {
    kind: 'integer',
    default: 24,
    min: 1,
    max: 500,
    about: 'Pieces of work that one process has in hand at once.',
  },
  JOB_ATTEMPTS_MAX: {
    kind: 'integer',
    default: 12,
    min: 1,
    max: 1_000,
    about: 'Failed runs in a row after which a job is a dead letter. Deletions never give up.',
  },
  JOB_RETRY_FIRST_MS: {
    kind: 'integer',
    default: 500,
    min: 1,
    max: 60_000,
    about: 'Delay before the first retry of failed work; doubles each time.',
  },
  JOB_RETRY_MAX_MS: {
    kind: 'integer',
    default: 60_000,
    min: 1,
    max: HOUR_MS,
    about: 'Longest delay between two retries of failed work.',
  },
  PROVIDER_TIMEOUT_MS: {
    kind: 'integer',
    default: 30_000,
    min: 100,
    max: 600_000,
    about: 'Deadline of one call to a provider.',
  },
  PROVIDER_POLL_MS: {
    kind: 'integer',
    default: 1_000,
    min: 10,
    max: 60_000,
    about:
      'First delay between two looks at a machine that is booting or being deleted; grows to ten times that.',
  },
  ABSENCE_WINDOW_MS: {
    kind: 'integer',
    default: 0,
    min: 0,
    max: HOUR_MS,
    about: "How long a new resource may stay invisible at a provider; 0 takes the provider's own figure.",
  },
  BOOTSTRAP_TTL_MS: {
    kind: 'integer',
    default: 1_800_000,
    min: 1_000,
    max: 24 * HOUR_MS,
    about: 'Life of the single-use token with which a worker registers.',
  },
  BOOT_DEADLINE_MS: {
    kind: 'integer',
    default: 600_000,
    min: 500,
    max: 2 * HOUR_MS,
    about: 'A machine must be running this long after it was started.',
  },
  INSTALL_DEADLINE_MS: {
    kind: 'integer',
    default: 900_000,
    min: 500,
    max: 2 * HOUR_MS,
    about: 'A worker must register this long after its machine is running.',
  },
  START_DEADLINE_MS: {
    kind: 'integer',
    default: 5_400_000,
    min: 500,
    max: 6 * HOUR_MS,
    about: 'A model must be ready this long after the worker registered.',
  },
  DRAIN_DEADLINE_MS: {
    kind: 'integer',
    default: 30_000,
    min: 0,
    max: 2 * HOUR_MS,
    about: 'Requests in flight get this long to finish before their machine is deleted.',
  },
  HEALTH_TIMEOUT_MS: {
    kind: 'integer',
    default: 5_000,
    min: 100,
    max: 600_000,
    about: 'Deadline of one health check of a worker.',
  },
  HEARTBEAT_INTERVAL_MS: {
    kind: 'integer',
    default: 4_000,
    min: 100,
    max: 60_000,
    about: 'How often a worker reports.',
  },
  WORKER_SILENT_MS: {
    kind: 'integer',
    default: 9_000,
    min: 300,
    max: 600_000,
    about: 'Silence after which a worker gets no more requests.',
  },
  SAMPLE_RETENTION_HOURS: {
    kind: 'integer',
    default: 168,
    min: 1,
    max: 87_600,
    about: 'How long heartbeat samples are kept.',
  },
  EVENT_RETENTION_HOURS: {
    kind: 'integer',
    default: 24,
    min: 1,
    max: 8_760,
    about: 'How long live events can be resumed.',
  },
  GATEWAY_BODY_BYTES_MAX: {
    kind: 'integer',
    default: 20_971_520,
    min: 1_024,
    max: 1_073_741_824,
    about: 'Largest request body that the gateway accepts.',
  },
  GATEWAY_REQUESTS_MAX: {
    kind: 'integer',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    about: 'Requests that the gateway has open at once.',
  },
  GATEWAY_FIRST_BYTE_MS: {
    kind: 'integer',
    default: 600_000,
    min: 100,
    max: 2 * HOUR_MS,
    about: 'A worker must begin to answer within this time.',
  },
  GATEWAY_IDLE_MS: {
    kind: 'integer',
    default: 300_000,
    min: 100,
    max: 2 * HOUR_MS,
    about: 'Longest silence in the middle of an answer.',
  },
  JOURNAL_SEGMENT_BYTES: {
    kind: 'integer',
    default: 67_108_864,
    min: 4_096,
    max: 1_073_741_824,
    about: 'Size at which the usage journal begins a new file.',
  },
  MOCK_BOOT_MS: {
    kind: 'integer',
    default: 4_000,
    min: 0,
    max: HOUR_MS,
    about: 'Mock cloud: time from start order to running machine.',
  },
  MOCK_PULL_MS: {
    kind: 'integer',
    default: 8_000,
    min: 0,
    max: HOUR_MS,
    about: 'Mock cloud: time in which the engine fetches the model.',
  },
  MOCK_LOAD_MS: {
    kind: 'integer',
    default: 4_000,
    min: 0,
    max: HOUR_MS,
    about: 'Mock cloud: time in which the engine loads the model.',
  },
  MOCK_ENGINE_PRESET: {
    kind: 'choice',
    default: '8b',
    choices: ['8b', '70b', 'instant'],
    about: 'Mock cloud: speed of the simulated engine.',
  },
  FAULT: {
    kind: 'text',
    default: '',
    about: 'Tests only: `name:n` kills the process at the n-th visit of that crash point.',
  },
} as const satisfies Record<string, Definition>;

export type VariableName = keyof typeof DEFINITIONS;
export type AnyDefinition = Definition;
