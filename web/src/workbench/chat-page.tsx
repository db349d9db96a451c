import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { useRef, useState } from 'react';
import type { PromptView } from '#contracts/workbench.ts';
import { IconButton } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { Chat } from './chat.tsx';
import { type ChatSearch, NO_PROJECT } from './chat-search.ts';
import { ConversationList } from './conversation-list.tsx';
import {
  conversationQuery,
  isPending,
  messagesQuery,
  type Opened,
  pendingQuery,
} from './kept-conversations.ts';
import { useNewShortcut } from './new-shortcut.ts';
import { promptsQuery } from './prompts.ts';
import type { ChosenPrompt } from './system-prompt.tsx';
import { useIsWide } from './use-is-wide.ts';

/** The conversation that the address names, or a new one; beside it, where there is room, all that are kept. */
export function ChatPage() {
  const { t } = useTranslation();
  const { model, conversation: id, link, project, prompt } = useSearch({ from: '/signed-in/chat' });
  const inProject = project === undefined ? {} : { project };
  const navigate = useNavigate({ from: '/chat' });
  const isWide = useIsWide();
  const [isListOpen, setListOpen] = useState(false);
  const [newCount, setNewCount] = useState(0);
  // A conversation that came to be while it was written in stays the same one on the screen.
  const begun = useRef<{ id: string; key: string } | null>(null);
  const freshKey = `new-${newCount}`;
  const opened: Opened | null =
    link !== undefined ? { kind: 'link', id: link } : id !== undefined ? { kind: 'conversation', id } : null;
  const key = opened === null ? freshKey : begun.current?.id === opened.id ? begun.current.key : opened.id;

  const startNew = () => {
    begun.current = null;
    setNewCount((count) => count + 1);
    setListOpen(false);
    void navigate({ search: inProject });
  };
  useNewShortcut(startNew);
  const onCreated = (created: string) => {
    begun.current = { id: created, key };
    void navigate({ search: { ...inProject, conversation: created }, replace: true });
  };
  const list = (
    <ConversationList
      {...{ project, onNew: startNew }}
      openId={opened?.id}
      onProject={(next) => void navigate({ search: (old) => movedTo(old, next), replace: true })}
      onChoose={() => setListOpen(false)}
    />
  );
  const history = !isWide && (
    <IconButton
      label={t('chat.history')}
      icon={<History className="size-[18px]" />}
      onClick={() => setListOpen(true)}
      data-testid="chat-history"
    />
  );
  return (
    <div className="flex min-h-0 flex-1 gap-8">
      {isWide && (
        <nav
          aria-label={t('chat.history')}
          className="sticky top-20 flex max-h-[calc(100dvh-7rem)] w-64 shrink-0 flex-col self-start"
        >
          {list}
        </nav>
      )}
      <OpenedChat
        key={key}
        opened={opened}
        isBegunHere={key.startsWith('new-')}
        {...{ askedModel: model, askedPrompt: prompt, history, onCreated, onNew: startNew }}
        projectId={project === undefined || project === NO_PROJECT ? null : project}
      />
      {isListOpen && !isWide && (
        <Dialog isOpen size="xl" onClose={() => setListOpen(false)} title={t('chat.history')}>
          <div className="p-5">{list}</div>
        </Dialog>
      )}
    </div>
  );
}

function movedTo({ project: _, ...rest }: ChatSearch, project: string | undefined): ChatSearch {
  return project === undefined ? rest : { ...rest, project };
}

interface OpenedChatProps
  extends Pick<Parameters<typeof Chat>[0], 'askedModel' | 'history' | 'onCreated' | 'onNew' | 'projectId'> {
  askedPrompt: string | undefined;
  opened: Opened | null;
  isBegunHere: boolean;
}

/** Waits for what is kept before the conversation goes on. */
function OpenedChat({ opened, isBegunHere, askedPrompt, ...rest }: OpenedChatProps) {
  const { t } = useTranslation();
  const name = opened ?? NOTHING;
  const isAsked = opened !== null;
  const conversation = useQuery({ ...conversationQuery(name), enabled: isAsked });
  const messages = useQuery({ ...messagesQuery(name), enabled: isAsked });
  const hasPending = messages.data?.some(isPending) ?? false;
  useQuery({ ...pendingQuery(name), enabled: isAsked && hasPending });
  const prompts = useQuery({ ...promptsQuery, enabled: !isAsked });
  const error = conversation.error ?? messages.error;
  if (error && !isBegunHere) {
    return (
      <div className="flex flex-1 flex-col">
        <PageHeader title={t('chat.title')} actions={rest.history} />
        <ErrorState
          error={error}
          onRetry={() => void Promise.all([conversation.refetch(), messages.refetch()])}
        />
      </div>
    );
  }
  const isReady = isAsked ? conversation.isSuccess && messages.isSuccess : !prompts.isPending;
  if (!isReady && !isBegunHere) return <Skeleton className="h-40 flex-1" />;
  if (!isAsked && prompts.isPending) return <Skeleton className="h-40 flex-1" />;
  return (
    <Chat
      {...rest}
      opened={opened}
      conversation={isAsked ? conversation.data : undefined}
      kept={messages.data ?? []}
      promptAtFirst={firstPrompt(prompts.data, askedPrompt)}
    />
  );
}

/** The one that was asked for, else the organisation's default, else none. */
function firstPrompt(prompts: readonly PromptView[] = [], asked: string | undefined): ChosenPrompt {
  const prompt = prompts.find(({ id }) => id === asked) ?? prompts.find((one) => one.is_default);
  return prompt ? { text: prompt.content, id: prompt.id } : { text: '', id: null };
}

const NOTHING: Opened = { kind: 'conversation', id: '' };
