import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Layers, Rocket, SearchX } from 'lucide-react';
import { useState } from 'react';
import type { DeploymentView } from '#contracts/management.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { SHOWN } from '../instances/instances-search.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useIsNarrow } from '../shell/use-is-narrow.ts';
import { ListBar } from '../widgets/list-bar.tsx';
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
      <ListBar
        shown={search.show ?? 'running'}
        options={SHOWN.map((value) => ({ value, label: t(`deployments.show_${value}`) }))}
        find={search.find}
        onShow={(show) => change({ show })}
        onFind={(find) => change({ find })}
        count={list.data ? t('deployments.count', { count: shown.length }) : null}
      />
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
