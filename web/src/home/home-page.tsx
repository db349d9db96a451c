import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ArrowDownUp, Euro, MessagesSquare, Server } from 'lucide-react';
import { deploymentsQuery } from '../deployments/queries.ts';
import { ErrorState } from '../design/error-state.tsx';
import { Tile } from '../design/tile.tsx';
import { Amount, PerHour } from '../finops/cost-tiles.tsx';
import { costSummaryQuery, usageSummaryQuery } from '../finops/queries.ts';
import { useCostsNow } from '../finops/use-costs-now.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { instancesQuery } from '../instances/queries.ts';
import { phaseOf } from '../instances/states.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { Checklist } from './checklist.tsx';
import { RecentEvents } from './recent-events.tsx';
import { RunningNow } from './running-now.tsx';

/** How things stand, in four figures; the first steps until they are taken; what happened last. */
export function HomePage() {
  const { t } = useTranslation();
  const { user, organisation } = useSession();
  const costs = useQuery(costSummaryQuery);
  const deployments = useQuery(deploymentsQuery);
  // Nothing was ever deployed: the checklist alone says what to do.
  const isFresh = deployments.data?.length === 0;
  return (
    <>
      <PageHeader
        title={t('home.title', { name: user.username })}
        tabTitle={t('nav.home')}
        description={t('home.text', { organisation: organisation.name })}
      />
      <div className="flex flex-col gap-5">
        {costs.isError && <ErrorState error={costs.error} onRetry={() => void costs.refetch()} />}
        <Tiles />
        <Checklist />
        {!isFresh && (
          <div className="grid gap-5 xl:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
            <RunningNow />
            <RecentEvents />
          </div>
        )}
      </div>
    </>
  );
}

function Tiles() {
  const { t, format } = useTranslation();
  const { costs, isPending: isCostPending } = useCostsNow();
  const { data: usage, isPending: isUsagePending } = useQuery(usageSummaryQuery);
  const { data: list, isPending: isListPending } = useInfiniteQuery(instancesQuery());
  const phases = list?.pages.flatMap((page) => page.data).map(phaseOf) ?? [];
  const count = (phase: (typeof phases)[number]) => phases.filter((entry) => entry === phase).length;
  return (
    <div className="grid grid-cols-2 gap-3 md:gap-4 xl:grid-cols-4">
      <Tile
        icon={Euro}
        label={t('costs.now')}
        isLoading={isCostPending}
        testId="cost-tile-now"
        value={costs && <PerHour micros={costs.micros_per_hour} />}
        note={
          costs && (
            <>
              {t('home.cumulative')}{' '}
              <span className="font-medium text-text" data-testid="cost-tile-cumulative">
                <Amount micros={costs.cumulative_micros} />
              </span>
            </>
          )
        }
      />
      <Tile
        icon={Server}
        label={t('home.instances')}
        isLoading={isListPending}
        value={list && t('home.ready', { count: count('serving') })}
        note={list && t('home.starting_broken', { starting: count('starting'), broken: count('broken') })}
      />
      <Tile
        icon={MessagesSquare}
        label={t('home.requests')}
        isLoading={isUsagePending}
        value={usage && format.number(usage.requests)}
        note={usage && t('home.all_time')}
      />
      <Tile
        icon={ArrowDownUp}
        label={t('home.tokens')}
        isLoading={isUsagePending}
        value={usage && format.compact(usage.prompt_tokens + usage.completion_tokens)}
        note={
          usage &&
          t('home.in_out', {
            input: format.number(usage.prompt_tokens),
            output: format.number(usage.completion_tokens),
          })
        }
      />
    </div>
  );
}
