import { ArrowRight } from 'lucide-react';
import type { HistoryEntry } from '../api/types.ts';
import { Card } from '../design/card.tsx';
import { classNames } from '../design/class-names.ts';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { Actor } from '../identity/actor.tsx';
import { TraceLink } from '../widgets/trace-link.tsx';
import { describeReason } from './reasons.ts';
import { STATE_LOOKS } from './states.ts';

const ICON_COLORS = {
  neutral: 'text-muted',
  ok: 'text-ok',
  warn: 'text-warn',
  danger: 'text-danger',
  info: 'text-info',
  accent: 'text-accent',
} as const;

/** Every state it was in, who moved it, and why; newest first. */
export function InstanceHistory({ history }: { history: readonly HistoryEntry[] }) {
  const { t, format } = useTranslation();
  const columns: Column<HistoryEntry>[] = [
    {
      id: 'at',
      header: t('history.at'),
      cell: (entry) => <Moment iso={entry.at} text={format.moment(entry.at)} />,
    },
    { id: 'change', header: t('history.change'), cell: (entry) => <Change entry={entry} /> },
    { id: 'reason', header: t('history.reason'), cell: (entry) => describeReason(entry.reason, t) },
    {
      id: 'actor',
      header: t('history.actor'),
      isSecondary: true,
      cell: (entry) => <Actor actor={entry.actor} />,
    },
    {
      id: 'correlation',
      header: t('history.correlation'),
      isSecondary: true,
      cell: (entry) => <TraceLink id={entry.correlation_id} />,
    },
  ];
  return (
    <Card isFlush title={t('history.title')}>
      <Table
        label={t('history.title')}
        columns={columns}
        rows={history.toSorted((a, b) => b.version - a.version)}
        rowKey={(entry) => String(entry.version)}
      />
    </Card>
  );
}

function Moment({ iso, text }: { iso: string; text: string }) {
  return (
    <time dateTime={iso} className="whitespace-nowrap text-muted">
      {text}
    </time>
  );
}

function Change({ entry }: { entry: HistoryEntry }) {
  const { t } = useTranslation();
  const { icon: Icon, tone } = STATE_LOOKS[entry.to];
  return (
    <span className="flex items-center gap-1.5 whitespace-nowrap">
      {entry.from !== null && (
        <>
          <span className="text-muted">{t(`state.${entry.from}`)}</span>
          <ArrowRight aria-hidden className="size-3.5 text-muted" />
        </>
      )}
      <Icon aria-hidden className={classNames('size-3.5', ICON_COLORS[tone])} />
      <span className="font-medium">{t(`state.${entry.to}`)}</span>
    </span>
  );
}
