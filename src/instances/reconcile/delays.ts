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
