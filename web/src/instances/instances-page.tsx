import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Rocket, SearchX, Server } from 'lucide-react';
import { useState } from 'react';
import type { InstanceState, InstanceView } from '#contracts/instances.ts';
import { catalogueProvidersQuery } from '../catalog/queries.ts';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Select } from '../design/field.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { useIsNarrow } from '../shell/use-is-narrow.ts';
import { FilterChip } from '../widgets/filter-chip.tsx';
import { ListBar } from '../widgets/list-bar.tsx';
import { SavedViewsMenu } from '../widgets/saved-views-menu.tsx';
import { useSettled } from '../widgets/use-settled.ts';
import { DeploymentFilter } from './deployment-filter.tsx';
import { InstanceCards } from './instance-cards.tsx';
import { InstanceTable } from './instance-table.tsx';
import { type InstancesSearch, isFiltered, readInstancesSearch, SHOWN, wishOf } from './instances-search.ts';
import { LazyTerminateDialog } from './lazy-terminate-dialog.tsx';
import { firstIndexOf, instanceListQuery } from './queries.ts';
import { STATE_LOOKS } from './states.ts';

type Change = (part: { [K in keyof InstancesSearch]: InstancesSearch[K] | undefined }) => void;

/** All machines of the organisation, as the server filters, orders and counts them. */
export function InstancesPage() {
  const { t, format } = useTranslation();
  const search = useSearch({ from: '/signed-in/instances' });
  const navigate = useNavigate({ from: '/instances' });
  const list = useInstanceList(search);
  const change: Change = (part) =>
    void navigate({
      search: (old) => readInstancesSearch({ ...old, ...part }),
      replace: true,
      resetScroll: false,
    });
  const total = list.data?.pages[0]?.total;

  return (
    <>
      <PageHeader title={t('instances.title')} description={t('instances.text')} />
      <ListBar
        shown={search.show ?? 'running'}
        options={SHOWN.map((value) => ({ value, label: t(`instances.show_${value}`) }))}
        find={search.find}
        onShow={(show) => change({ show, state: undefined })}
        onFind={(text) => change({ find: text })}
        count={
          total === undefined ? null : t('instances.count_of', { count: total, number: format.number(total) })
        }
      >
        <Filters search={search} onChange={change} />
        <SavedViewsMenu
          list="instances"
          search={{ ...search }}
          onApply={(view) =>
            void navigate({ search: readInstancesSearch(view), replace: true, resetScroll: false })
          }
        />
      </ListBar>
      {list.isError && <ErrorState error={list.error} onRetry={() => void list.refetch()} className="mb-4" />}
      {list.isPending && (
        <div className="card">
          <SkeletonRows label={t('common.loading')} />
        </div>
      )}
      {list.data && <Listing list={list} search={search} onChange={change} />}
    </>
  );
}

interface PartProps {
  search: InstancesSearch;
  onChange: Change;
}

const CHIPS = ['zone', 'instance_type', 'model', 'project_id'] as const;

function Filters({ search, onChange }: PartProps) {
  const { t } = useTranslation();
  const providers = useQuery(catalogueProvidersQuery);
  const states = (Object.keys(STATE_LOOKS) as InstanceState[]).filter((state) => {
    if (search.show === 'all') return true;
    return (STATE_LOOKS[state].phase === 'ended') === (search.show === 'ended');
  });
  return (
    <>
      <Select
        className="w-40"
        aria-label={t('filter.state')}
        data-testid="filter-state"
        value={search.state ?? ''}
        onChange={(event) => onChange({ state: states.find((state) => state === event.target.value) })}
      >
        <option value="">{t('filter.all_states')}</option>
        {states.map((state) => (
          <option key={state} value={state}>
            {t(`state.${state}`)}
          </option>
        ))}
      </Select>
      <Select
        className="w-44"
        aria-label={t('filter.provider')}
        value={search.provider ?? ''}
        onChange={(event) => onChange({ provider: event.target.value })}
      >
        <option value="">{t('filter.all_providers')}</option>
        {providers.data?.map(({ provider, name }) => (
          <option key={provider} value={provider}>
            {name}
          </option>
        ))}
      </Select>
      {search.deployment !== undefined && (
        <DeploymentFilter id={search.deployment} onClear={() => onChange({ deployment: undefined })} />
      )}
      {CHIPS.map((name) => {
        const value = search[name];
        return (
          value !== undefined && (
            <FilterChip
              key={name}
              text={t(`filter.${name}`, { value })}
              onClear={() => onChange({ [name]: undefined })}
              testId={`filter-${name}`}
            />
          )
        );
      })}
    </>
  );
}

type InstanceList = ReturnType<typeof useInstanceList>;

function useInstanceList(search: InstancesSearch) {
  const find = useSettled(search.find);
  const { find: _typed, ...rest } = search;
  return useInfiniteQuery(instanceListQuery(wishOf(find ? { ...rest, find } : rest)));
}

function Listing({ list, search, onChange }: PartProps & { list: InstanceList }) {
  const isNarrow = useIsNarrow();
  const [leaving, setLeaving] = useState<InstanceView | null>(null);
  const instances = list.data?.pages.flatMap((page) => page.data) ?? [];
  const firstIndex = firstIndexOf(list.data?.pageParams);
  if (instances.length === 0) return <Nothing isFiltered={isFiltered(search)} />;
  return (
    <>
      {isNarrow ? (
        <InstanceCards instances={instances} onTerminate={setLeaving} />
      ) : (
        <InstanceTable
          instances={instances}
          firstIndex={firstIndex}
          total={list.data?.pages[0]?.total ?? instances.length}
          search={search}
          onSort={onChange}
          onNear={(edge) => {
            if (list.isFetching) return;
            if (edge === 'end' && list.hasNextPage) void list.fetchNextPage();
            if (edge === 'start' && list.hasPreviousPage) void list.fetchPreviousPage();
          }}
          onTerminate={setLeaving}
        />
      )}
      {isNarrow && <CardPages list={list} />}
      <LazyTerminateDialog instance={leaving} onClose={() => setLeaving(null)} />
    </>
  );
}

/** On a phone pages are turned, since cards of any height cannot be drawn as they come into view. */
function CardPages({ list }: { list: InstanceList }) {
  const { t } = useTranslation();
  return (
    <div className="mt-4 flex justify-center gap-2">
      {list.hasPreviousPage && (
        <Button isBusy={list.isFetchingPreviousPage} onClick={() => void list.fetchPreviousPage()}>
          {t('list.earlier')}
        </Button>
      )}
      {list.hasNextPage && (
        <Button isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('common.load_more')}
        </Button>
      )}
    </div>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation();
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
