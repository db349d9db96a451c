import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Code } from 'lucide-react';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { ConversationView, MessageView } from '#contracts/workbench.ts';
import { Button } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { PageHeader } from '../shell/page-header.tsx';
import { mergeMessages } from './chat-messages.ts';
import { readParameters, textsOf } from './chat-parameters.ts';
import { CodeDialog } from './code-dialog.tsx';
import { Composer } from './composer.tsx';
import { Conversation } from './conversation.tsx';
import { ConversationActions } from './conversation-actions.tsx';
import { ConversationSaver } from './conversation-saver.ts';
import type { Opened } from './kept-conversations.ts';
import { ModelChoice, type ModelChoiceProps, useModels } from './model-choice.tsx';
import { ModelNotice } from './model-notice.tsx';
import { NoModel } from './no-model.tsx';
import { ParameterFields } from './parameter-fields.tsx';
import { servedModelsQuery } from './served-models.ts';
import { SharedNotice } from './shared-notice.tsx';
import { type ChosenPrompt, SystemPrompt } from './system-prompt.tsx';
import { useChat } from './use-chat.ts';

export interface ChatProps {
  opened: Opened | null;
  /** As the server has it; undefined for what is not kept yet. */
  conversation: ConversationView | undefined;
  kept: readonly MessageView[];
  /** What a new conversation begins with. */
  promptAtFirst: ChosenPrompt;
  /** The chat project that a new one is put into. */
  projectId: string | null;
  askedModel: string | undefined;
  /** The way to all conversations where they do not stand beside. */
  history: ReactNode;
  onCreated: (id: string) => void;
  onNew: () => void;
}

/** One conversation: what is kept of it and what is said now, with what each answer took and cost. */
export function Chat(props: ChatProps) {
  const { conversation, opened, kept, onCreated } = props;
  const { t } = useTranslation();
  const served = useQuery(servedModelsQuery);
  const [models, setModels] = useModels(served.data, props.askedModel, conversation?.models);
  const model = models[0] ?? '';
  const setup = useSetup(conversation, props.promptAtFirst);
  const [draft, setDraft] = useState('');
  const [isCodeOpen, setCodeOpen] = useState(false);
  const { saver, error: saveError } = useSaver(conversation, onCreated);
  const chat = useChat(saver);
  const messages = useMemo(() => mergeMessages(kept, chat.messages), [kept, chat.messages]);
  const hasModel = (served.data?.length ?? 0) > 0;
  const isOwn = conversation?.is_own ?? true;
  const isCompared = models.length > 1 || messages.some(({ place = 0 }) => place > 0);

  const send = (text: string) => {
    setDraft('');
    void chat.send({ ...setup.wish, models, projectId: props.projectId, text, history: messages });
  };
  const lastQuestion = messages.findLast((message) => message.role === 'user')?.text;
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <ChatHeader
        {...{ conversation, models, onNew: props.onNew, history: props.history, onModels: setModels }}
        isBusy={chat.isStreaming}
        served={served.data ?? []}
        onCode={() => setCodeOpen(true)}
      />
      <div
        className={classNames(
          'mx-auto flex w-full min-w-0 flex-1 flex-col',
          isCompared ? 'max-w-[1600px]' : 'max-w-[860px]',
        )}
      >
        {hasModel || messages.length > 0 ? (
          <Conversation messages={messages} onSuggest={isOwn ? send : undefined} />
        ) : (
          <NoModel served={served} />
        )}
        <ModelNotice asked={props.askedModel ?? conversation?.models[0]} served={served.data} />
        {saveError !== null && <SaveError saver={saver} error={saveError} />}
        {conversation && opened && !isOwn ? (
          <SharedNotice {...{ conversation, opened }} onGone={props.onNew} />
        ) : (
          <Composer
            {...{ draft, lastQuestion, isStreaming: chat.isStreaming }}
            canSend={hasModel && setup.read.wrong.size === 0}
            onDraft={setDraft}
            onSend={send}
            onStop={chat.stop}
          >
            <SystemPrompt chosen={setup.prompt} onChoose={setup.setPrompt} />
            <ParameterFields texts={setup.texts} read={setup.read} onChange={setup.setTexts} />
          </Composer>
        )}
      </div>
      {isCodeOpen && (
        <CodeDialog
          {...{ ...setup.wish, model }}
          prompt={draft || (lastQuestion ?? t('keys.sample_prompt'))}
          onClose={() => setCodeOpen(false)}
        />
      )}
    </div>
  );
}

function SaveError({ saver, error }: { saver: ConversationSaver; error: unknown }) {
  const retry = saver.isWaiting ? { onRetry: () => void saver.retry() } : {};
  return <ErrorState error={error} className="mb-3" {...retry} />;
}

interface ChatHeaderProps extends Pick<ChatProps, 'conversation' | 'history' | 'onNew'>, ModelChoiceProps {
  onCode: () => void;
}

function ChatHeader({ conversation, history, onNew, onCode, ...choice }: ChatHeaderProps) {
  const { t } = useTranslation();
  const isOwn = conversation?.is_own ?? true;
  const isCompared = choice.models.length > 1;
  const title = conversation && (conversation.title || t('chat.untitled'));
  return (
    <>
      <PageHeader
        title={t('chat.title')}
        tabTitle={title ?? t('chat.title')}
        description={title !== undefined && <p className="truncate">{title}</p>}
        actions={
          <>
            {isOwn && !isCompared && <ModelChoice {...choice} />}
            <Button
              icon={<Code aria-hidden className="size-4" />}
              onClick={onCode}
              disabled={choice.served.length === 0}
            >
              {t('code.view')}
            </Button>
            {conversation?.is_own && <ConversationActions conversation={conversation} onDeleted={onNew} />}
            {history}
          </>
        }
      />
      {isOwn && isCompared && (
        <div className="-mt-2 mb-5 flex flex-wrap items-center gap-2">
          <ModelChoice {...choice} />
        </div>
      )}
    </>
  );
}

/** Goes on after the page is left, and then tells nobody. */
function useSaver(conversation: ConversationView | undefined, onCreated: (id: string) => void) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const isMounted = useRef(true);
  const tell = useRef(onCreated);
  tell.current = onCreated;
  useEffect(() => {
    isMounted.current = true;
    return () => {
      isMounted.current = false;
    };
  }, []);
  const [saver] = useState(
    () =>
      new ConversationSaver(
        conversation ? { id: conversation.id, models: conversation.models, ...setupOf(conversation) } : null,
        {
          onCreated: ({ id }) => {
            void client.invalidateQueries({ queryKey: ['workbench', 'list'] });
            void client.invalidateQueries({ queryKey: ['workbench', 'projects'] });
            if (isMounted.current) tell.current(id);
          },
          onError: (found) => isMounted.current && setError(found),
        },
      ),
  );
  return { saver, error };
}

/** What is set for the next question: as it is kept at first, then as it is typed. */
function useSetup(conversation: ConversationView | undefined, promptAtFirst: ChosenPrompt) {
  const [prompt, setPrompt] = useState(conversation ? promptOf(conversation) : promptAtFirst);
  const [texts, setTexts] = useState(textsOf(conversation?.parameters ?? {}));
  const read = readParameters(texts, conversation?.parameters ?? {});
  const wish = { system: prompt.text, promptId: prompt.id, parameters: read.parameters };
  return { prompt, setPrompt, texts, setTexts, read, wish };
}

const promptOf = ({ system_prompt: text, prompt }: ConversationView): ChosenPrompt => ({
  text,
  id: prompt?.id ?? null,
});

/** As this page would tell it, so that it tells only of changes. */
function setupOf(conversation: ConversationView) {
  const { text: system, id: promptId } = promptOf(conversation);
  const { parameters } = readParameters(textsOf(conversation.parameters), conversation.parameters);
  return { system, promptId, parameters };
}
