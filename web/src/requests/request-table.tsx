import type { Names } from '../finops/names.ts';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { type SortedColumn, SortedTable } from '../widgets/sorted-table.tsx';
import type { RequestEntry } from './queries.ts';
import { OutcomeChip } from './request-outcome.tsx';

export interface RequestListProps {
  rows: readonly RequestEntry[];
  names: Names;
  onOpen: (id: string) => void;
  sort: string;
  onSort: (sort: string) => void;
}

export function RequestTable({ rows, names, onOpen, sort, onSort }: RequestListProps) {
  const words = useTranslation();
  const columns = [...whatColumns(words, names, onOpen), ...figureColumns(words)];
  return (
    <div className="card overflow-hidden">
      <SortedTable
        label={words.t('requests.title')}
        {...{ columns, rows, sort, onSort }}
        rowKey={(row) => row.request_id}
        rowTestId={(row) => `request-row-${row.request_id}`}
      />
    </div>
  );
}

type Words = Pick<Translation, 't' | 'format'>;

function whatColumns(
  { t, format }: Words,
  names: Names,
  onOpen: (id: string) => void,
): SortedColumn<RequestEntry>[] {
  return [
    {
      id: 'at',
      header: t('request.at'),
      sort: 'started_at',
      cell: (row) => (
        <button
          type="button"
          className="font-medium whitespace-nowrap text-accent underline-offset-2 hover:underline"
          onClick={() => onOpen(row.request_id)}
          aria-label={t('request.open', { at: format.moment(row.started_at) })}
        >
          <time dateTime={row.started_at}>{format.moment(row.started_at)}</time>
        </button>
      ),
    },
    {
      id: 'outcome',
      header: t('request.outcome'),
      cell: (row) => (
        <>
          <OutcomeChip entry={row} />
          {row.error_code !== null && (
            <code className="mt-0.5 block font-mono text-xs text-muted">{row.error_code}</code>
          )}
        </>
      ),
    },
    {
      id: 'model',
      header: t('request.model'),
      cell: (row) => (
        <>
          <span className="block max-w-[26ch] truncate" title={row.model ?? undefined}>
            {row.model ?? <span className="text-muted">–</span>}
          </span>
          <span className="block text-xs text-muted">{row.endpoint}</span>
        </>
      ),
    },
    {
      id: 'key',
      header: t('request.key'),
      cell: (row) => (
        <>
          <span className="block max-w-[20ch] truncate">
            {row.api_key_id === null ? t('request.by_session') : names.key(row.api_key_id)}
          </span>
          {row.user_id !== null && (
            <span className="block text-xs text-muted">{names.person(row.user_id)}</span>
          )}
        </>
      ),
    },
  ];
}

function figureColumns({ t, format }: Words): SortedColumn<RequestEntry>[] {
  return [
    {
      id: 'ttft',
      header: t('request.ttft'),
      align: 'end',
      className: 'hidden lg:table-cell',
      cell: (row) => (row.ttft_ms === null ? '–' : format.duration(Math.round(row.ttft_ms))),
    },
    {
      id: 'duration',
      header: t('request.duration'),
      align: 'end',
      sort: 'duration_ms',
      cell: (row) => format.duration(Math.round(row.duration_ms)),
    },
    {
      id: 'tokens',
      header: t('request.tokens_short'),
      align: 'end',
      sort: 'tokens',
      cell: (row) => (
        <span className="whitespace-nowrap">
          {format.number(row.prompt_tokens)} <span className="text-muted">→</span>{' '}
          {format.number(row.completion_tokens)}
        </span>
      ),
    },
    {
      id: 'id',
      header: t('error.request_id'),
      className: 'hidden xl:table-cell',
      cell: (row) => (
        <code title={row.request_id} className="font-mono text-xs text-muted">
          …{row.request_id.slice(-8)}
        </code>
      ),
    },
  ];
}
