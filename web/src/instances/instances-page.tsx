import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Rocket, SearchX, Server } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { InstanceView } from '#contracts/instances.ts';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useIsNarrow } from '../shell/use-is-narrow.ts';
import { ListBar } from '../widgets/list-bar.tsx';
import { DeploymentFilter } from './deployment-filter.tsx';
import { InstanceCards } from './instance-cards.tsx';
import { InstanceTable } from './instance-table.tsx';
import { type InstancesSearch, SHOWN } from './instances-search.ts';
import { LazyTerminateDialog } from './lazy-terminate-dialog.tsx';
import { instancesQuery } from './queries.ts';
import { isEnded } from './states.ts';

export function InstancesPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: '/signed-in/instances' });
  const navigate = useNavigate({ from: '/instances' });
  const list = useInfiniteQuery(instancesQuery(search.show === 'ended' || search.show === 'all'));
  const instances = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const shown = useMemo(() => instances.filter((instance) => matches(instance, search)), [instances, search]);
  const change = (part: InstancesSearch) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true, resetScroll: false });
  const showAllDeployments = () =>
    void navigate({ search: ({ deployment: _left, ...rest }) => rest, replace: true, resetScroll: false });

  return (
    <>
      <PageHeader title={t('instances.title')} description={t('instances.text')} />
      <ListBar
        shown={search.show ?? 'running'}
        options={SHOWN.map((value) => ({ value, label: t(`instances.show_${value}`) }))}
        find={search.find}
        onShow={(show) => change({ show })}
        onFind={(find) => change({ find })}
        count={list.data ? t('instances.count', { count: shown.length }) : null}
      >
        {search.deployment !== undefined && (
          <DeploymentFilter id={search.deployment} onClear={showAllDeployments} />
        )}
      </ListBar>
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} className="mb-4" />}
      {list.isPending && (
        <div className="card">
          <SkeletonRows label={t('common.loading')} />
        </div>
      )}
      {list.data && <Listing shown={shown} total={instances.length} search={search} onChange={change} />}
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

interface ListingProps {
  shown: readonly InstanceView[];
  total: number;
  search: InstancesSearch;
  onChange: (part: InstancesSearch) => void;
}

function Listing({ shown, total, search, onChange }: ListingProps) {
  const { t } = useTranslation();
  const isNarrow = useIsNarrow();
  const [leaving, setLeaving] = useState<InstanceView | null>(null);
  if (shown.length === 0) {
    const isFiltered = total > 0 || search.find !== undefined || search.deployment !== undefined;
    return (
      <div className="card">
        <EmptyState
          icon={isFiltered ? SearchX : Server}
          title={t(isFiltered ? 'instances.none_match' : 'instances.none')}
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
          {t(isFiltered ? 'instances.none_match_text' : 'instances.none_text')}
        </EmptyState>
      </div>
    );
  }
  return (
    <>
      {isNarrow ? (
        <InstanceCards instances={shown} onTerminate={setLeaving} />
      ) : (
        <InstanceTable instances={shown} search={search} onSort={onChange} onTerminate={setLeaving} />
      )}
      <LazyTerminateDialog instance={leaving} onClose={() => setLeaving(null)} />
    </>
  );
}

function matches(instance: InstanceView, { show = 'running', find, deployment }: InstancesSearch): boolean {
  if (deployment !== undefined && instance.deployment_id !== deployment) return false;
  if (show !== 'all' && isEnded(instance) !== (show === 'ended')) return false;
  if (find === undefined || find === '') return true;
  const words = [
    instance.name,
    instance.id,
    instance.model,
    instance.provider,
    instance.zone,
    instance.instance_type,
  ];
  return words.join(' ').toLowerCase().includes(find.toLowerCase());
}
