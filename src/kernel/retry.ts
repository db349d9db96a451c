import type { Random } from './env.ts';

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Exponential delay before attempt `attempt` (1 is the first retry), with full jitter in its upper half. */
export function backoffMs(backoff: Backoff, attempt: number, random: Random): number {
  const ceiling = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling / 2 + (random.float() * ceiling) / 2);
}
