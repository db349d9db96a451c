import type { InstanceView } from '#contracts/instances.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { costUpTo } from './instance-cost.ts';

/** What these instances have cost, counted on each second. A component of its own: nothing around it renders again. */
export function AccruingCost({ instances }: { instances: readonly InstanceView[] }) {
  const { format } = useTranslation();
  const nowMs = useNow(1_000);
  const micros = instances.reduce((sum, instance) => sum + costUpTo(instance, nowMs), 0);
  return (
    <span title={format.moneyExact(micros)} data-micros={micros}>
      {format.money(micros)}
    </span>
  );
}
