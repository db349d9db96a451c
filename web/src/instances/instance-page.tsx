import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronLeft, MessageSquareText, Power } from 'lucide-react';
import { useState } from 'react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { Button, buttonClass } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { CopyButton } from '../widgets/copy-button.tsx';
import { ActionLog } from './action-log.tsx';
import { DeploymentLink } from './deployment-link.tsx';
import { InstanceCosts } from './instance-costs.tsx';
import { InstanceFacts } from './instance-facts.tsx';
import { InstanceHistory } from './instance-history.tsx';
import { LazyTerminateDialog } from './lazy-terminate-dialog.tsx';
import { MetricsPanel } from './metrics-panel.tsx';
import { instanceQuery } from './queries.ts';
import { StageTimeline } from './stage-timeline.tsx';
import { StateChip } from './state-chip.tsx';
import { StateReason } from './state-reason.tsx';
import { isTerminable } from './states.ts';
import { VolumesCard } from './volumes-card.tsx';

export function InstancePage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: '/signed-in/instances/$id' });
  const instance = useQuery(instanceQuery(id));
  return (
    <>
      <Link
        to="/instances"
        className="mb-3 -ml-1 inline-flex h-7 w-fit items-center gap-1 rounded-sm pr-2 text-sm text-muted hover:text-text"
      >
        <ChevronLeft aria-hidden className="size-4" />
        {t('instances.title')}
      </Link>
      {!instance.data && <PageHeader title={t('instance.one')} />}
      {instance.isError && (
        <ErrorState error={instance.error} onRetry={() => void instance.refetch()} className="mb-4" />
      )}
      {instance.isPending && (
        <div className="flex flex-col gap-4" role="status" aria-label={t('common.loading')}>
          <Skeleton className="h-8 w-72" />
          <Skeleton className="h-24" />
          <Skeleton className="h-64" />
        </div>
      )}
      {instance.data && <Content instance={instance.data} />}
    </>
  );
}

function Content({ instance }: { instance: InstanceDetail }) {
  return (
    <>
      <Head instance={instance} />
      <div className="flex min-w-0 flex-col gap-5">
        <StateReason instance={instance} />
        <InstanceFacts instance={instance} />
        <StageTimeline instance={instance} />
        <MetricsPanel instance={instance} />
        <div className="grid gap-5 min-[1560px]:grid-cols-2">
          <InstanceCosts instance={instance} />
          <VolumesCard volumes={instance.volumes} />
        </div>
        <InstanceHistory history={instance.history} />
        <ActionLog instanceId={instance.id} />
      </div>
    </>
  );
}

function Head({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  const [isLeaving, setLeaving] = useState(false);
  return (
    <>
      <PageHeader
        title={instance.name}
        description={
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <StateChip instance={instance} />
            <span className="text-text">{instance.model}</span>
            {instance.deployment_id !== null && <DeploymentLink id={instance.deployment_id} />}
            <span className="flex items-center font-mono text-xs">
              {instance.id}
              <CopyButton text={instance.id} label={t('instance.copy_id')} />
            </span>
          </div>
        }
        actions={
          <>
            {instance.state === 'ready' && (
              <Link to="/chat" search={{ model: instance.model }} className={buttonClass()}>
                <MessageSquareText aria-hidden className="size-4" />
                {t('instance.chat')}
              </Link>
            )}
            {isTerminable(instance) && (
              <Button
                icon={<Power aria-hidden className="size-4 text-danger" />}
                data-testid={`terminate-${instance.id}`}
                onClick={() => setLeaving(true)}
              >
                {t('terminate.open')}
              </Button>
            )}
          </>
        }
      />
      <LazyTerminateDialog instance={isLeaving ? instance : null} onClose={() => setLeaving(false)} />
    </>
  );
}
