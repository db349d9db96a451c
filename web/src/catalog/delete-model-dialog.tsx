import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Banknote, Waypoints } from 'lucide-react';
import type { ModelView } from '#contracts/management.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Consequence } from '../design/consequence.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';

export function DeleteModelDialog({ model, onClose }: { model: ModelView; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const order = useMutation({
    mutationFn: () => {
      const params = { path: { id: model.id } };
      return answerOf(
        model.is_own
          ? api.DELETE('/api/v1/models/{id}', { params })
          : api.DELETE('/api/v1/catalogue/models/{id}', { params }),
      );
    },
    onSuccess: async () => {
      toast(t('models.deleted', { name: model.name }));
      onClose();
      await client.invalidateQueries({ queryKey: ['models'] });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('models.delete_title', { name: model.name })}
      testId="delete-model"
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            variant="danger"
            isBusy={order.isPending}
            data-testid="delete-model-confirm"
            onClick={() => order.mutate()}
          >
            {t('models.delete')}
          </Button>
        </>
      }
    >
      <ul className="flex flex-col gap-4 px-5 py-5">
        <Consequence icon={<Banknote aria-hidden className="size-5 text-muted" />}>
          {t('models.delete_money')}
        </Consequence>
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-muted" />}>
          {t('models.delete_traffic')}
        </Consequence>
      </ul>
      {order.isError && <ErrorState error={order.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
