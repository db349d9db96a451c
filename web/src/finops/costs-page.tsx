import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ChartLine, TriangleAlert } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { CostInterval } from '../api/types.ts';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Skeleton, SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useNow } from '../shell/use-now.ts';
import { KeptVolumesCard } from '../volumes/kept-volumes-card.tsx';
import { TimeChart } from '../widgets/time-chart.tsx';
import { extendCurve } from './accrual.ts';
import { BreakdownCard } from './breakdown-card.tsx';
import { CostTiles } from './cost-tiles.tsx';
import { costDaysOf } from './costs-search.ts';
import { IdleCard } from './idle-card.tsx';
import { IntervalsTable } from './intervals-table.tsx';
import { costIntervalsQuery, costSeriesQuery, costSummaryQuery } from './queries.ts';
import { useCostsNow } from './use-costs-now.ts';
import { WindowPicker } from './window-picker.tsx';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const RANGES = { '1h': HOUR_MS, '24h': 24 * HOUR_MS, '7d': 168 * HOUR_MS, '30d': 720 * HOUR_MS } as const;
type Range = keyof typeof RANGES;

export function CostsPage() {
  const { t } = useTranslation();
  const summary = useQuery(costSummaryQuery);
  const search = useSearch({ from: '/signed-in/costs' });
  const navigate = useNavigate({ from: '/costs' });
  const days = costDaysOf(search, useNow(MINUTE_MS));
  const newest = useQuery(costIntervalsQuery());
  const intervals = useQuery(costIntervalsQuery(undefined, { from: days.from, to: days.to }));
  const unpriced = summary.data?.unpriced_resources ?? 0;
  return (
    <>
      <PageHeader title={t('costs.title')} description={t('costs.text')} />
      <div className="flex flex-col gap-5">
        {summary.isError && <ErrorState error={summary.error} onRetry={() => void summary.refetch()} />}
        <CostTiles />
        {unpriced > 0 && (
          <p className="flex gap-3 rounded-lg border border-warn/40 bg-warn/8 p-4">
            <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-warn" />
            {t('costs.unpriced', { count: unpriced })}
          </p>
        )}
        <CostCurve intervals={newest.data} />
        <KeptVolumesCard />
        <WindowPicker
          {...{ search, days }}
          onChange={(next) => void navigate({ search: next, replace: true, resetScroll: false })}
        />
        <BreakdownCard days={days} />
        <IdleCard window={days} />
        <Card isFlush title={t('intervals.title')} note={t('intervals.note')}>
          {intervals.isError && (
            <ErrorState
              error={intervals.error}
              onRetry={() => void intervals.refetch()}
              className="mx-4 mb-4"
            />
          )}
          {intervals.isPending && <SkeletonRows label={t('common.loading')} />}
          {intervals.data && <IntervalsTable intervals={intervals.data} />}
        </Card>
      </div>
    </>
  );
}

/** Spend so far: it only ever rises, and its slope is what the machines cost. */
function CostCurve({ intervals }: { intervals: readonly CostInterval[] | undefined }) {
  const { t, format } = useTranslation();
  const [chosen, setRange] = useState<Range | null>(null);
  const range = chosen ?? suggestRange(intervals);
  const query = useQuery(costSeriesQuery(RANGES[range]));
  const points = query.data?.points;
  const nowMs = useNow(1_000);
  const present = useCostsNow().costs?.cumulative_micros;
  const curve = useMemo(
    () => points && extendCurve(points, { fromMs: nowMs - RANGES[range], toMs: nowMs }, present),
    [points, range, nowMs, present],
  );
  const times = useMemo(() => curve?.map((point) => point.atMs / 1_000) ?? [], [curve]);
  const series = useMemo(
    () => [{ label: t('costs.cumulative'), values: curve?.map((point) => point.cumulativeMicros) ?? [] }],
    [curve, t],
  );
  const isEmpty = curve !== undefined && (curve.at(-1)?.cumulativeMicros ?? 0) === 0;
  return (
    <section aria-label={t('costs.curve')}>
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <h2 className="text-base font-semibold">{t('costs.curve')}</h2>
        <div className="ml-auto">
          <Segmented
            label={t('metrics.range')}
            value={range}
            options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`range.${value}`) }))}
            onChange={setRange}
          />
        </div>
      </div>
      {query.isError && (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} className="mb-4" />
      )}
      {query.isPending && <Skeleton className="h-72" />}
      {isEmpty && (
        <div className="card">
          <EmptyState icon={ChartLine} title={t('costs.none')}>
            {t('costs.none_text')}
          </EmptyState>
        </div>
      )}
      {curve && !isEmpty && (
        <TimeChart
          isFilled
          title={t('costs.curve_title')}
          times={times}
          series={series}
          format={format.money}
          heightPx={260}
        />
      )}
    </section>
  );
}

/** Where everything is younger than an hour, a day would be a flat line with a cliff at its end. */
function suggestRange(intervals: readonly CostInterval[] | undefined): Range {
  if (intervals === undefined || intervals.length === 0) return '24h';
  const oldestMs = Math.min(...intervals.map((interval) => new Date(interval.from).getTime()));
  return Date.now() - oldestMs < HOUR_MS ? '1h' : '24h';
}
