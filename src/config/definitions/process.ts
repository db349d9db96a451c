/** Places, addresses, the first start, what a test needs. */
import type { Definition } from './definition.ts';

export const PROCESS_DEFINITIONS = {
  INVENTIV_DATA_DIR: {
    kind: 'text',
    default: '.data',
    about: 'Directory of everything that must survive: database, journals, secrets, the mock cloud.',
  },
  INVENTIV_URL: {
    kind: 'text',
    default: '',
    about:
      'Address of the api for the words of a person, such as `inventiv instances`; the one signed in at last, else the stack of this machine, when empty.',
  },
  INVENTIV_SESSION_FILE: {
    kind: 'text',
    default: '',
    about: 'File in which those words keep the sign-in; `~/.config/inventiv/session.json` when empty.',
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
  REDIS_URL: {
    kind: 'text',
    default: '',
    about:
      'Redis through which several gateways count limits together and tell each other their load; empty where one gateway runs. Also readable from the secret file `redis_url`.',
  },
  GATEWAYS: {
    kind: 'integer',
    default: 1,
    min: 1,
    max: 64,
    about:
      'Gateway processes that `make up` runs on the one port; elsewhere, how many there are as long as Redis has not said it.',
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
  PUBLIC_URL_CHECK: {
    kind: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    about:
      'Whether machines are rented only while the api finds itself at PUBLIC_URL. Off where this network cannot reach its own outside.',
  },
  TRUSTED_PROXIES: {
    kind: 'text',
    default: '',
    about:
      'Addresses or networks of the proxies in front of the api, separated by commas, whose `X-Forwarded-For` is believed.',
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
    scope: 'global',
    about: 'Life of a browser session.',
  },
  ORGANISATION_CREATION: {
    kind: 'choice',
    default: 'platform_admin',
    choices: ['platform_admin', 'users'],
    scope: 'global',
    about: 'Who makes organisations: administrators of the platform only, or every user too.',
  },
  INVITATION_TTL_HOURS: {
    kind: 'integer',
    default: 168,
    min: 1,
    max: 2_160,
    scope: 'global',
    about: 'How long the link of an invitation may be used.',
  },
  METRICS_PORT: {
    kind: 'integer',
    default: 0,
    min: 0,
    max: 65_535,
    about:
      "Port of this process's metrics, for a second one of its kind on a machine; 0 takes the fixed one.",
  },
  FAULT: {
    kind: 'text',
    default: '',
    about:
      'Tests only: `name:n` kills the process at the n-th visit of that crash point; `@path` reads from a file what to do.',
  },
} as const satisfies Record<string, Definition>;
