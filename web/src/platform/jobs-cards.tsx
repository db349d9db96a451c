import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { When } from '../widgets/when.tsx';
import { deadJobsQuery, jobCountsQuery } from './queries.ts';

interface JobCounts {
  kind: string;
  due: number;
  running: number;
  waiting: number;
  dead: number;
  oldest_due_seconds: number | null;
}

interface DeadJob {
  kind: string;
  subject_id: string;
  attempts: number;
  last_error: string | null;
  dead_at: string;
}

export function JobsCards() {
  const { t, format } = useTranslation();
  const counts = useQuery(jobCountsQuery);
  const columns: Column<JobCounts>[] = [
    {
      id: 'kind',
      header: t('jobs.kind'),
      cell: ({ kind }) => <code className="font-mono text-xs">{kind}</code>,
    },
    { id: 'due', header: t('jobs.due'), align: 'end', cell: ({ due }) => format.number(due) },
    { id: 'running', header: t('jobs.running'), align: 'end', cell: ({ running }) => format.number(running) },
    {
      id: 'waiting',
      header: t('jobs.waiting'),
      align: 'end',
      isSecondary: true,
      cell: ({ waiting }) => format.number(waiting),
    },
    {
      id: 'dead',
      header: t('jobs.dead'),
      align: 'end',
      cell: ({ dead }) => (
        <span className={dead > 0 ? 'font-semibold text-danger' : ''}>{format.number(dead)}</span>
      ),
    },
    {
      id: 'oldest',
      header: t('jobs.oldest'),
      align: 'end',
      isSecondary: true,
      cell: ({ oldest_due_seconds: seconds }) => (seconds === null ? '–' : format.duration(seconds * 1_000)),
    },
  ];
  return (
    <>
      <DeadJobs />
      <Card isFlush title={t('jobs.title')} note={t('jobs.note')}>
        <Loaded query={counts}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState icon={CircleCheck} title={t('jobs.none')} />
            ) : (
              <Table label={t('jobs.title')} columns={columns} rows={data} rowKey={({ kind }) => kind} />
            )
          }
        </Loaded>
      </Card>
    </>
  );
}

/** Work that failed for good: shown only when there is some, since it waits for a person. */
function DeadJobs() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const dead = useQuery(deadJobsQuery);
  const retry = useMutation({
    mutationFn: ({ kind, subject_id }: DeadJob) =>
      answerOf(api.POST('/api/v1/jobs/dead/retry', { body: { kind, subject_id } })),
    onSuccess: () => toast(t('jobs.retried')),
    onSettled: () => client.invalidateQueries({ queryKey: ['jobs'] }),
  });
  if (!dead.isError && (dead.data?.length ?? 0) === 0) return null;
  const columns: Column<DeadJob>[] = [
    {
      id: 'kind',
      header: t('jobs.kind'),
      cell: ({ kind }) => <code className="font-mono text-xs">{kind}</code>,
    },
    {
      id: 'subject',
      header: t('audit.subject'),
      cell: ({ subject_id: id, last_error: error }) => (
        <>
          <code className="font-mono text-xs break-all">{id}</code>
          {error !== null && (
            <span className="block max-w-[60ch] text-xs break-words text-muted">{error}</span>
          )}
        </>
      ),
    },
    { id: 'at', header: t('jobs.died'), isSecondary: true, cell: ({ dead_at: at }) => <When iso={at} /> },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (job) => (
        <Button
          size="sm"
          aria-label={t('jobs.retry_of', { kind: job.kind, id: job.subject_id })}
          isBusy={retry.isPending && retry.variables === job}
          onClick={() => retry.mutate(job)}
        >
          {t('common.retry')}
        </Button>
      ),
    },
  ];
  return (
    <Card isFlush title={t('jobs.dead_title')} note={t('jobs.dead_note')} className="border-danger/40!">
      {retry.isError && <ErrorState error={retry.error} className="mx-4 mb-4" />}
      <Loaded query={dead}>
        {(data) => (
          <Table
            label={t('jobs.dead_title')}
            columns={columns}
            rows={data}
            rowKey={({ kind, subject_id: id }) => `${kind} ${id}`}
          />
        )}
      </Loaded>
    </Card>
  );
}
