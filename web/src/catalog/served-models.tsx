import { Link } from '@tanstack/react-router';
import { CircleCheck, HeartCrack, LoaderCircle, MessageSquareText } from 'lucide-react';
import type { RuntimeModel } from '#contracts/models.ts';
import { buttonClass } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translate, useTranslation } from '../i18n/use-translation.ts';

/** What gateways send requests to now, where, and by how many machines. */
export function ServedModels({ models }: { models: readonly RuntimeModel[] }) {
  const { t } = useTranslation();
  const columns = columnsOf(t);
  return (
    <div className="card overflow-hidden">
      <Table
        label={t('models.served_title')}
        columns={columns}
        rows={models}
        rowKey={(model) => model.id}
        rowTestId={(model) => `served-${model.hf_id}`}
      />
    </div>
  );
}

function columnsOf(t: Translate): Column<RuntimeModel>[] {
  return [
    {
      id: 'model',
      header: t('instance.model'),
      cell: (model) => (
        <>
          <span className="block font-medium whitespace-nowrap">{model.name}</span>
          <span className="block font-mono text-xs whitespace-nowrap text-muted">{model.hf_id}</span>
        </>
      ),
    },
    {
      id: 'replicas',
      header: t('deploy.replicas'),
      cell: (model) => <Replicas model={model} />,
    },
    {
      id: 'places',
      header: t('instance.where'),
      isSecondary: true,
      cell: (model) => (
        <ul className="text-xs">
          {model.places.map(({ provider, zone, instance_type, serving, silent, starting }) => (
            <li key={`${provider} ${zone} ${instance_type}`} className="whitespace-nowrap">
              <span className="tabular">{serving + silent + starting}×</span> {instance_type} · {provider} ·{' '}
              {zone}
            </li>
          ))}
        </ul>
      ),
    },
    {
      id: 'deployments',
      header: t('deployments.title'),
      isSecondary: true,
      cell: (model) => (
        <span className="flex flex-wrap gap-x-2">
          {model.deployments.map(({ id, name }) => (
            <Link
              key={id}
              to="/instances"
              search={{ deployment: id }}
              className="text-accent underline-offset-2 hover:underline"
            >
              {name}
            </Link>
          ))}
        </span>
      ),
    },
    {
      id: 'chat',
      header: t('common.actions'),
      isHeaderHidden: true,
      align: 'end',
      cell: (model) =>
        model.replicas_serving > 0 && (
          <Link to="/chat" search={{ model: model.hf_id }} className={buttonClass({ size: 'sm' })}>
            <MessageSquareText aria-hidden className="size-3.5" />
            {t('models.chat')}
          </Link>
        ),
    },
  ];
}

function Replicas({ model }: { model: RuntimeModel }) {
  const { t } = useTranslation();
  return (
    <span className="flex flex-wrap gap-1.5">
      {model.replicas_serving > 0 && (
        <Chip tone="ok" icon={CircleCheck}>
          {t('models.served_on', { count: model.replicas_serving })}
        </Chip>
      )}
      {model.replicas_starting > 0 && (
        <Chip tone="info" icon={LoaderCircle} isWorking>
          {t('models.starting_on', { count: model.replicas_starting })}
        </Chip>
      )}
      {model.replicas_silent > 0 && (
        <Chip tone="danger" icon={HeartCrack}>
          {t('models.silent_on', { count: model.replicas_silent })}
        </Chip>
      )}
    </span>
  );
}
