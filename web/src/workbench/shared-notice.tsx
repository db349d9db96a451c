import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CopyPlus } from 'lucide-react';
import type { ConversationView } from '#contracts/workbench.ts';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { copyConversation, type Opened } from './kept-conversations.ts';

interface SharedNoticeProps {
  conversation: ConversationView;
  opened: Opened;
}

/** Stands where one would write, in a conversation of somebody else. */
export function SharedNotice({ conversation, opened }: SharedNoticeProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
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
