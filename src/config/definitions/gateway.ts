/** Limits of the data plane. */
import { type Definition, HOUR_MS } from './definition.ts';

export const GATEWAY_DEFINITIONS = {
  GATEWAY_BODY_BYTES_MAX: {
    kind: 'integer',
    default: 20_971_520,
    min: 1_024,
    max: 1_073_741_824,
    scope: 'global',
    about: 'Largest request body that the gateway accepts.',
  },
  GATEWAY_REQUESTS_MAX: {
    kind: 'integer',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    scope: 'global',
    about: 'Requests that the gateway has open at once.',
  },
  GATEWAY_FIRST_BYTE_MS: {
    kind: 'integer',
    default: 600_000,
    min: 100,
    max: 2 * HOUR_MS,
    scope: 'global',
    about: 'A worker must begin to answer within this time.',
  },
  GATEWAY_IDLE_MS: {
    kind: 'integer',
    default: 300_000,
    min: 100,
    max: 2 * HOUR_MS,
    scope: 'global',
    about: 'Longest silence in the middle of an answer.',
  },
  GATEWAY_DRAIN_MS: {
    kind: 'integer',
    default: 600_000,
    min: 100,
    max: 2 * HOUR_MS,
    scope: 'global',
    about: 'How long a gateway process that was replaced may finish its open requests.',
  },
  REQUEST_LOG_WAITING_MAX: {
    kind: 'integer',
    default: 50_000,
    min: 100,
    max: 10_000_000,
    scope: 'global',
    about:
      'Rows of the request log that a gateway keeps in memory while the database is away; then the oldest go.',
  },
  REQUEST_LOG_RETENTION_HOURS: {
    kind: 'integer',
    default: 720,
    min: 1,
    max: 87_600,
    scope: 'global',
    about: 'How long the log of requests is kept.',
  },
  JOURNAL_SEGMENT_BYTES: {
    kind: 'integer',
    default: 67_108_864,
    min: 4_096,
    max: 1_073_741_824,
    about: 'Size at which the usage journal begins a new file.',
  },
} as const satisfies Record<string, Definition>;
