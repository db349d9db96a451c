import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CopyPlus, EyeOff, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ConversationView } from '#contracts/workbench.ts';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { toast } from '../shell/toaster.tsx';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import {
  copyConversation,
  deleteConversation,
  type Opened,
  unshareConversation,
} from './kept-conversations.ts';

interface SharedNoticeProps {
  conversation: ConversationView;
  opened: Opened;
  /** It is gone, or not to be seen any more. */
  onGone: () => void;
}

/** Stands where one would write, in a conversation of somebody else. */
export function SharedNotice({ conversation, opened, onGone }: SharedNoticeProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const mayManage = useIsAllowed('workbench.manage');
  const copy = useMutation({
    mutationFn: () => copyConversation(opened),
    onSuccess: async ({ id }) => {
      await navigate({ to: '/chat', search: { conversation: id } });
      await client.invalidateQueries({ queryKey: ['workbench', 'list'] });
    },
  });
  return (
    <div className="card flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-3">
        <p className="min-w-0 flex-1 basis-60 text-sm text-muted">
          {t('chat.shared_by', { name: conversation.owner.username })}
        </p>
        {mayManage && conversation.sharing === 'organisation' && (
          <Moderation conversation={conversation} onGone={onGone} />
        )}
        <Button
          variant="primary"
          icon={<CopyPlus aria-hidden className="size-4" />}
          isBusy={copy.isPending}
          onClick={() => copy.mutate()}
          data-testid="chat-copy"
        >
          {t('chat.continue_copy')}
        </Button>
      </div>
      {copy.isError && <ErrorState error={copy.error} />}
    </div>
  );
}

/** For those who look after the workbench: an end to the sharing, or to what somebody left behind. */
function Moderation({ conversation, onGone }: Omit<SharedNoticeProps, 'opened'>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asked, setAsked] = useState<'unshare' | 'delete' | null>(null);
  const isLeftBehind = conversation.owner.has_left;
  const end = useMutation({
    mutationFn: (kind: 'unshare' | 'delete') =>
      kind === 'delete' ? deleteConversation(conversation.id) : unshareConversation(conversation.id),
    onSuccess: async (_, kind) => {
      toast(t(kind === 'delete' ? 'chat.deleted' : 'moderation.unshared'));
      onGone();
      await client.invalidateQueries({ queryKey: ['workbench', 'list'] });
    },
  });
  const kind = asked ?? 'unshare';
  return (
    <>
      <Button
        icon={<EyeOff aria-hidden className="size-4" />}
        onClick={() => setAsked('unshare')}
        data-testid="chat-unshare"
      >
        {t('moderation.unshare')}
      </Button>
      {isLeftBehind && (
        <Button
          icon={<Trash2 aria-hidden className="size-4" />}
          onClick={() => setAsked('delete')}
          data-testid="chat-delete-left"
        >
          {t('chat.delete')}
        </Button>
      )}
      <ConfirmDialog
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
        title={t(kind === 'delete' ? 'chat.delete' : 'moderation.unshare')}
        confirm={t(kind === 'delete' ? 'chat.delete_confirm' : 'moderation.unshare_confirm')}
        action={end}
        onConfirm={() => end.mutate(kind)}
        testId="chat-moderation"
      >
        <p>
          {t(kind === 'delete' ? 'chat.delete_text_shared' : 'moderation.unshare_text', {
            name: conversation.owner.username,
          })}
        </p>
      </ConfirmDialog>
    </>
  );
}
