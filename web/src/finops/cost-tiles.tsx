import { CalendarDays, Gauge, Sigma, Sun } from 'lucide-react';
import { Tile } from '../design/tile.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useCostsNow } from './use-costs-now.ts';
import { monthAtThisRate } from './windows.ts';

/** The four figures of money: what runs now, today, this month, and all of it; counted on each second. */
export function CostTiles() {
  const { costs: summary, isPending: isLoading } = useCostsNow();
  const { t, format } = useTranslation();
  return (
    <div className="grid grid-cols-2 gap-3 md:gap-4 xl:grid-cols-4">
      <Tile
        icon={Gauge}
        label={t('costs.now')}
        isLoading={isLoading}
        testId="cost-tile-now"
        value={summary && <PerHour micros={summary.micros_per_hour} />}
        note={summary && t('costs.per_minute', { amount: format.unitPrice(summary.micros_per_minute) })}
      />
      <Tile
        icon={Sun}
        label={t('costs.today')}
        isLoading={isLoading}
        value={summary && <Amount micros={summary.today_micros} />}
        note={t('costs.since_midnight')}
      />
      <Tile
        icon={CalendarDays}
        label={t('costs.month')}
        isLoading={isLoading}
        value={summary && <Amount micros={summary.month_micros} />}
        note={
          summary &&
          t('costs.at_this_rate', {
            amount: format.money(
              monthAtThisRate(summary.month_micros, summary.micros_per_hour, Date.parse(summary.at)),
            ),
          })
        }
      />
      <Tile
        icon={Sigma}
        label={t('costs.cumulative')}
        isLoading={isLoading}
        testId="cost-tile-cumulative"
        value={summary && <Amount micros={summary.cumulative_micros} />}
        note={t('costs.since_start')}
      />
    </div>
  );
}

/** `data-micros` carries the exact integer; what is read is rounded. */
export function Amount({ micros }: { micros: number }) {
  const { format } = useTranslation();
  return (
    <span title={format.moneyExact(micros)} data-micros={micros}>
      {format.money(micros)}
    </span>
  );
}

export function PerHour({ micros }: { micros: number }) {
  const { t, format } = useTranslation();
  return (
    <span data-micros={micros}>
      {format.unitPrice(micros)}
      <span className="text-base font-medium text-muted">{t('unit.per_hour')}</span>
    </span>
  );
}
