import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Layers, Rocket, Search, SearchX } from 'lucide-react';
import { useState } from 'react';
import type { DeploymentView } from '#contracts/management.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { SHOWN } from '../instances/instances-search.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useIsNarrow } from '../shell/use-is-narrow.ts';
import { requestDeploy } from './deploy-request.ts';
import { DeploymentCards } from './deployment-cards.tsx';
import { DeploymentTable } from './deployment-table.tsx';
import type { DeploymentsSearch } from './deployments-search.ts';
import { EndDialog } from './end-dialog.tsx';
import { deploymentListQuery } from './queries.ts';

/** What was deployed, each with all its machines: seen and ended as one. */
export function DeploymentsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/deployments' });
  const navigate = useNavigate({ from: '/deployments' });
  const list = useInfiniteQuery(deploymentListQuery(search.show === 'ended' || search.show === 'all'));
  const deployments = list.data?.pages.flatMap((page) => page.data) ?? [];
  const shown = deployments.filter((deployment) => matches(deployment, search));
  const change = (part: DeploymentsSearch) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false });
  return (
    <>
      <PageHeader title={t('deployments.title')} description={t('deployments.text')} />
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <Segmented
          label={t('instances.show')}
          value={search.show ?? 'running'}
          options={SHOWN.map((value) => ({ value, label: t(`deployments.show_${value}`) }))}
          onChange={(show) => change({ show })}
        />
        <label className="relative w-full sm:w-64">
          <span className="sr-only">{t('instances.find')}</span>
          <Search aria-hidden className="absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-muted" />
          <input
            type="search"
            className="control pl-8!"
            placeholder={t('instances.find')}
            defaultValue={search.find ?? ''}
            onChange={(event) => change({ find: event.target.value })}
          />
        </label>
        {list.data && (
          <span className="tabular text-sm text-muted sm:ml-auto" role="status">
            {t('deployments.count', { count: shown.length })}
          </span>
        )}
      </div>
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} className="mb-4" />}
      {list.isPending && (
        <div className="card">
          <SkeletonRows label={t('common.loading')} />
        </div>
      )}
      {list.data && shown.length === 0 && (
        <Nothing isFiltered={deployments.length > 0 || search.find !== undefined} />
      )}
      {shown.length > 0 && <Listing shown={shown} />}
      {list.hasNextPage && (
        <Button
          className="mt-4 self-center"
          isBusy={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('common.load_more')}
        </Button>
      )}
    </>
  );
}

function Listing({ shown }: { shown: readonly DeploymentView[] }) {
  const isNarrow = useIsNarrow();
  const [endingId, setEndingId] = useState<string | null>(null);
  const ending = shown.find((deployment) => deployment.id === endingId);
  const List = isNarrow ? DeploymentCards : DeploymentTable;
  return (
    <>
      <List deployments={shown} onEnd={(deployment) => setEndingId(deployment.id)} />
      {ending && <EndDialog deployment={ending} onClose={() => setEndingId(null)} />}
    </>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
  return (
    <div className="card">
      <EmptyState
        icon={isFiltered ? SearchX : Layers}
        title={t(isFiltered ? 'instances.none_match' : 'deployments.none')}
        action={
          <Button
            variant="primary"
            icon={<Rocket aria-hidden className="size-4" />}
            onClick={() => requestDeploy()}
          >
            {t('deploy.open')}
          </Button>
        }
      >
        {t(isFiltered ? 'deployments.none_match_text' : 'instances.none_text')}
      </EmptyState>
    </div>
  );
}

function matches(deployment: DeploymentView, { show = 'running', find }: DeploymentsSearch): boolean {
  if (show !== 'all' && (deployment.status === 'terminated') !== (show === 'ended')) return false;
  if (find === undefined || find === '') return true;
  const { id, name, model, provider, zone, instance_type } = deployment;
  return [id, name, model, provider, zone, instance_type]
    .join(' ')
    .toLowerCase()
    .includes(find.toLowerCase());
}
