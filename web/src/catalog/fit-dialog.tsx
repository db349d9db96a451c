import { useQuery } from '@tanstack/react-query';
import { Rocket } from 'lucide-react';
import { useState } from 'react';
import type { ModelView } from '#contracts/management.ts';
import type { MachineFit } from '#contracts/models.ts';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { FitLine } from '../deployments/fit-line.tsx';
import { IconButton } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { type Column, Table } from '../design/table.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { useSettled } from '../widgets/use-settled.ts';
import { modelFitQuery } from './queries.ts';

/** Every kind of machine for a model, for requests as long and as many as one names. */
export function FitDialog({ model, onClose }: { model: ModelView; onClose: () => void }) {
  const { t, format } = useTranslation();
  const canDeploy = useIsAllowed('deployments.write');
  const [context, setContext] = useState('');
  const [sequences, setSequences] = useState('');
  const wish = useSettled(`${context} ${sequences}`);
  const [wantedContext, wantedSequences] = wish.split(' ').map(wholeNumber);
  const fits = useQuery(
    modelFitQuery(model.id, { context_length: wantedContext, sequences: wantedSequences }),
  );
  const deploy = (machine: MachineFit) => {
    onClose();
    requestDeploy({ modelId: model.id, provider: machine.provider });
  };
  const columns = columnsOf({ t, format }, canDeploy && model.is_active ? deploy : null);
  return (
    <Dialog
      isOpen
      size="xl"
      onClose={onClose}
      title={t('models.fit_title', { name: model.name })}
      description={t('models.fit_text')}
      testId="fit-dialog"
    >
      <div className="grid gap-4 p-5 sm:grid-cols-2">
        <TextField
          label={t('models.fit_context')}
          type="number"
          min={1}
          max={100_000_000}
          placeholder={String(model.context_length)}
          value={context}
          onChange={(event) => setContext(event.target.value)}
          data-testid="fit-context"
        />
        <TextField
          label={t('models.fit_sequences')}
          type="number"
          min={1}
          max={100_000}
          placeholder="1"
          value={sequences}
          onChange={(event) => setSequences(event.target.value)}
        />
      </div>
      {fits.isPending && <SkeletonRows label={t('common.loading')} />}
      {fits.isError && (
        <ErrorState error={fits.error} onRetry={() => void fits.refetch()} className="mx-5 mb-5" />
      )}
      {fits.data?.data.length === 0 && <p className="px-5 pb-5 text-muted">{t('models.fit_none')}</p>}
      {fits.data && fits.data.data.length > 0 && (
        <Table
          label={t('models.fit_title', { name: model.name })}
          columns={columns}
          rows={fits.data.data}
          rowKey={(machine) => machine.instance_type_id}
        />
      )}
    </Dialog>
  );
}

function columnsOf(
  { t, format }: Pick<Translation, 't' | 'format'>,
  onDeploy: ((machine: MachineFit) => void) | null,
): Column<MachineFit>[] {
  return [
    {
      id: 'machine',
      header: t('models.fit_machine'),
      cell: (machine) => (
        <>
          <span className="block font-medium whitespace-nowrap">{machine.instance_type}</span>
          <span className="block text-xs whitespace-nowrap text-muted">
            {machine.provider} · {machine.gpu_count}×{machine.gpu_kind} ·{' '}
            {format.bytes(machine.vram_bytes_per_gpu)}
          </span>
        </>
      ),
    },
    {
      id: 'fit',
      header: t('models.fit_fit'),
      cell: (machine) => <FitLine fit={machine.fit} offer={machine} />,
    },
    {
      id: 'price',
      header: t('models.fit_price'),
      align: 'end',
      cell: ({ price_micros_per_hour: price }) =>
        price === null ? t('price.unknown_short') : `${format.unitPrice(price)}${t('unit.per_hour')}`,
    },
    {
      id: 'zones',
      header: t('models.fit_zones'),
      isSecondary: true,
      cell: (machine) => <span className="text-xs">{machine.zones.map(({ zone }) => zone).join(', ')}</span>,
    },
    {
      id: 'deploy',
      header: t('common.actions'),
      isHeaderHidden: true,
      cell: (machine) =>
        onDeploy &&
        machine.fit.fits &&
        machine.is_enabled && (
          <IconButton
            isCompact
            label={t('models.deploy')}
            icon={<Rocket className="size-4" />}
            onClick={() => onDeploy(machine)}
          />
        ),
    },
  ];
}

function wholeNumber(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
