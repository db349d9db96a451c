import { Download, Pencil, Share2, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ConversationView } from '#contracts/workbench.ts';
import { IconButton } from '../design/button.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { DeleteDialog, RenameDialog, ShareDialog } from './conversation-dialogs.tsx';

interface ConversationActionsProps {
  conversation: ConversationView;
  onDeleted: () => void;
}

/** What one may do with a conversation of one's own. */
export function ConversationActions({ conversation, onDeleted }: ConversationActionsProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'rename' | 'share' | 'delete' | null>(null);
  const close = () => setOpen(null);
  return (
    <div className="flex items-center">
      <IconButton
        label={t('chat.rename')}
        icon={<Pencil className="size-4" />}
        onClick={() => setOpen('rename')}
        data-testid="chat-rename"
      />
      <IconButton
        label={t('chat.share')}
        icon={<Share2 className="size-4" />}
        onClick={() => setOpen('share')}
        data-testid="chat-share"
      />
      <a
        href={`/api/v1/workbench/conversations/${encodeURIComponent(conversation.id)}/export.md`}
        download
        title={t('chat.export')}
        aria-label={t('chat.export')}
        className="inline-flex size-9 items-center justify-center rounded-md text-muted transition-colors duration-100 hover:bg-text/8 hover:text-text"
      >
        <Download aria-hidden className="size-4" />
      </a>
      <IconButton
        label={t('chat.delete')}
        icon={<Trash2 className="size-4" />}
        onClick={() => setOpen('delete')}
        data-testid="chat-delete"
      />
      {open === 'rename' && <RenameDialog conversation={conversation} onClose={close} />}
      {open === 'share' && <ShareDialog conversation={conversation} onClose={close} />}
      {open === 'delete' && (
        <DeleteDialog conversation={conversation} onClose={close} onDeleted={onDeleted} />
      )}
    </div>
  );
}
