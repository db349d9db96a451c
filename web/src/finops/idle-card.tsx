import { useQuery } from '@tanstack/react-query';
import { Moon } from 'lucide-react';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useNow } from '../shell/use-now.ts';
import { ShareBar } from '../widgets/share-bar.tsx';
import { Amount } from './cost-tiles.tsx';
import { type IdleRow, idleCostsQuery } from './queries.ts';
import { daysOf } from './windows.ts';

const MINUTE_MS = 60_000;

/** What this month's machines cost while nobody asked them anything. */
export function IdleCard() {
  const { t, format } = useTranslation();
  const { from, to } = daysOf('month', useNow(MINUTE_MS));
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
    <Card isFlush title={t('idle.title')} note={t('idle.note')}>
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
