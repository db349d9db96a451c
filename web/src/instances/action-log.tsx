import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CirclePlay, CircleX, type LucideIcon } from 'lucide-react';
import type { ActionLogEntry } from '../api/types.ts';
import { Card } from '../design/card.tsx';
import { Chip, type Tone } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { Actor } from '../identity/actor.tsx';
import { TraceLink } from '../widgets/trace-link.tsx';
import { actionsQuery } from './queries.ts';

const LOOKS: Record<ActionLogEntry['status'], { tone: Tone; icon: LucideIcon }> = {
  started: { tone: 'info', icon: CirclePlay },
  succeeded: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
};

/** What every part did for this machine, tied together by the correlation id of the request that began it. */
export function ActionLog({ instanceId }: { instanceId: string }) {
  const { t, format } = useTranslation();
  const actions = useQuery(actionsQuery(instanceId));
  return (
    <Card isFlush title={t('actions.title')}>
      {actions.isError && (
        <ErrorState error={actions.error} onRetry={() => void actions.refetch()} className="mx-4 mb-4" />
      )}
      {actions.isPending && <SkeletonRows count={4} label={t('common.loading')} />}
      {actions.data?.length === 0 && <p className="px-4 pb-4 text-muted">{t('actions.none')}</p>}
      {actions.data && actions.data.length > 0 && (
        <Table
          label={t('actions.title')}
          columns={columnsOf({ t, format })}
          rows={actions.data}
          rowKey={(entry) => entry.id}
        />
      )}
    </Card>
  );
}

function columnsOf({ t, format }: Pick<Translation, 't' | 'format'>): Column<ActionLogEntry>[] {
  return [
    {
      id: 'at',
      header: t('history.at'),
      cell: (entry) => (
        <time dateTime={entry.at} title={format.dateTime(entry.at)} className="text-muted">
          {format.time(entry.at)}
        </time>
      ),
    },
    {
      id: 'action',
      header: t('actions.action'),
      cell: (entry) => (
        <>
          <code className="block font-mono text-xs">{entry.code}</code>
          {entry.error_code !== null && <span className="text-xs text-danger">{entry.error_code}</span>}
        </>
      ),
    },
    {
      id: 'component',
      header: t('actions.component'),
      isSecondary: true,
      cell: (entry) => <Actor actor={entry.component} />,
    },
    {
      id: 'status',
      header: t('actions.status'),
      cell: (entry) => <Chip {...LOOKS[entry.status]}>{t(`action_status.${entry.status}`)}</Chip>,
    },
    {
      id: 'duration',
      header: t('actions.duration'),
      align: 'end',
      cell: (entry) => (entry.duration_ms === null ? '–' : format.duration(entry.duration_ms)),
    },
    {
      id: 'correlation',
      header: t('history.correlation'),
      isSecondary: true,
      cell: (entry) => <TraceLink id={entry.correlation_id} />,
    },
  ];
}
