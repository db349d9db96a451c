import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { answerOf, api } from '../api/client.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { toast } from '../shell/toaster.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';

interface RemoveAccountDialogProps {
  account: ProviderAccountView;
  onClose: () => void;
}

/** The api refuses it while anything at the provider is reached by it: nothing may cost on unseen. */
export function RemoveAccountDialog({ account, onClose }: RemoveAccountDialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => {
      const path = { id: account.id };
      return answerOf(api.DELETE('/api/v1/provider-accounts/{id}', { params: { path } }));
    },
    onSuccess: async () => {
      toast(t('providers.removed', { name: account.name }));
      onClose();
      await client.invalidateQueries({ queryKey: ['provider-accounts'] });
    },
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('providers.remove_title', { name: account.name })}
      confirm={t('providers.remove')}
      action={remove}
      onConfirm={() => remove.mutate()}
    >
      <p>{t('providers.remove_text')}</p>
    </ConfirmDialog>
  );
}
