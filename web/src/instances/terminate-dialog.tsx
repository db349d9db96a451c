import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Banknote, HardDrive, Power, Waypoints } from 'lucide-react';
import type { InstanceView } from '#contracts/instances.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Consequence } from '../design/consequence.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { useNow } from '../shell/use-now.ts';
import { costUpTo } from './instance-cost.ts';

interface TerminateDialogProps {
  instance: InstanceView;
  onClose: () => void;
}

/** Asks before a server is given back, and says what that does to money, traffic and stored data. */
export function TerminateDialog({ instance, onClose }: TerminateDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const terminate = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.POST('/api/v1/instances/{id}/terminate', { params: { path: { id } } })),
    onSuccess: async () => {
      toast(t('terminate.done'));
      close();
      await client.invalidateQueries({ queryKey: ['instances'] });
    },
  });
  const close = () => {
    terminate.reset();
    onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={close}
      title={t('terminate.title', { name: instance.name })}
      testId="terminate-dialog"
      footer={
        <>
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button
            variant="danger"
            icon={<Power aria-hidden className="size-4" />}
            isBusy={terminate.isPending}
            data-testid="terminate-confirm"
            onClick={() => terminate.mutate(instance.id)}
          >
            {t('terminate.confirm')}
          </Button>
        </>
      }
    >
      <Consequences instance={instance} />
      {terminate.isError && <ErrorState error={terminate.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}

function Consequences({ instance }: { instance: InstanceView }) {
  const { t, format } = useTranslation();
  const nowMs = useNow(1_000);
  const price = instance.price_micros_per_hour;
  const amount = format.money(costUpTo(instance, nowMs));
  const money =
    price === null
      ? t('terminate.money_unknown', { amount })
      : t('terminate.money', { price: format.unitPrice(price), amount });
  return (
    <ul className="flex flex-col gap-4 px-5 py-5">
      <Consequence icon={<Banknote aria-hidden className="size-5 text-ok" />}>{money}</Consequence>
      <Consequence icon={<Waypoints aria-hidden className="size-5 text-warn" />}>
        {t(instance.state === 'ready' ? 'terminate.traffic' : 'terminate.no_traffic', {
          model: instance.model,
        })}
      </Consequence>
      <Consequence icon={<HardDrive aria-hidden className="size-5 text-danger" />}>
        {t('terminate.storage')}
      </Consequence>
    </ul>
  );
}
