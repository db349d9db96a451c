import type { Random } from '#kernel/env.ts';
import type { Situation } from './situation.ts';

/** Looks come closer together at first and then at up to ten times the first delay, told by the clock alone. */
export function pollDelay({
  instance,
  nowMs,
  limits,
}: Pick<Situation, 'instance' | 'nowMs' | 'limits'>): number {
  const elapsedMs = Math.max(0, nowMs - instance.stateAtMs);
  return Math.min(limits.pollMs * 10, Math.max(limits.pollMs, Math.floor(elapsedMs / 5)));
}

/** After a failed call: as for a look, and up to a minute when it lasts. */
export function failureDelay(
  { instance, nowMs, limits }: Pick<Situation, 'instance' | 'nowMs' | 'limits'>,
  retryAfterMs: number | undefined,
): number {
  const elapsedMs = Math.max(0, nowMs - instance.stateAtMs);
  const delayMs = Math.min(60_000, Math.max(limits.pollMs, Math.floor(elapsedMs / 5)));
  return Math.max(delayMs, retryAfterMs ?? 0);
}

/** Of the usual pace, how much later a look may come. */
const SPREAD = 0.2;

/**
 * Looks at machines at rest come a little later each time, each by another amount: thousands that became due together,
 * while nobody was there to look, would otherwise be due together for ever.
 */
export function spreadDelay(delayMs: number, watchMs: number, random: Random): number {
  return delayMs < watchMs ? delayMs : delayMs * (1 + SPREAD * random.float());
}
