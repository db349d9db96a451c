import type { Logger } from './log.ts';

/** Wall clock in milliseconds since the Unix epoch, and a monotonic clock in milliseconds for durations. */
export interface Clock {
  now(): number;
  monotonic(): number;
}

/** Uniform randomness. `bytes` is suitable for secrets in production and seeded in simulation. */
export interface Random {
  /** A number in [0, 1). */
  float(): number;
  bytes(length: number): Uint8Array;
}

/**
 * Everything a piece of code may take from the outside besides its explicit dependencies.
 * Production passes the system's, the simulation passes a seeded one, so a failure found by seed repeats by seed.
 */
export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A named place where a test may end the process (`FAULT=name:n` kills at the n-th visit). A no-op otherwise. */
  crashPoint(name: string): Promise<void>;
  /** The same environment whose log lines carry these fields too. */
  with(fields: Record<string, unknown>): Env;
}
