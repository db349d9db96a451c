import { Download, FolderInput, Pencil, Share2, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ConversationView } from '#contracts/workbench.ts';
import { IconButton } from '../design/button.tsx';
import { Popover } from '../design/popover.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { DeleteDialog, RenameDialog, ShareDialog } from './conversation-dialogs.tsx';
import { MoveDialog } from './move-dialog.tsx';

interface ConversationActionsProps {
  conversation: ConversationView;
  onDeleted: () => void;
}

/** What one may do with a conversation of one's own. */
export function ConversationActions({ conversation, onDeleted }: ConversationActionsProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<'rename' | 'move' | 'share' | 'delete' | null>(null);
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
        label={t('folders.move')}
        icon={<FolderInput className="size-4" />}
        onClick={() => setOpen('move')}
        data-testid="chat-move"
      />
      <IconButton
        label={t('chat.share')}
        icon={<Share2 className="size-4" />}
        onClick={() => setOpen('share')}
        data-testid="chat-share"
      />
      <Export id={conversation.id} />
      <IconButton
        label={t('chat.delete')}
        icon={<Trash2 className="size-4" />}
        onClick={() => setOpen('delete')}
        data-testid="chat-delete"
      />
      {open === 'rename' && <RenameDialog conversation={conversation} onClose={close} />}
      {open === 'move' && <MoveDialog conversation={conversation} onClose={close} />}
      {open === 'share' && <ShareDialog conversation={conversation} onClose={close} />}
      {open === 'delete' && (
        <DeleteDialog conversation={conversation} onClose={close} onDeleted={onDeleted} />
      )}
    </div>
  );
}

const FORMS = ['md', 'json'] as const;

/** To read it elsewhere, or to take it in again. */
function Export({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Popover
      isWide
      label={t('export.title')}
      trigger={<Download className="size-4" />}
      triggerClassName="inline-flex size-9 items-center justify-center rounded-md text-muted transition-colors duration-100 hover:bg-text/8 hover:text-text"
      testId="chat-export"
    >
      {(close) =>
        FORMS.map((form) => (
          <a
            key={form}
            href={`/api/v1/workbench/conversations/${encodeURIComponent(id)}/export.${form}`}
            download
            onClick={close}
            className="block rounded-md px-2.5 py-2 hover:bg-text/5"
            data-testid={`chat-export-${form}`}
          >
            <span className="block text-sm font-medium">{t(`export.${form}`)}</span>
            <span className="block text-xs text-muted">{t(`export.${form}_text`)}</span>
          </a>
        ))
      }
    </Popover>
  );
}
