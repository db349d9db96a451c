import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import type { Present } from './queries.ts';
import type { ModelSignals } from './signal-series.ts';

interface ModelSignalsTableProps {
  models: readonly ModelSignals[];
  present: ReadonlyMap<string, Present>;
  nameOf: (signals: ModelSignals) => string;
  chosenId: string | null;
  onChoose: (id: string) => void;
}

export function ModelSignalsTable({ models, present, nameOf, chosenId, onChoose }: ModelSignalsTableProps) {
  const { t, format } = useTranslation();
  const time = (ms: number | null) => (ms === null ? '–' : format.duration(Math.round(ms)));
  const columns: Column<ModelSignals>[] = [
    {
      id: 'model',
      header: t('request.model'),
      cell: (row) => <ModelButton {...{ row, chosenId, onChoose }}>{nameOf(row)}</ModelButton>,
    },
    {
      id: 'now',
      header: t('signals.now'),
      isSecondary: true,
      cell: (row) => {
        const now = row.model_id === null ? undefined : present.get(nameOf(row));
        if (!now) return <span className="text-muted">–</span>;
        return t('signals.now_of', { running: now.running, waiting: now.waiting, machines: now.machines });
      },
    },
    { id: 'requests', header: t('usage.requests'), align: 'end', cell: (row) => format.number(row.requests) },
    {
      id: 'failed',
      header: t('signals.failed'),
      align: 'end',
      cell: (row) => (
        <span className={`whitespace-nowrap ${row.failed > 0 ? 'text-danger' : 'text-muted'}`}>
          {format.number(row.failed)}{' '}
          <span className="text-xs">({format.percent((row.failed / Math.max(1, row.requests)) * 100)})</span>
        </span>
      ),
    },
    {
      id: 'ttft50',
      header: t('signals.ttft_p50'),
      align: 'end',
      isSecondary: true,
      cell: (row) => time(row.ttft_p50_ms),
    },
    { id: 'ttft95', header: t('signals.ttft_p95'), align: 'end', cell: (row) => time(row.ttft_p95_ms) },
    {
      id: 'queue',
      header: t('signals.queue_p95'),
      align: 'end',
      isSecondary: true,
      cell: (row) => time(row.queue_p95_ms),
    },
    {
      id: 'total',
      header: t('signals.total_p95'),
      align: 'end',
      isSecondary: true,
      cell: (row) => time(row.duration_p95_ms),
    },
  ];
  return (
    <Table
      label={t('signals.models')}
      columns={columns}
      rows={models}
      rowKey={(row) => row.model_id ?? 'none'}
    />
  );
}

interface ModelButtonProps extends Pick<ModelSignalsTableProps, 'chosenId' | 'onChoose'> {
  row: ModelSignals;
  children: string;
}

function ModelButton({ row: { model_id: id }, chosenId, onChoose, children }: ModelButtonProps) {
  if (id === null) return <span className="text-muted">{children}</span>;
  return (
    <button
      type="button"
      aria-pressed={id === chosenId}
      className="text-left font-medium text-accent underline-offset-2 hover:underline aria-pressed:text-text"
      onClick={() => onChoose(id)}
    >
      {children}
    </button>
  );
}
