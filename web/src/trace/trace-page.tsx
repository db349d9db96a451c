import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import {
  CircleCheck,
  CirclePlay,
  CircleX,
  FilePenLine,
  type LucideIcon,
  MessagesSquare,
  SearchX,
  Wrench,
} from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import { pollInterval } from '../api/connection.ts';
import { Chip, type Tone } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { Actor } from '../identity/actor.tsx';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { CopyButton } from '../widgets/copy-button.tsx';
import { type TraceEntry, traceEntriesOf } from './trace-entries.ts';

const LIMIT = 200;

const KINDS: Record<TraceEntry['kind'], LucideIcon> = {
  audit: FilePenLine,
  action: Wrench,
  request: MessagesSquare,
};
const OUTCOMES: Record<TraceEntry['outcome'], { tone: Tone; icon: LucideIcon }> = {
  ok: { tone: 'ok', icon: CircleCheck },
  failed: { tone: 'danger', icon: CircleX },
  open: { tone: 'info', icon: CirclePlay },
};

/** Everything that carries one correlation id: what was asked, what it caused, what came of it. */
export function TracePage() {
  const { t, format } = useTranslation();
  const { id } = useParams({ from: '/signed-in/trace/$id' });
  const seesAudit = useIsAllowed('audit.read');
  const seesRequests = useIsAllowed('usage.read');
  const actions = useQuery(actionsOf(id));
  const audit = useQuery({ ...auditOf(id), enabled: seesAudit });
  const requests = useQuery({ ...requestsOf(id), enabled: seesRequests });
  const parts = [actions, ...(seesAudit ? [audit] : []), ...(seesRequests ? [requests] : [])];
  const failed = parts.find((part) => part.isError);
  const isPending = parts.some((part) => part.isPending);
  const entries = traceEntriesOf({
    actions: actions.data?.data ?? [],
    audit: audit.data?.data ?? [],
    requests: requests.data?.data ?? [],
  });
  const total = parts.reduce((sum, part) => sum + (part.data?.total ?? 0), 0);
  return (
    <>
      <PageHeader
        title={t('trace.title')}
        description={
          <>
            <span className="flex items-center font-mono text-sm text-text">
              <span className="break-all">{id}</span>
              <CopyButton text={id} label={t('trace.copy')} />
            </span>
            {t('trace.text')}
          </>
        }
      />
      {failed && <ErrorState error={failed.error} onRetry={() => void failed.refetch()} className="mb-4" />}
      <div className="mb-3 flex flex-wrap gap-x-4 text-sm text-muted" role="status">
        {!isPending && <span>{t('trace.count', { count: entries.length })}</span>}
        {entries.length > 1 && <span>{t('trace.span', { time: format.duration(spanOf(entries)) })}</span>}
        {total > entries.length && <span>{t('trace.more', { total: format.number(total) })}</span>}
        {(!seesAudit || !seesRequests) && <span>{t('trace.left_out')}</span>}
      </div>
      <div className="card overflow-hidden">
        {isPending && <SkeletonRows label={t('common.loading')} />}
        {!isPending && !failed && entries.length === 0 && (
          <EmptyState icon={SearchX} title={t('trace.none')}>
            {t('trace.none_text')}
          </EmptyState>
        )}
        {entries.length > 0 && (
          <Table
            label={t('trace.title')}
            columns={columnsOf({ t, format })}
            rows={entries}
            rowKey={({ key }) => key}
            rowTestId={({ kind }) => `trace-${kind}`}
          />
        )}
      </div>
    </>
  );
}

function columnsOf({ t, format }: Pick<Translation, 't' | 'format'>): Column<TraceEntry>[] {
  return [
    {
      id: 'at',
      header: t('trace.at'),
      cell: ({ at }) => (
        <time dateTime={at} title={format.dateTime(at)} className="whitespace-nowrap text-muted">
          {format.moment(at)}
        </time>
      ),
    },
    {
      id: 'what',
      header: t('trace.what'),
      cell: ({ kind, what, error }) => {
        const Icon = KINDS[kind];
        return (
          <span className="flex items-start gap-2">
            <Icon aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
            <span>
              <code className="font-mono text-xs">{what}</code>
              <span className="block text-xs text-muted">
                {t(`trace.kind_${kind}`)}
                {error !== null && <span className="text-danger"> · {error}</span>}
              </span>
            </span>
          </span>
        );
      },
    },
    { id: 'who', header: t('trace.who'), isSecondary: true, cell: ({ actor }) => <Actor actor={actor} /> },
    { id: 'on', header: t('trace.on'), isSecondary: true, cell: (entry) => <Subject entry={entry} /> },
    {
      id: 'result',
      header: t('trace.result'),
      cell: ({ outcome, kind }) => <Chip {...OUTCOMES[outcome]}>{resultOf({ outcome, kind }, t)}</Chip>,
    },
    {
      id: 'took',
      header: t('trace.took'),
      align: 'end',
      cell: ({ durationMs }) => (durationMs === null ? '–' : format.duration(durationMs)),
    },
  ];
}

function Subject({ entry: { instanceId, subject } }: { entry: TraceEntry }) {
  if (instanceId !== null) {
    return (
      <Link
        to="/instances/$id"
        params={{ id: instanceId }}
        className="block max-w-[22ch] truncate font-mono text-xs text-accent underline-offset-2 hover:underline"
      >
        {instanceId}
      </Link>
    );
  }
  return <span className="block max-w-[22ch] truncate font-mono text-xs">{subject ?? '–'}</span>;
}

function resultOf({ outcome, kind }: Pick<TraceEntry, 'outcome' | 'kind'>, t: Translation['t']): string {
  if (kind === 'audit') return t(outcome === 'ok' ? 'trace.done' : 'trace.denied');
  return t(`action_status.${outcome === 'ok' ? 'succeeded' : outcome === 'failed' ? 'failed' : 'started'}`);
}

function spanOf(entries: readonly TraceEntry[]): number {
  const [first, last] = [entries[0], entries.at(-1)];
  return first && last ? Date.parse(last.at) - Date.parse(first.at) : 0;
}

function actionsOf(id: string) {
  return queryOptions({
    queryKey: ['instances', 'actions', 'trace', id],
    queryFn: ({ signal }) => {
      const query = { correlation_id: id, sort: 'at' as const, limit: LIMIT };
      return answerOf(api.GET('/api/v1/actions', { params: { query }, signal }));
    },
    refetchInterval: pollInterval,
  });
}

function auditOf(id: string) {
  return queryOptions({
    queryKey: ['audit', 'trace', id],
    queryFn: ({ signal }) => {
      const query = { correlation_id: id, sort: 'at' as const, limit: LIMIT };
      return answerOf(api.GET('/api/v1/audit', { params: { query }, signal }));
    },
  });
}

/** Requests of clients, by our id or by the one that they gave. */
function requestsOf(id: string) {
  return queryOptions({
    queryKey: ['usage', 'trace', id],
    queryFn: ({ signal }) => {
      const query = { id, sort: 'started_at' as const, limit: LIMIT };
      return answerOf(api.GET('/api/v1/requests', { params: { query }, signal }));
    },
  });
}
