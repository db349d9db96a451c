import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../api/client.ts';
import type { ApiKey } from '../api/types.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';

export function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey | null; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (id: string) => answerOf(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      toast(t('revoke.done'));
      close();
      await client.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
  const close = () => {
    revoke.reset();
    onClose();
  };
  return (
    <Dialog
      isOpen={apiKey !== null}
      onClose={close}
      title={t('revoke.title', { name: apiKey?.name ?? '' })}
      footer={
        <>
          <Button onClick={close}>{t('common.cancel')}</Button>
          <Button
            variant="danger"
            isBusy={revoke.isPending}
            data-testid="key-revoke-confirm"
            onClick={() => apiKey && revoke.mutate(apiKey.id)}
          >
            {t('revoke.confirm')}
          </Button>
        </>
      }
    >
      <p className="px-5 py-5">{t('revoke.text')}</p>
      {revoke.isError && <ErrorState error={revoke.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
