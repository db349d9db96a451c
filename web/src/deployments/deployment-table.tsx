import type { DeploymentView } from '#contracts/management.ts';
import { type Column, Table } from '../design/table.tsx';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';
import { AccruingCost } from '../instances/accruing-cost.tsx';
import { Age } from '../instances/age.tsx';
import {
  type DeploymentListProps,
  EndButton,
  HealthChip,
  lifeOf,
  NameLink,
  Price,
  ReadyCount,
} from './deployment-parts.tsx';

/** In a narrow table the cells move together, and the price stands below the cost. */
const TIGHT = '@max-[840px]:px-2.5';

export function DeploymentTable({ deployments, onEnd }: DeploymentListProps) {
  const { t } = useTranslation();
  return (
    <div className="card @container overflow-hidden">
      <Table
        label={t('deployments.title')}
        columns={columnsOf(t, onEnd).map((column) => ({
          ...column,
          className: `${TIGHT} ${column.className ?? ''}`,
        }))}
        rows={deployments}
        rowKey={(deployment) => deployment.id}
        rowTestId={(deployment) => `deployment-row-${deployment.id}`}
      />
    </div>
  );
}

function columnsOf(t: Translate, onEnd: DeploymentListProps['onEnd']): Column<DeploymentView>[] {
  return [
    {
      id: 'name',
      header: t('instance.name'),
      cell: (deployment) => (
        <div className="max-w-[260px] @max-[840px]:max-w-[200px]">
          <NameLink deployment={deployment} className="text-base" />
          <span title={deployment.model} className="block truncate text-xs text-muted">
            {deployment.model}
          </span>
        </div>
      ),
    },
    {
      id: 'where',
      header: t('instance.type'),
      cell: (deployment) => <Where deployment={deployment} />,
    },
    {
      id: 'health',
      header: t('instance.state'),
      cell: (deployment) => <HealthChip deployment={deployment} />,
    },
    {
      id: 'ready',
      header: t('deployment.ready'),
      align: 'end',
      cell: (deployment) => <ReadyCount deployment={deployment} />,
    },
    {
      id: 'price',
      header: t('instance.price'),
      align: 'end',
      className: '@max-[840px]:hidden',
      cell: (deployment) => <Price deployment={deployment} />,
    },
    {
      id: 'cost',
      header: t('instance.cost'),
      align: 'end',
      cell: (deployment) => (
        <>
          <AccruingCost instances={deployment.instances} />
          <span className="block text-xs whitespace-nowrap text-muted @min-[840px]:hidden">
            <Price deployment={deployment} />
            {t('unit.per_hour')}
          </span>
        </>
      ),
    },
    {
      id: 'age',
      header: t('instance.age'),
      align: 'end',
      cell: (deployment) => <Age {...lifeOf(deployment)} />,
    },
    {
      id: 'actions',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (deployment) => <EndButton deployment={deployment} onEnd={onEnd} />,
    },
  ];
}

function Where({ deployment }: { deployment: DeploymentView }) {
  return (
    <>
      <span className="block whitespace-nowrap">{deployment.instance_type}</span>
      <span className="block text-xs whitespace-nowrap text-muted">
        {deployment.provider} · {deployment.zone}
      </span>
    </>
  );
}
