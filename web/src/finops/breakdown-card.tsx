import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { COST_GROUPINGS, type CostGrouping } from '../api/cost-groupings.ts';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { ExportButton } from '../widgets/export-button.tsx';
import { ShareBar } from '../widgets/share-bar.tsx';
import { StackedBars } from '../widgets/stacked-bars.tsx';
import { barsOfDays } from './bars-of-days.ts';
import { Amount } from './cost-tiles.tsx';
import { type CostGroup, costBreakdownQuery } from './queries.ts';
import { barsOf, type Days } from './windows.ts';

const MICROS_PER_EURO = 1_000_000;

/** What the costs of a window come from: day by day, or, where it is long, week by week or month by month. */
export function BreakdownCard({ days: window }: { days: Days }) {
  const { t, format } = useTranslation();
  const [by, setBy] = useState<CostGrouping>('deployment');
  const { stepDays, starts } = barsOf(window);
  const breakdown = useQuery(costBreakdownQuery(by, { from: window.from, to: window.to }, stepDays));
  const nameOf = (group: CostGroup) => nameIn(by, group, t);
  const groups = breakdown.data?.groups ?? [];
  return (
    <Card
      isFlush
      title={t('breakdown.title')}
      actions={
        <div className="flex min-w-0 flex-wrap gap-2">
          <Segmented
            label={t('breakdown.by')}
            value={by}
            options={COST_GROUPINGS.map((value) => ({ value, label: t(`breakdown.by_${value}`) }))}
            onChange={setBy}
          />
          <ExportButton
            fileName={`costs-${by}-${window.days[0]}-${window.days.at(-1)}.csv`}
            head={['day', 'id', 'name', 'eur']}
            rows={groups.flatMap((group) =>
              starts.map((day, index) => [
                day,
                group.value,
                nameOf(group),
                (group.step_micros[index] ?? 0) / MICROS_PER_EURO,
              ]),
            )}
          />
        </div>
      }
    >
      {breakdown.isError && (
        <ErrorState error={breakdown.error} onRetry={() => void breakdown.refetch()} className="mx-4 mb-4" />
      )}
      {breakdown.isPending && <Skeleton className="mx-4 mb-4 h-72" />}
      {breakdown.data && groups.length === 0 && <p className="px-4 pb-4 text-muted">{t('breakdown.none')}</p>}
      {groups.length > 0 && (
        <>
          <p className="tabular px-4 pb-3" data-testid="breakdown-sum">
            {t('breakdown.sum', {
              amount: format.money(breakdown.data?.total_micros ?? 0),
              from: format.dayOnly(window.days[0] ?? ''),
              to: format.dayOnly(window.days.at(-1) ?? ''),
            })}
          </p>
          <div className="px-4 pb-4">
            <StackedBars
              title={t(`breakdown.per_${stepDays}`)}
              bars={barsOfDays(starts, format)}
              series={groups.map((group) => ({
                id: group.value ?? 'none',
                label: nameOf(group),
                values: group.step_micros,
              }))}
              format={format.money}
            />
          </div>
          <GroupTable {...{ groups, nameOf }} total={breakdown.data?.total_micros ?? 0} by={by} />
        </>
      )}
    </Card>
  );
}

interface GroupTableProps {
  groups: readonly CostGroup[];
  nameOf: (group: CostGroup) => string;
  total: number;
  by: CostGrouping;
}

function GroupTable({ groups, nameOf, total, by }: GroupTableProps) {
  const { t } = useTranslation();
  const columns: Column<CostGroup>[] = [
    {
      id: 'name',
      header: t(`breakdown.by_${by}`),
      cell: (group) => <span className="font-medium">{nameOf(group)}</span>,
    },
    {
      id: 'share',
      header: t('usage.share'),
      cell: (group) => <ShareBar share={total === 0 ? 0 : group.micros / total} />,
    },
    {
      id: 'amount',
      header: t('intervals.amount'),
      align: 'end',
      cell: (group) => <Amount micros={group.micros} />,
    },
  ];
  return (
    <div className="border-t border-border">
      <Table
        label={t('breakdown.title')}
        columns={columns}
        rows={groups}
        rowKey={(group) => group.value ?? 'none'}
      />
    </div>
  );
}

function nameIn(by: CostGrouping, { value, name }: CostGroup, t: Translate): string {
  if (value === null) return t(by === 'project' ? 'usage.no_project' : 'breakdown.nothing');
  if (by === 'kind') return t(`resource.${value as 'server'}`);
  return name ?? value;
}
