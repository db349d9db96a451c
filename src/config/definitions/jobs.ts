/** Leases and retries of due work. */
import { type Definition, HOUR_MS } from './definition.ts';

export const JOB_DEFINITIONS = {
  JOB_LEASE_MS: {
    kind: 'integer',
    default: 8_000,
    min: 200,
    max: 600_000,
    scope: 'global',
    about: 'Life of the lease on a piece of work; renewed at a third of it.',
  },
  JOB_POLL_MS: {
    kind: 'integer',
    default: 2_000,
    min: 20,
    max: 60_000,
    scope: 'global',
    about: 'How often due work is looked for when no notification arrives.',
  },
  JOB_CONCURRENCY: {
    kind: 'integer',
    default: 24,
    min: 1,
    max: 500,
    scope: 'global',
    about: 'Pieces of work that one process has in hand at once.',
  },
  JOB_ATTEMPTS_MAX: {
    kind: 'integer',
    default: 12,
    min: 1,
    max: 1_000,
    scope: 'global',
    about: 'Failed runs in a row after which a job is a dead letter. Deletions never give up.',
  },
  JOB_RETRY_FIRST_MS: {
    kind: 'integer',
    default: 500,
    min: 1,
    max: 60_000,
    scope: 'global',
    about: 'Delay before the first retry of failed work; doubles each time.',
  },
  JOB_RETRY_MAX_MS: {
    kind: 'integer',
    default: 60_000,
    min: 1,
    max: HOUR_MS,
    scope: 'global',
    about: 'Longest delay between two retries of failed work.',
  },
} as const satisfies Record<string, Definition>;
