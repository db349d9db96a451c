import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Banknote, HardDrive, Power, Waypoints } from 'lucide-react';
import type { DeploymentView } from '#contracts/management.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Consequence } from '../design/consequence.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { costUpTo } from '../instances/instance-cost.ts';
import { instancesQuery } from '../instances/queries.ts';
import { isEnded } from '../instances/states.ts';
import { toast } from '../shell/toaster.tsx';
import { useNow } from '../shell/use-now.ts';
import { pricePerHour } from './deployment-money.ts';

interface EndDialogProps {
  deployment: DeploymentView;
  onClose: () => void;
}

/** Asks before all machines of a deployment are given back, and says what that does to money and traffic. */
export function EndDialog({ deployment, onClose }: EndDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/deployments/{id}', { params: { path: { id: deployment.id } } })),
    onSuccess: async () => {
      toast(t('end.done', { name: deployment.name }));
      onClose();
      await client.invalidateQueries({ queryKey: ['deployments'] });
      await client.invalidateQueries({ queryKey: ['instances'] });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('end.title', { name: deployment.name })}
      testId="end-deployment-dialog"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            variant="danger"
            icon={<Power aria-hidden className="size-4" />}
            isBusy={end.isPending}
            data-testid="end-deployment-confirm"
            onClick={() => end.mutate()}
          >
            {t('end.confirm')}
          </Button>
        </>
      }
    >
      <Consequences deployment={deployment} />
      {end.isError && <ErrorState error={end.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}

function Consequences({ deployment }: { deployment: DeploymentView }) {
  const { t, format } = useTranslation();
  const { instances } = deployment;
  const nowMs = useNow(1_000);
  const price = pricePerHour(deployment);
  const count = instances.filter((instance) => !isEnded(instance)).length;
  const amount = format.money(instances.reduce((sum, instance) => sum + costUpTo(instance, nowMs), 0));
  return (
    <ul className="flex flex-col gap-4 px-5 py-5">
      <Consequence icon={<Banknote aria-hidden className="size-5 text-ok" />}>
        {price === null
          ? t('end.money_unknown', { count, amount })
          : t('end.money', { count, price: format.unitPrice(price), amount })}
      </Consequence>
      <Consequence icon={<Waypoints aria-hidden className="size-5 text-warn" />}>
        <Traffic deployment={deployment} />
      </Consequence>
      <Consequence icon={<HardDrive aria-hidden className="size-5 text-danger" />}>
        {t('end.storage')}
      </Consequence>
    </ul>
  );
}

/** Where requests for the model go afterwards: to its other ready machines, or nowhere. */
function Traffic({ deployment }: { deployment: DeploymentView }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery(instancesQuery());
  const { ready_replicas: ready, model, model_id, id } = deployment;
  if (ready === 0) return t('end.no_traffic');
  const elsewhere = list.data?.pages
    .flatMap((page) => page.data)
    .filter((entry) => entry.state === 'ready' && entry.model_id === model_id && entry.deployment_id !== id);
  return (
    <>
      {t('end.traffic', { count: ready, model })}{' '}
      {elsewhere &&
        (elsewhere.length > 0 ? (
          t('end.traffic_elsewhere', { count: elsewhere.length })
        ) : (
          <strong className="font-semibold">{t('end.traffic_nowhere')}</strong>
        ))}
    </>
  );
}
