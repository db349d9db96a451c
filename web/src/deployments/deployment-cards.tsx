import { useTranslation } from '../i18n/use-translation.ts';
import { AccruingCost } from '../instances/accruing-cost.tsx';
import { Age } from '../instances/age.tsx';
import { Fact } from '../instances/instance-cards.tsx';
import {
  type DeploymentListProps,
  EndButton,
  HealthChip,
  lifeOf,
  NameLink,
  Price,
  ReadyCount,
} from './deployment-parts.tsx';

/** The list on a phone. */
export function DeploymentCards({ deployments, onEnd }: DeploymentListProps) {
  const { t } = useTranslation();
  return (
    <ul className="flex flex-col gap-3">
      {deployments.map((deployment) => (
        <li key={deployment.id} className="card p-4" data-testid={`deployment-row-${deployment.id}`}>
          <div className="flex items-start gap-2">
            <div className="min-w-0 flex-1">
              <NameLink deployment={deployment} className="text-lg font-semibold" />
              <p className="truncate text-sm text-muted">{deployment.model}</p>
            </div>
            <EndButton deployment={deployment} onEnd={onEnd} className="-mt-1 -mr-2 size-11!" />
          </div>
          <div className="mt-3 flex items-center gap-3">
            <HealthChip deployment={deployment} />
            <span className="truncate text-xs text-muted">
              {deployment.instance_type} · {deployment.zone}
            </span>
          </div>
          <dl className="tabular mt-4 grid grid-cols-4 gap-2 text-sm">
            <Fact label={t('deployment.ready')}>
              <ReadyCount deployment={deployment} />
            </Fact>
            <Fact label={t('instance.price')}>
              <Price deployment={deployment} />
            </Fact>
            <Fact label={t('instance.cost')}>
              <AccruingCost instances={deployment.instances} />
            </Fact>
            <Fact label={t('instance.age')}>
              <Age {...lifeOf(deployment)} />
            </Fact>
          </dl>
        </li>
      ))}
    </ul>
  );
}
