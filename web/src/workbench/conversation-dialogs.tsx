import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ConversationView, Sharing } from '#contracts/workbench.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { addressOf } from '../identity/open-workspace.ts';
import { toast } from '../shell/toaster.tsx';
import { CopyButton } from '../widgets/copy-button.tsx';
import { deleteConversation, renameConversation, shareConversation } from './kept-conversations.ts';

interface DialogProps {
  conversation: ConversationView;
  onClose: () => void;
}

const TITLE_CHARS_MAX = 200;

export function RenameDialog({ conversation, onClose }: DialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [title, setTitle] = useState(conversation.title);
  const rename = useMutation({
    mutationFn: () => renameConversation(conversation.id, title.trim()),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['workbench'] });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('chat.rename')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            type="submit"
            form="rename-conversation"
            variant="primary"
            isBusy={rename.isPending}
            disabled={title.trim() === ''}
            data-testid="chat-rename-confirm"
          >
            {t('chat.rename_confirm')}
          </Button>
        </>
      }
    >
      <form
        id="rename-conversation"
        className="p-5"
        onSubmit={(event) => {
          event.preventDefault();
          if (title.trim() !== '') rename.mutate();
        }}
      >
        <TextField
          label={t('chat.name')}
          value={title}
          maxLength={TITLE_CHARS_MAX}
          onChange={(event) => setTitle(event.target.value)}
          data-testid="chat-rename-input"
        />
      </form>
      {rename.isError && <ErrorState error={rename.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}

const SHARINGS: readonly Sharing[] = ['private', 'link', 'organisation'];

/** Each choice counts at once: there is nothing to confirm, and all of it can be taken back. */
export function ShareDialog({ conversation, onClose }: DialogProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const share = useMutation({
    mutationFn: (sharing: Sharing) => shareConversation(conversation.id, sharing),
    onSuccess: () => client.invalidateQueries({ queryKey: ['workbench'] }),
  });
  const chosen = share.isPending ? share.variables : conversation.sharing;
  const link =
    conversation.link_id === null
      ? null
      : `${window.location.origin}${addressOf(`/chat?link=${encodeURIComponent(conversation.link_id)}`)}`;
  return (
    <Dialog isOpen onClose={onClose} title={t('chat.share')} description={t('chat.share_text')}>
      <fieldset className="flex flex-col gap-1 p-5">
        <legend className="sr-only">{t('chat.share')}</legend>
        {SHARINGS.map((sharing) => (
          <label key={sharing} className="flex items-start gap-3 rounded-md p-2.5 hover:bg-text/5">
            <input
              type="radio"
              name="sharing"
              className="mt-1"
              checked={sharing === chosen}
              disabled={share.isPending}
              onChange={() => share.mutate(sharing)}
              data-testid={`chat-share-${sharing}`}
            />
            <span>
              <span className="block font-medium">{t(`chat.sharing_${sharing}`)}</span>
              <span className="block text-sm text-muted">{t(`chat.sharing_${sharing}_text`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {link !== null && (
        <div className="mx-5 mb-5 flex items-center gap-2 rounded-md border border-border bg-surface py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 truncate font-mono text-sm" data-testid="chat-link">
            {link}
          </code>
          <CopyButton text={link} label={t('chat.copy_link')} />
        </div>
      )}
      {share.isError && <ErrorState error={share.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}

export function DeleteDialog({ conversation, onClose, onDeleted }: DialogProps & { onDeleted: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteConversation(conversation.id),
    onSuccess: async () => {
      toast(t('chat.deleted'));
      onClose();
      onDeleted();
      await client.invalidateQueries({ queryKey: ['workbench', 'list'] });
    },
  });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('chat.delete')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            variant="danger"
            isBusy={remove.isPending}
            onClick={() => remove.mutate()}
            data-testid="chat-delete-confirm"
          >
            {t('chat.delete_confirm')}
          </Button>
        </>
      }
    >
      <p className="px-5 py-5">
        {t(conversation.sharing === 'private' ? 'chat.delete_text' : 'chat.delete_text_shared')}
      </p>
      {remove.isError && <ErrorState error={remove.error} className="mx-5 mb-5" />}
    </Dialog>
  );
}
