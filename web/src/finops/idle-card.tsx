import { useQuery } from '@tanstack/react-query';
import { Moon } from 'lucide-react';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { ShareBar } from '../widgets/share-bar.tsx';
import { Amount } from './cost-tiles.tsx';
import { type IdleRow, idleCostsQuery } from './queries.ts';
import { type Days, lastDaysOf } from './windows.ts';

/** As many as the api reads: it is counted request by request. */
const DAYS_MAX = 31;

/** What the machines of a window cost while nobody asked them anything. */
export function IdleCard({ window }: { window: Days }) {
  const { t, format } = useTranslation();
  const { from, to, days } = lastDaysOf(window, DAYS_MAX);
  const idle = useQuery(idleCostsQuery({ from, to }));
  if (idle.data?.data.length === 0) return null;
  const share = (row: { micros: number; idle_micros: number }) =>
    row.micros === 0 ? 0 : row.idle_micros / row.micros;
  const columns: Column<IdleRow>[] = [
    {
      id: 'name',
      header: t('breakdown.by_deployment'),
      cell: (row) => (
        <span className="font-medium">{row.name ?? row.deployment_id ?? t('breakdown.nothing')}</span>
      ),
    },
    { id: 'share', header: t('idle.share'), cell: (row) => <ShareBar share={share(row)} tone="bg-warn" /> },
    {
      id: 'idle',
      header: t('idle.amount'),
      align: 'end',
      cell: (row) => <Amount micros={row.idle_micros} />,
    },
    {
      id: 'all',
      header: t('intervals.amount'),
      align: 'end',
      isSecondary: true,
      cell: (row) => <Amount micros={row.micros} />,
    },
  ];
  return (
    <Card
      isFlush
      title={t('idle.title')}
      note={t(days.length < window.days.length ? 'idle.note_last' : 'idle.note', {
        from: format.dayOnly(days[0] ?? ''),
        to: format.dayOnly(days.at(-1) ?? ''),
      })}
    >
      {idle.isError && (
        <ErrorState error={idle.error} onRetry={() => void idle.refetch()} className="mx-4 mb-4" />
      )}
      {idle.isPending && <Skeleton className="mx-4 mb-4 h-24" />}
      {idle.data && (
        <>
          <p className="tabular flex items-center gap-2 px-4 pb-3" data-testid="idle-sum">
            <Moon aria-hidden className="size-4 text-warn" />
            {t('idle.sum', {
              idle: format.money(idle.data.idle_micros),
              all: format.money(idle.data.micros),
              share: format.percent(share(idle.data) * 100),
            })}
          </p>
          <div className="border-t border-border">
            <Table
              label={t('idle.title')}
              columns={columns}
              rows={idle.data.data}
              rowKey={(row) => row.deployment_id ?? 'none'}
            />
          </div>
        </>
      )}
    </Card>
  );
}
