import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleOff, Pencil, Power, Rocket, Ruler, Trash2, UserRound } from 'lucide-react';
import type { ModelView } from '#contracts/management.ts';
import { answerOf, api } from '../api/client.ts';
import { requestDeploy } from '../deployments/deploy-request.ts';
import { Button, IconButton } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed, useSession } from '../identity/session.ts';
import { toast } from '../shell/toaster.tsx';

interface ModelCardProps {
  model: ModelView;
  onFit: () => void;
  onEdit: () => void;
  onDelete: () => void;
}

/** One model: what it needs, whether it runs, and what may be done with it. */
export function ModelCard({ model, onFit, onEdit, onDelete }: ModelCardProps) {
  const { t } = useTranslation();
  const canDeploy = useIsAllowed('deployments.write');
  const canChange = useCanChange(model);
  const activity = useActivity(model);
  return (
    <li className="card flex min-w-0 flex-col gap-3 p-4" data-testid={`model-${model.hf_id}`}>
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="truncate text-base font-semibold">{model.name}</h2>
          <p className="truncate font-mono text-xs text-muted">{model.hf_id}</p>
        </div>
        <Standing model={model} />
      </div>
      <Facts model={model} />
      {activity.isError && <ErrorState error={activity.error} />}
      <div className="mt-auto flex flex-wrap items-center gap-2">
        {canDeploy && model.is_active && (
          <Button
            size="sm"
            icon={<Rocket aria-hidden className="size-3.5" />}
            onClick={() => requestDeploy({ modelId: model.id })}
          >
            {t('models.deploy')}
          </Button>
        )}
        <Button
          size="sm"
          variant="ghost"
          icon={<Ruler aria-hidden className="size-3.5" />}
          data-testid={`model-fit-${model.hf_id}`}
          onClick={onFit}
        >
          {t('models.where_it_fits')}
        </Button>
        {canChange && (
          <span className="ml-auto flex">
            <IconButton
              isCompact
              label={t('models.edit')}
              icon={<Pencil className="size-4" />}
              onClick={onEdit}
            />
            <IconButton
              isCompact
              label={t(model.is_active ? 'models.switch_off' : 'models.switch_on')}
              icon={<Power className="size-4" />}
              disabled={activity.isPending}
              onClick={() => activity.mutate()}
            />
            <IconButton
              isCompact
              label={t('models.delete')}
              icon={<Trash2 className="size-4" />}
              onClick={onDelete}
            />
          </span>
        )}
      </div>
    </li>
  );
}

function Standing({ model }: { model: ModelView }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-wrap justify-end gap-1.5">
      {model.ready_instances > 0 && (
        <Chip tone="ok" icon={CircleCheck}>
          {t('model.running', { count: model.ready_instances })}
        </Chip>
      )}
      {model.is_own && (
        <Chip tone="accent" icon={UserRound}>
          {t('models.own')}
        </Chip>
      )}
      {!model.is_active && (
        <Chip tone="neutral" icon={CircleOff}>
          {t('models.inactive')}
        </Chip>
      )}
    </div>
  );
}

function Facts({ model }: { model: ModelView }) {
  const { t, format } = useTranslation();
  const facts = [
    [
      t('models.parameters'),
      model.parameters === null ? t('models.unknown') : format.compact(model.parameters),
    ],
    [t('models.size'), format.bytes(model.weights_bytes)],
    [t('models.vram'), format.bytes(model.vram_bytes_needed)],
    [t('models.context'), format.compact(model.context_length, 0)],
    [
      t('models.kv'),
      model.kv_bytes_per_token === null ? t('models.unknown') : format.bytes(model.kv_bytes_per_token),
    ],
    [t('models.licence'), model.licence ?? t('models.unknown')],
  ] as const;
  return (
    <dl className="grid grid-cols-3 gap-x-4 gap-y-2">
      {facts.map(([label, value]) => (
        <div key={label} className="min-w-0">
          <dt className="truncate text-xs text-muted">{label}</dt>
          <dd className="tabular truncate text-sm" title={value}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** One's own models belong to the organisation, the others to the installation. */
function useCanChange(model: ModelView): boolean {
  const isWriter = useIsAllowed('models.write');
  const { user } = useSession();
  return model.is_own ? isWriter : user.is_platform_admin;
}

function useActivity(model: ModelView) {
  const { t } = useTranslation();
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => {
      const request = { params: { path: { id: model.id } }, body: { is_active: !model.is_active } };
      return answerOf(
        model.is_own
          ? api.PATCH('/api/v1/models/{id}', request)
          : api.PATCH('/api/v1/catalogue/models/{id}', request),
      );
    },
    onSuccess: async () => {
      toast(t(model.is_active ? 'models.switched_off' : 'models.switched_on', { name: model.name }));
      await client.invalidateQueries({ queryKey: ['models'] });
    },
  });
}
