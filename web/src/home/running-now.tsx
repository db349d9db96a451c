import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Rocket, Server } from 'lucide-react';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { InstanceProgress } from '../instances/instance-progress.tsx';
import { instancesQuery } from '../instances/queries.ts';
import { StateChip } from '../instances/state-chip.tsx';
import { isEnded, phaseOf } from '../instances/states.ts';

const SHOWN_MAX = 6;

/** The machines we pay for now, those in motion first. */
export function RunningNow() {
  const { t, format } = useTranslation();
  const list = useInfiniteQuery(instancesQuery());
  const running =
    list.data?.pages.flatMap((page) => page.data).filter((instance) => !isEnded(instance)) ?? [];
  const shown = running
    .toSorted((a, b) => Number(phaseOf(a) === 'serving') - Number(phaseOf(b) === 'serving'))
    .slice(0, SHOWN_MAX);
  return (
    <Card
      isFlush
      title={t('home.running')}
      actions={
        running.length > 0 && (
          <Link
            to="/instances"
            className="text-sm font-medium text-accent underline-offset-2 hover:underline"
          >
            {t('home.all_instances', { count: running.length })}
          </Link>
        )
      }
    >
      {list.isError && (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} className="m-4 mt-0" />
      )}
      {list.isPending && <SkeletonRows count={3} label={t('common.loading')} />}
      {list.data && shown.length === 0 && (
        <EmptyState
          icon={Server}
          title={t('instances.none')}
          action={
            <Button icon={<Rocket aria-hidden className="size-4" />} onClick={() => requestDeploy()}>
              {t('deploy.open')}
            </Button>
          }
        >
          {t('instances.none_text')}
        </EmptyState>
      )}
      <ul>
        {shown.map((instance) => (
          <li key={instance.id} className="border-t border-border px-4 py-3 first:border-0">
            <div className="flex items-center gap-3">
              <div className="min-w-0 flex-1">
                <Link
                  to="/instances/$id"
                  params={{ id: instance.id }}
                  className="block truncate font-medium hover:underline"
                >
                  {instance.name}
                </Link>
                <p className="tabular truncate text-xs text-muted">
                  {instance.model} ·{' '}
                  {instance.price_micros_per_hour === null
                    ? t('price.unknown')
                    : `${format.unitPrice(instance.price_micros_per_hour)}${t('unit.per_hour')}`}
                </p>
              </div>
              <StateChip instance={instance} />
            </div>
            {phaseOf(instance) === 'starting' && <InstanceProgress instance={instance} className="mt-2" />}
          </li>
        ))}
      </ul>
    </Card>
  );
}
