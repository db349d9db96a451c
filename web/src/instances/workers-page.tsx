import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Ban, Bot, Cable, CircleCheck, Clock, RefreshCw, Router, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import type { infer as Infer } from 'zod';
import type { workerSchema } from '#contracts/instances.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useNow } from '../shell/use-now.ts';
import { CopyButton } from '../widgets/copy-button.tsx';
import { ListBar } from '../widgets/list-bar.tsx';
import { useSettled } from '../widgets/use-settled.ts';
import { StateChip } from './state-chip.tsx';
import { workersQuery } from './workers-query.ts';
import { WORKERS_SHOWN, type WorkersSearch } from './workers-search.ts';

export type Worker = Infer<typeof workerSchema>;
type Layer = 'reinstall' | 'revoke' | 'terms';

const WorkerLayer = lazy(() =>
  import('./worker-layer.tsx').then((module) => ({ default: module.WorkerLayer })),
);

/** The agents on all machines: their builds, when they were heard, and what can be done about them. */
export function WorkersPage() {
  const { t, format } = useTranslation();
  const search = useSearch({ from: '/signed-in/workers' });
  const navigate = useNavigate({ from: '/workers' });
  const isWriter = useIsAllowed('instances.write');
  const nowMs = useNow(10_000);
  const find = useSettled(search.find);
  const list = useInfiniteQuery(workersQuery({ ...search, ...(find ? { find } : {}) }));
  const [layer, setLayer] = useState<{ kind: Layer; worker: Worker } | null>(null);
  const change = (part: WorkersSearch) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false });
  const workers = list.data?.pages.flatMap((page) => page.data) ?? [];
  const total = list.data?.pages[0]?.total;
  const open = isWriter ? (kind: Layer, worker: Worker) => setLayer({ kind, worker }) : null;
  return (
    <>
      <PageHeader
        title={t('workers.title')}
        description={
          <>
            {t('workers.text')} <Expected worker={workers[0]} />
          </>
        }
      />
      <ListBar
        shown={search.show ?? 'all'}
        options={WORKERS_SHOWN.map((value) => ({ value, label: t(`workers.show_${value}`) }))}
        find={search.find}
        findLabel={t('workers.find')}
        onShow={(show) => change({ show })}
        onFind={(text) => change({ find: text })}
        count={total === undefined ? null : t('workers.count', { count: total })}
      />
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} className="mb-4" />}
      <div className="card overflow-hidden">
        {list.isPending && <SkeletonRows label={t('common.loading')} />}
        {list.data && workers.length === 0 && <Nothing isOutdated={search.show === 'outdated' && !find} />}
        {workers.length > 0 && (
          <Table
            label={t('workers.title')}
            columns={columnsOf({ t, format }, nowMs, open)}
            rows={workers}
            rowKey={(worker) => worker.instance_id}
            rowTestId={(worker) => `worker-${worker.instance_id}`}
          />
        )}
      </div>
      {list.hasNextPage && (
        <Button
          className="mt-4 self-center"
          isBusy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('common.load_more')}
        </Button>
      )}
      {layer && (
        <Suspense fallback={null}>
          <WorkerLayer {...layer} onClose={() => setLayer(null)} />
        </Suspense>
      )}
    </>
  );
}

function Expected({ worker }: { worker: Worker | undefined }) {
  const { t } = useTranslation();
  if (!worker) return null;
  return worker.expected_version === null
    ? t('workers.expected_none')
    : `${t('workers.expected', { version: `${worker.expected_version} (${shortSum(worker.expected_sha256)})` })}.`;
}

function Nothing({ isOutdated }: { isOutdated: boolean }) {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={isOutdated ? CircleCheck : Bot}
      title={t(isOutdated ? 'workers.none_outdated' : 'workers.none')}
    >
      {t(isOutdated ? 'workers.none_outdated_text' : 'workers.none_text')}
    </EmptyState>
  );
}

function columnsOf(
  { t, format }: Pick<Translation, 't' | 'format'>,
  nowMs: number,
  onOpen: ((kind: Layer, worker: Worker) => void) | null,
): Column<Worker>[] {
  return [
    {
      id: 'machine',
      header: t('workers.machine'),
      cell: (worker) => (
        <>
          <Link
            to="/instances/$id"
            params={{ id: worker.instance_id }}
            className="block font-medium whitespace-nowrap hover:underline"
          >
            {worker.instance}
          </Link>
          <span className="mt-0.5 block">
            <StateChip instance={{ id: worker.instance_id, state: worker.state }} />
          </span>
        </>
      ),
    },
    { id: 'version', header: t('workers.version'), cell: (worker) => <Build worker={worker} /> },
    {
      id: 'heard',
      header: t('workers.heard'),
      cell: ({ last_seen_at: at }) =>
        at === null ? (
          <span className="text-muted">{t('workers.never')}</span>
        ) : (
          <time dateTime={at} title={format.dateTime(at)} className="whitespace-nowrap">
            {format.ago(at, nowMs)}
          </time>
        ),
    },
    {
      id: 'reach',
      header: t('workers.reach'),
      isSecondary: true,
      cell: (worker) => <Reach worker={worker} />,
    },
    {
      id: 'token',
      header: t('workers.token'),
      isSecondary: true,
      cell: (worker) => (
        <>
          <span className="block whitespace-nowrap">
            {worker.token_issued_at === null
              ? '–'
              : t('workers.token_age', { ago: format.ago(worker.token_issued_at, nowMs) })}
          </span>
          <span className="block text-xs whitespace-nowrap text-muted">
            {t('workers.epoch', { number: worker.epoch })}
          </span>
        </>
      ),
    },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (worker) => onOpen && <Actions worker={worker} onOpen={onOpen} />,
    },
  ];
}

function Build({ worker }: { worker: Worker }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="flex items-center gap-2 whitespace-nowrap">
        {worker.version ?? '–'}
        {worker.is_revoked ? (
          <Chip tone="danger" icon={Ban}>
            {t('workers.revoked')}
          </Chip>
        ) : worker.is_outdated ? (
          <Chip tone="warn" icon={TriangleAlert} testId="worker-is-outdated">
            {t('workers.outdated')}
          </Chip>
        ) : (
          worker.sha256 !== null &&
          worker.expected_sha256 !== null && (
            <Chip tone="ok" icon={CircleCheck}>
              {t('workers.current')}
            </Chip>
          )
        )}
      </span>
      {worker.sha256 !== null && (
        <span className="flex items-center font-mono text-xs text-muted" title={worker.sha256}>
          {shortSum(worker.sha256)}
          <CopyButton text={worker.sha256} label={t('workers.copy_checksum')} />
        </span>
      )}
    </>
  );
}

function Reach({ worker }: { worker: Worker }) {
  const { t } = useTranslation();
  const Icon = worker.reach === 'tunnel' ? Cable : Router;
  return (
    <span
      className="flex items-center gap-1.5 whitespace-nowrap"
      title={worker.reach === 'tunnel' ? t('workers.reach_tunnel_hint') : undefined}
    >
      <Icon aria-hidden className="size-4 text-muted" />
      {t(`workers.reach_${worker.reach}`)}
    </span>
  );
}

function Actions({ worker, onOpen }: { worker: Worker; onOpen: (kind: Layer, worker: Worker) => void }) {
  const { t } = useTranslation();
  const canReinstall =
    worker.is_revoked ||
    ['starting', 'ready', 'unavailable', 'worker_dead', 'startup_failed'].includes(worker.state);
  return (
    <span className="flex justify-end gap-0.5">
      <IconButton
        isCompact
        label={t('workers.terms')}
        icon={<Clock className="size-4" />}
        data-testid={`terms-${worker.instance_id}`}
        onClick={() => onOpen('terms', worker)}
      />
      {canReinstall && (
        <IconButton
          isCompact
          label={t(worker.is_outdated ? 'workers.upgrade' : 'workers.reinstall')}
          icon={<RefreshCw className="size-4" />}
          onClick={() => onOpen('reinstall', worker)}
        />
      )}
      {!worker.is_revoked && (
        <IconButton
          isCompact
          label={t('workers.revoke')}
          icon={<Ban className="size-4" />}
          data-testid={`revoke-${worker.instance_id}`}
          onClick={() => onOpen('revoke', worker)}
        />
      )}
    </span>
  );
}

function shortSum(sha256: string | null): string {
  return sha256 === null ? '–' : sha256.slice(0, 12);
}
