import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useRef, useState } from 'react';
import type { CreateDeployment, Offer } from '#contracts/management.ts';
import { answerOf, api, given, newIdempotencyKey } from '../api/client.ts';
import { modelsQuery, offersQuery } from '../catalog/queries.ts';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { keptVolumesQuery } from '../volumes/queries.ts';
import { useAccounts } from './account-field.tsx';
import { closeDeploy, type DeployRequest } from './deploy-request.ts';
import { DeploySummary } from './deploy-summary.tsx';
import {
  attachableVolumes,
  chosenFallbacks,
  type DeployDraft,
  newNameTail,
  offerKey,
  suggestModel,
  suggestName,
  suggestOffer,
} from './draft.ts';
import { MachineStep } from './machine-step.tsx';
import { ModelPicker } from './model-picker.tsx';
import { NameAndReplicas } from './name-and-replicas.tsx';

/** Model, machine, number, price: one page from wish to order, with what it costs in sight all the time. */
export function DeployDialog({ request }: { request: DeployRequest }) {
  const { t } = useTranslation();
  const deploy = useDeploy();
  const draft = useDraft(request, deploy.beginAnew);
  const { models, offers, modelId, model, offer, name, replicas, change } = draft;
  const { accounts, account, isAccountAsked, orderedOn } = useAccountChoice(draft);
  const { volumes, volumeIds, fallbacks } = useVolumes(draft, orderedOn?.id ?? null);
  const submit = () => {
    if (!model || !offer) return;
    const order = orderOf({ offer, fallbacks, accountId: isAccountAsked ? (account?.id ?? null) : null });
    deploy.mutate({ ...order, name, model_id: model.id, replicas, volume_ids: [...volumeIds] });
  };
  return (
    <Dialog
      isOpen
      size="xl"
      onClose={closeDeploy}
      title={t('deploy.title')}
      description={t('deploy.text')}
      testId="deploy-dialog"
    >
      <div className="md:grid md:grid-cols-[minmax(0,1fr)_300px]">
        <div className="flex min-w-0 flex-col gap-7 p-5">
          <Step number={1} title={t('deploy.step_model')}>
            {models.isPending && <SkeletonRows label={t('common.loading')} />}
            {models.isError && <ErrorState error={models.error} onRetry={() => void models.refetch()} />}
            {models.data && (
              <ModelPicker
                models={models.data}
                chosenId={modelId}
                onChoose={(chosen) => change({ modelId: chosen, offerKey: null, fallbackKeys: [] })}
              />
            )}
          </Step>
          <Step number={2} title={t('deploy.step_offer')}>
            <MachineStep
              model={model}
              offers={offers}
              offer={offer}
              fallbacks={fallbacks}
              accounts={accounts}
              accountId={account?.id ?? null}
              volumes={volumes}
              volumeIds={volumeIds}
              replicas={replicas}
              onChange={change}
            />
          </Step>
          <Step number={3} title={t('deploy.step_scale')}>
            <NameAndReplicas name={name} replicas={replicas} onChange={change} error={deploy.error} />
          </Step>
        </div>
        <DeploySummary
          model={model}
          offer={offer}
          replicas={replicas}
          fallbacks={fallbacks}
          account={account?.name ?? null}
          isAccountMissing={isAccountAsked && account === null}
          hasName={name !== ''}
          isBusy={deploy.isPending}
          error={deploy.error}
          onSubmit={submit}
        />
      </div>
    </Dialog>
  );
}

/** With several accounts one must be named; a single one is ordered on without being asked for. */
function useAccountChoice({ offer, accountId }: ReturnType<typeof useDraft>) {
  const accounts = useAccounts(offer?.provider ?? null);
  const isAccountAsked = accounts.length > 1;
  const account = accounts.find(({ id }) => id === accountId) ?? null;
  const orderedOn = isAccountAsked ? account : (accounts[0] ?? null);
  return { accounts, account, isAccountAsked, orderedOn };
}

/** The kept volumes that go with the machine, those of them that are chosen, and the fallbacks that go with these. */
function useVolumes(draft: ReturnType<typeof useDraft>, accountId: string | null) {
  const { offer, replicas, fallbacks } = draft;
  const kept = useQuery({ ...keptVolumesQuery, enabled: offer !== null });
  const volumes = attachableVolumes(kept.data, offer, accountId);
  const isThere = (id: string) => volumes.some((volume) => volume.id === id);
  const volumeIds = replicas === 1 ? draft.volumeIds.filter(isThere) : [];
  return {
    volumes,
    volumeIds,
    // What is on a volume cannot leave its zone.
    fallbacks: volumeIds.length > 0 ? fallbacks.filter(({ zone }) => zone === offer?.zone) : fallbacks,
  };
}

interface MachineChoice {
  offer: Offer;
  fallbacks: readonly Offer[];
  accountId: string | null;
}

function orderOf({ offer, fallbacks, accountId }: MachineChoice) {
  const { provider, zone, instance_type } = offer;
  return {
    provider,
    zone,
    instance_type,
    fallbacks: fallbacks.map((one) => ({ zone: one.zone, instance_type_id: one.instance_type_id })),
    ...(accountId === null ? {} : { account_id: accountId }),
  };
}

/** What was chosen so far, completed by suggestions where the request asks for them. */
function useDraft(request: DeployRequest, onChange: () => void) {
  const [draft, setDraft] = useState<DeployDraft>({
    modelId: request.modelId ?? null,
    offerKey: null,
    fallbackKeys: [],
    accountId: null,
    name: null,
    replicas: 1,
    volumeIds: [],
  });
  const [nameTail] = useState(newNameTail);
  const models = useQuery(modelsQuery);
  const modelId = draft.modelId ?? suggestModel(models.data, request)?.id ?? null;
  const offers = useQuery({ ...offersQuery(modelId ?? ''), enabled: modelId !== null });
  const model = models.data?.find((entry) => entry.id === modelId) ?? null;
  const chosen = offers.data?.find((entry) => offerKey(entry) === draft.offerKey) ?? null;
  const offer = draft.offerKey === null ? suggestOffer(offers.data, request) : chosen;
  const fallbacks = chosenFallbacks(offers.data, offer, draft.fallbackKeys);
  const name = draft.name ?? (model ? suggestName(model, nameTail) : '');
  const change = (part: Partial<DeployDraft>) => {
    onChange();
    setDraft((old) => ({ ...old, ...part }));
  };
  const { replicas, accountId, volumeIds } = draft;
  return { models, offers, modelId, model, offer, fallbacks, name, replicas, accountId, volumeIds, change };
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="mb-3 flex items-center gap-2.5 font-semibold">
        <span
          aria-hidden
          className="tabular flex size-6 items-center justify-center rounded-full bg-accent/12 text-xs font-semibold"
        >
          {number}
        </span>
        {title}
      </h3>
      {children}
    </section>
  );
}

/** Orders once per intent: the same order sent again after a lost answer makes no second deployment. */
function useDeploy() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const intent = useRef(newIdempotencyKey());
  const mutation = useMutation({
    mutationFn: (body: CreateDeployment) =>
      answerOf(
        api.POST('/api/v1/deployments', {
          params: { header: { 'Idempotency-Key': intent.current } },
          body: given(body),
        }),
      ),
    onSuccess: async (deployment) => {
      closeDeploy();
      toast(t('deploy.done', { name: deployment.name }));
      await client.invalidateQueries({ queryKey: ['instances'] });
      await client.invalidateQueries({ queryKey: ['deployments'] });
      const only = deployment.instances.length === 1 ? deployment.instances[0] : undefined;
      if (only) await navigate({ to: '/instances/$id', params: { id: only.id } });
      else await navigate({ to: '/instances', search: {} });
    },
  });
  const beginAnew = () => {
    if (mutation.isIdle) return;
    intent.current = newIdempotencyKey();
    mutation.reset();
  };
  return { ...mutation, beginAnew };
}
