import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { ChevronLeft, Pause } from 'lucide-react';
import type { InstanceDetail } from '#contracts/instances.ts';
import { InstanceAlerts } from '../alerts/instance-alerts.tsx';
import { Chip } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { ActivationNotice } from '../identity/activation/activation-notice.tsx';
import { useIsAllowed } from '../identity/session.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { CopyButton } from '../widgets/copy-button.tsx';
import { AccessCard } from './access-card.tsx';
import { ActionLog } from './action-log.tsx';
import { DeploymentLink } from './deployment-link.tsx';
import { EngineCard } from './engine-card.tsx';
import { InstanceActions } from './instance-actions.tsx';
import { InstanceCosts } from './instance-costs.tsx';
import { InstanceFacts } from './instance-facts.tsx';
import { InstanceHistory } from './instance-history.tsx';
import { InstanceTabs } from './instance-tabs.tsx';
import { LogsPanel } from './logs-panel.tsx';
import { MetricsPanel } from './metrics-panel.tsx';
import { hasOfferStory, OffersCard } from './offers-card.tsx';
import { instanceQuery } from './queries.ts';
import { ReinstallCard } from './reinstall-card.tsx';
import { StageTimeline } from './stage-timeline.tsx';
import { StateChip } from './state-chip.tsx';
import { StateReason } from './state-reason.tsx';
import { TermsCard } from './terms-card.tsx';
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
  const areLogsShown = useIsAllowed('instances.logs');
  const { tab = 'overview' } = useSearch({ from: '/signed-in/instances/$id' });
  return (
    <>
      <Head instance={instance} />
      {areLogsShown && <InstanceTabs id={instance.id} current={tab} />}
      {areLogsShown && tab === 'logs' ? <LogsPanel instance={instance} /> : <Overview instance={instance} />}
    </>
  );
}

function Overview({ instance }: { instance: InstanceDetail }) {
  return (
    <div className="flex min-w-0 flex-col gap-5">
      <StateReason instance={instance} />
      <ActivationNotice kind="instance" id={instance.id} activation={instance.activation} />
      <InstanceAlerts instanceId={instance.id} />
      <InstanceFacts instance={instance} />
      <StageTimeline instance={instance} />
      {instance.reinstall && <ReinstallCard reinstall={instance.reinstall} />}
      {hasOfferStory(instance) && <OffersCard instance={instance} />}
      {instance.engine && <EngineCard engine={instance.engine} />}
      <MetricsPanel instance={instance} />
      <div className="grid gap-5 min-[1560px]:grid-cols-2">
        <InstanceCosts instance={instance} />
        <VolumesCard instance={instance} />
      </div>
      <div className="grid gap-5 min-[1560px]:grid-cols-2">
        <TermsCard instance={instance} />
        <AccessCard instance={instance} />
      </div>
      <InstanceHistory history={instance.history} />
      <ActionLog instanceId={instance.id} />
    </div>
  );
}

function Head({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  return (
    <PageHeader
      title={instance.name}
      description={
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <StateChip instance={instance} />
          {instance.is_drained && (
            <Chip tone="warn" icon={Pause} testId="is-drained">
              {t('instance.drained')}
            </Chip>
          )}
          <span className="text-text">{instance.model}</span>
          {instance.deployment_id !== null && <DeploymentLink id={instance.deployment_id} />}
          <span className="flex items-center font-mono text-xs">
            {instance.id}
            <CopyButton text={instance.id} label={t('instance.copy_id')} />
          </span>
        </div>
      }
      actions={<InstanceActions instance={instance} />}
    />
  );
}
