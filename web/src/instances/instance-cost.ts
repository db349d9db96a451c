import type { InstanceState, InstanceView } from '#contracts/instances.ts';
import type { CostInterval } from '../api/types.ts';
import { costOfSpan } from '../finops/accrual.ts';

const NANOS_PER_MICRO = 1_000;
/** States with nothing at the provider that is billed. */
const UNBILLED: readonly InstanceState[] = ['provisioning_failed', 'failed', 'terminated', 'archived'];

interface KnownCost {
  micros: number;
  toldAtMs: number;
}

const costs = new Map<string, KnownCost>();
const ratesNanos = new Map<string, number>();

/** Keeps when a cost was told. Every page then counts on from the newest answer, whichever asked for it. */
export function noteCosts(instances: readonly InstanceView[], toldAtMs: number): void {
  for (const { id, cost_micros: micros } of instances) costs.set(id, { micros, toldAtMs });
}

/** Its intervals know the whole rate, volumes included; without them the price of the machine stands in. */
export function noteRate(instanceId: string, intervals: readonly CostInterval[]): void {
  const open = intervals.filter((interval) => interval.to === null);
  ratesNanos.set(
    instanceId,
    open.reduce((sum, interval) => sum + (interval.nanos_per_hour ?? 0), 0),
  );
}

/** What an instance has cost up to a moment: the last answer, and what its rate added since. */
export function costUpTo(instance: InstanceView, nowMs: number): number {
  const { micros, toldAtMs } = costs.get(instance.id) ?? { micros: instance.cost_micros, toldAtMs: nowMs };
  if (!isBilled(instance)) return micros;
  const rate = ratesNanos.get(instance.id) ?? (instance.price_micros_per_hour ?? 0) * NANOS_PER_MICRO;
  return micros + costOfSpan(nowMs - toldAtMs, rate);
}

export function isUnbilledState(state: InstanceState): boolean {
  return UNBILLED.includes(state);
}

/** While the order stands alone nothing exists yet; costs that were counted prove that something does. */
function isBilled({ state, cost_micros }: InstanceView): boolean {
  if (isUnbilledState(state)) return false;
  return state !== 'provisioning' || cost_micros > 0;
}
