import type { DeploymentView } from '#contracts/management.ts';
import { isUnbilledState } from '../instances/instance-cost.ts';

/** What its machines cost per hour, those on order included; null when one price is unknown. */
export function pricePerHour({ instances }: DeploymentView): number | null {
  let sum = 0;
  for (const { state, price_micros_per_hour: price } of instances) {
    if (isUnbilledState(state)) continue;
    if (price === null) return null;
    sum += price;
  }
  return sum;
}
