import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Banknote, HardDrive, Trash2 } from 'lucide-react';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Consequence } from '../design/consequence.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';

interface DeleteVolumeDialogProps {
  volume: { id: string; provider_ref: string; price_micros_per_hour: number | null };
  onClose: () => void;
}

/** Asks before a kept volume and what is on it go for good. */
export function DeleteVolumeDialog({ volume, onClose }: DeleteVolumeDialogProps) {
  const { t, format } = useTranslation();
  const client = useQueryClient();
  const price = volume.price_micros_per_hour;
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/volumes/{id}', { params: { path: { id: volume.id } } })),
    onSuccess: async () => {
      toast(t('volumes.delete_done'));
      onClose();
      await client.invalidateQueries({ queryKey: ['volumes'] });
      await client.invalidateQueries({ queryKey: ['instances'] });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('volumes.delete_title', { name: volume.provider_ref })}
      testId="delete-volume-dialog"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            variant="danger"
            icon={<Trash2 aria-hidden className="size-4" />}
            isBusy={remove.isPending}
            data-testid="delete-volume-confirm"
            onClick={() => remove.mutate()}
          >
            {t('volumes.delete')}
          </Button>
        </>
      }
    >
      <ul className="flex flex-col gap-4 px-5 py-5">
        <Consequence icon={<Banknote aria-hidden className="size-5 text-ok" />}>
          {price === null
            ? t('volumes.delete_money_unknown')
            : t('volumes.delete_money', { price: `${format.unitPrice(price)}${t('unit.per_hour')}` })}
        </Consequence>
        <Consequence icon={<HardDrive aria-hidden className="size-5 text-danger" />}>
          {t('volumes.delete_data')}
        </Consequence>
      </ul>
      {remove.isError && <ErrorState error={remove.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
