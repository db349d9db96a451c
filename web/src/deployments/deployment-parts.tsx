import { Link } from '@tanstack/react-router';
import { Power } from 'lucide-react';
import type { DeploymentView } from '#contracts/management.ts';
import { IconButton } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { classNames } from '../design/class-names.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { HEALTH_LOOKS, healthOf } from './deployment-health.ts';
import { pricePerHour } from './deployment-money.ts';

export interface DeploymentListProps {
  deployments: readonly DeploymentView[];
  onEnd: (deployment: DeploymentView) => void;
}

/** The name leads to its machines. */
export function NameLink({ deployment, className }: { deployment: DeploymentView; className?: string }) {
  const show = deployment.status === 'terminated' ? ({ show: 'ended' } as const) : {};
  return (
    <Link
      to="/instances"
      search={{ deployment: deployment.id, ...show }}
      className={classNames('block truncate font-medium hover:underline', className)}
    >
      {deployment.name}
    </Link>
  );
}

export function HealthChip({ deployment }: { deployment: DeploymentView }) {
  const { t } = useTranslation();
  const { tone, icon, words, isWorking = false } = HEALTH_LOOKS[healthOf(deployment)];
  return (
    <Chip tone={tone} icon={icon} isWorking={isWorking} testId={`deployment-health-${deployment.id}`}>
      {t(words)}
    </Chip>
  );
}

export function ReadyCount({ deployment }: { deployment: DeploymentView }) {
  const { t } = useTranslation();
  const { ready_replicas: ready, replicas: total } = deployment;
  return (
    <span className="tabular whitespace-nowrap" data-testid={`deployment-ready-${deployment.id}`}>
      <span aria-hidden>
        {ready}/{total}
      </span>
      <span className="sr-only">{t('deployment.ready_of', { ready, total })}</span>
    </span>
  );
}

export function Price({ deployment }: { deployment: DeploymentView }) {
  const { t, format } = useTranslation();
  const price = pricePerHour(deployment);
  return price === null ? t('price.unknown_short') : format.unitPrice(price);
}

interface EndButtonProps {
  deployment: DeploymentView;
  onEnd: (deployment: DeploymentView) => void;
  className?: string;
}

export function EndButton({ deployment, onEnd, className }: EndButtonProps) {
  const { t } = useTranslation();
  if (deployment.status !== 'active') return null;
  return (
    <IconButton
      isCompact
      label={t('end.of', { name: deployment.name })}
      icon={<Power className="size-4" />}
      className={classNames('hover:text-danger', className)}
      data-testid={`end-deployment-${deployment.id}`}
      onClick={() => onEnd(deployment)}
    />
  );
}

/** Its dates in the form that `Age` reads: it is as old as it got when its last machine went. */
export function lifeOf({ created_at, status, instances }: DeploymentView) {
  const ends = instances.flatMap(({ terminated_at }) => (terminated_at === null ? [] : [terminated_at]));
  return { created_at, terminated_at: status === 'terminated' ? (ends.toSorted().at(-1) ?? null) : null };
}
