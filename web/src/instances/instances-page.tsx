import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Rocket, Search, SearchX, Server } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { InstanceView } from '#contracts/instances.ts';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useIsNarrow } from '../shell/use-is-narrow.ts';
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
      <div className="mb-4 flex flex-wrap items-center gap-3">
        <Segmented
          label={t('instances.show')}
          value={search.show ?? 'running'}
          options={SHOWN.map((value) => ({ value, label: t(`instances.show_${value}`) }))}
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
        {search.deployment !== undefined && (
          <DeploymentFilter id={search.deployment} onClear={showAllDeployments} />
        )}
        {list.data && (
          <span className="tabular text-sm text-muted sm:ml-auto" role="status">
            {t('instances.count', { count: shown.length })}
          </span>
        )}
      </div>
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
