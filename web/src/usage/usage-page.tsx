import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowDownToLine, ArrowUpFromLine, ChartColumn, Database, ScrollText } from 'lucide-react';
import { buttonClass } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { Tile } from '../design/tile.tsx';
import { barsOfDays } from '../finops/bars-of-days.ts';
import { type Names, useNames } from '../finops/names.ts';
import { WINDOWS } from '../finops/windows.ts';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { ExportButton } from '../widgets/export-button.tsx';
import { StackedBars } from '../widgets/stacked-bars.tsx';
import { DIMENSIONS, type Dimension, MEASURES, type Measure, type UsageSearch } from './usage-search.ts';
import { type Sums, totalOf } from './usage-sums.ts';
import { UsageTable, type UsageTableProps } from './usage-table.tsx';
import { useUsage } from './use-usage.ts';

/** Who used which models how much; for those who do not look after the organisation, their own use. */
export function UsagePage() {
  const { t } = useTranslation();
  const { by = 'model', window = '30d', measure = 'tokens' } = useSearch({ from: '/signed-in/usage' });
  const navigate = useNavigate({ from: '/usage' });
  const seesAll = useIsAllowed('usage.read');
  const names = useNames();
  const nameOf = (value: string | null) => nameIn(names, by, value, t);
  const usage = useUsage({ window, by, measure, seesAll, nameOf, othersLabel: t('chart.others') });
  const rows = usage.groups.data?.data ?? [];
  const total = usage.byDay.data && totalOf(usage.byDay.data.data);
  const change = (part: UsageSearch) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false });
  const error = usage.byDay.error ?? usage.groups.error;
  return (
    <>
      <PageHeader
        title={t('usage.title')}
        description={t(seesAll ? 'usage.text' : 'usage.text_own')}
        actions={
          <Segmented
            label={t('metrics.range')}
            value={window}
            options={WINDOWS.map((value) => ({ value, label: t(`window.${value}`) }))}
            onChange={(value) => change({ window: value })}
          />
        }
      />
      <div className="flex flex-col gap-5">
        {error && (
          <ErrorState
            error={error}
            onRetry={() => void Promise.all([usage.byDay.refetch(), usage.groups.refetch()])}
          />
        )}
        <Tiles total={total} isLoading={usage.byDay.isPending} />
        {total?.requests === 0 ? <Nothing /> : <DaysCard {...{ usage, by, measure, seesAll, change }} />}
        {rows.length > 0 && <GroupsCard {...{ rows, days: usage.days, by, measure, nameOf }} />}
      </div>
    </>
  );
}

function Tiles({ total, isLoading }: { total: Sums | undefined; isLoading: boolean }) {
  const { t, format } = useTranslation();
  const share = total && total.prompt_tokens > 0 ? (total.cached_tokens / total.prompt_tokens) * 100 : null;
  const tile = (value: number | undefined) => value !== undefined && format.number(value);
  return (
    <div className="grid grid-cols-2 gap-3 md:gap-4 xl:grid-cols-4">
      <Tile
        icon={ScrollText}
        label={t('usage.requests')}
        isLoading={isLoading}
        value={tile(total?.requests)}
        note={
          <Link to="/requests" className="text-accent underline-offset-2 hover:underline">
            {t('usage.see_requests')}
          </Link>
        }
        testId="usage-requests"
      />
      <Tile
        icon={ArrowUpFromLine}
        label={t('usage.input')}
        isLoading={isLoading}
        value={tile(total?.prompt_tokens)}
      />
      <Tile
        icon={ArrowDownToLine}
        label={t('usage.output')}
        isLoading={isLoading}
        value={tile(total?.completion_tokens)}
        testId="usage-output"
      />
      <Tile
        icon={Database}
        label={t('usage.cached')}
        isLoading={isLoading}
        value={tile(total?.cached_tokens)}
        note={share !== null && t('usage.of_input', { share: format.percent(share) })}
      />
    </div>
  );
}

function nameIn(names: Names, by: Dimension, value: string | null, t: Translate): string {
  if (by === 'outcome') return value === null ? '–' : t(`usage.outcome.${value as 'completed'}`);
  if (value === null) return t(`usage.no_${by}`);
  if (by === 'model') return names.model(value);
  if (by === 'key') return names.key(value);
  return by === 'person' ? names.person(value) : names.project(value);
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <div className="card">
      <EmptyState
        icon={ChartColumn}
        title={t('usage.none')}
        action={
          <Link to="/chat" className={buttonClass({ variant: 'primary' })}>
            {t('usage.try_chat')}
          </Link>
        }
      >
        {t('usage.none_text')}
      </EmptyState>
    </div>
  );
}

interface DaysCardProps {
  usage: ReturnType<typeof useUsage>;
  by: Dimension;
  measure: Measure;
  seesAll: boolean;
  change: (part: UsageSearch) => void;
}

function DaysCard({ usage, by, measure, seesAll, change }: DaysCardProps) {
  const { t, format } = useTranslation();
  const dimensions = DIMENSIONS.filter((value) => seesAll || value !== 'person');
  return (
    <Card
      title={t('usage.by_day')}
      actions={
        <div className="flex flex-wrap gap-2">
          <Segmented
            label={t('usage.measure')}
            value={measure}
            options={MEASURES.map((value) => ({ value, label: t(`usage.${value}`) }))}
            onChange={(value) => change({ measure: value })}
          />
          <Segmented
            label={t('usage.by')}
            value={by}
            options={dimensions.map((value) => ({ value, label: t(`usage.by_${value}`) }))}
            onChange={(value) => change({ by: value })}
          />
        </div>
      }
    >
      {usage.byDay.isPending || usage.groups.isPending || !usage.isComplete ? (
        <Skeleton className="h-72" />
      ) : (
        <StackedBars
          title={t(`usage.${measure}`)}
          bars={barsOfDays(usage.days, format)}
          series={usage.series}
          format={(value) => format.compact(value)}
        />
      )}
    </Card>
  );
}

interface GroupsCardProps extends UsageTableProps {
  days: readonly string[];
}

function GroupsCard({ rows, days, by, measure, nameOf }: GroupsCardProps) {
  const { t } = useTranslation();
  return (
    <Card
      isFlush
      title={t(`usage.by_${by}`)}
      actions={
        <ExportButton
          fileName={`usage-${by}-${days[0]}-${days.at(-1)}.csv`}
          head={['id', 'name', 'requests', 'prompt_tokens', 'cached_tokens', 'completion_tokens']}
          rows={rows.map((row) => [
            row.value,
            nameOf(row.value),
            row.requests,
            row.prompt_tokens,
            row.cached_tokens,
            row.completion_tokens,
          ])}
        />
      }
    >
      <UsageTable {...{ rows, by, measure, nameOf }} />
    </Card>
  );
}
