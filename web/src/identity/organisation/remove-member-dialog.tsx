import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { MemberView } from '#contracts/organisations.ts';
import { answerOf, api } from '../../api/client.ts';
import { useTranslation } from '../../i18n/use-translation.ts';
import { toast } from '../../shell/toaster.tsx';
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx';
import { useSession } from '../session.ts';

/** Sends somebody away, or lets oneself go. Their keys stop at once, and calls made with them. */
export function RemoveMemberDialog({ member, onClose }: { member: MemberView; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { user, organisation } = useSession();
  const isSelf = member.user_id === user.id;
  const remove = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/organisation/members/{user_id}', {
          params: { path: { user_id: member.user_id } },
        }),
      ),
    onSuccess: async ({ revoked_api_keys: count }) => {
      // What was left is another place now: begin anew there, or at the sign-in.
      if (isSelf) return window.location.assign('/');
      toast(t('members.removed', { name: member.username, count }));
      onClose();
      await client.invalidateQueries({ queryKey: ['members'] });
    },
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={
        isSelf
          ? t('members.leave_title', { organisation: organisation.name })
          : t('members.remove_title', { name: member.username })
      }
      confirm={t(isSelf ? 'members.leave' : 'members.remove')}
      action={remove}
      onConfirm={() => remove.mutate()}
    >
      <p>{t(isSelf ? 'members.leave_text' : 'members.remove_text')}</p>
    </ConfirmDialog>
  );
}
