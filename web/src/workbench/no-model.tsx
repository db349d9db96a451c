import { type UseQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Hourglass, MessageSquareText, Rocket } from 'lucide-react';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { Button } from '../design/button.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { InstanceProgress } from '../instances/instance-progress.tsx';
import { instancesQuery } from '../instances/queries.ts';
import { phaseOf } from '../instances/states.ts';

/** What stands instead of a conversation while nothing answers: the start in progress, or the way to one. */
export function NoModel({ served }: { served: UseQueryResult<string[]> }) {
  const { t } = useTranslation();
  const instances = useInfiniteQuery(instancesQuery());
  const starting =
    instances.data?.pages.flatMap((page) => page.data).filter((entry) => phaseOf(entry) === 'starting') ?? [];
  if (served.isError) {
    return (
      <div className="flex flex-1 flex-col justify-center">
        <ErrorState error={served.error} onRetry={() => void served.refetch()} />
      </div>
    );
  }
  if (served.isPending || instances.isPending) return <Skeleton className="my-6 h-40" />;
  return (
    <div className="flex flex-1 flex-col justify-center">
      {starting.length > 0 ? (
        <>
          <EmptyState icon={Hourglass} title={t('chat.starting')}>
            {t('chat.starting_text')}
          </EmptyState>
          <ul className="mx-auto mb-8 flex w-full max-w-[460px] flex-col gap-3">
            {starting.slice(0, 4).map((instance) => (
              <li key={instance.id} className="card p-4">
                <Link
                  to="/instances/$id"
                  params={{ id: instance.id }}
                  className="mb-2 block truncate font-medium hover:underline"
                >
                  {instance.model}
                </Link>
                <InstanceProgress instance={instance} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <EmptyState
          icon={MessageSquareText}
          title={t('chat.no_model')}
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
          {t('chat.no_model_text')}
        </EmptyState>
      )}
    </div>
  );
}
