/** When a machine is asked again how it is: told by its row alone, so that it survives the run that asked. */
import type { HealthVerdict } from '../rows.ts';
import type { Situation } from './situation.ts';

/** Delay after the first failed check; it doubles with each further one. */
const RECHECK_MS = 300;

/** Milliseconds until the next check may be made; 0: now. */
export function healthDelay({
  instance,
  nowMs,
  limits,
}: Pick<Situation, 'instance' | 'nowMs' | 'limits'>): number {
  const { healthAtMs, healthFailures } = instance;
  if (healthAtMs === null || healthFailures === 0) return 0;
  // Whoever answers that it is not ready yet is not broken: only those that nobody reaches are left alone.
  const isBreakerOpen =
    instance.healthVerdict === 'unreachable' && healthFailures >= limits.healthBreakerFailures;
  const doubled = RECHECK_MS * 2 ** Math.min(healthFailures - 1, 30);
  const pauseMs = isBreakerOpen ? limits.healthBreakerOpenMs : Math.min(limits.healthRetryMaxMs, doubled);
  return Math.max(0, healthAtMs + pauseMs - nowMs);
}

/** What the last check of the present state said, as long as it is young enough to count. */
export function cachedVerdict({ instance, nowMs, limits }: Situation): HealthVerdict | undefined {
  const { healthAtMs, healthVerdict, stateAtMs } = instance;
  if (healthAtMs === null || healthVerdict === null || healthAtMs < stateAtMs) return undefined;
  return nowMs - healthAtMs < limits.healthCacheMs ? healthVerdict : undefined;
}
