import { CircleStop, MessageSquareText, Scissors, UserRound } from 'lucide-react';
import { Fragment, useEffect, useRef } from 'react';
import { classNames } from '../design/class-names.ts';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { BrandMark } from '../shell/brand.tsx';
import { AnswerStats } from './answer-stats.tsx';
import { type Message, turnsOfMessages } from './chat-messages.ts';

const NEAR_END_PX = 140;
/** By how many models answer; on a phone one below the other. */
const COLUMNS = [
  '',
  '',
  'lg:grid-cols-2',
  'lg:grid-cols-2 xl:grid-cols-3',
  'lg:grid-cols-2 xl:grid-cols-4',
] as const;

interface ConversationProps {
  messages: readonly Message[];
  /** Absent where nothing can be asked. */
  onSuggest?: ((text: string) => void) | undefined;
}

export function Conversation({ messages, onSuggest }: ConversationProps) {
  const { t } = useTranslation();
  useStickToEnd(messages);
  const lastAnswerId = messages.findLast((message) => message.role === 'assistant')?.id;
  if (messages.length === 0) return onSuggest ? <Suggestions onSuggest={onSuggest} /> : null;
  return (
    <div
      role="log"
      aria-label={t('chat.conversation')}
      aria-live="off"
      className="flex flex-1 flex-col gap-6 pb-6"
    >
      {turnsOfMessages(messages).map(({ question, answers }) => (
        <Fragment key={question?.id ?? answers[0]?.id}>
          {question && <Question message={question} />}
          <div className={classNames('grid gap-6', COLUMNS[answers.length] ?? COLUMNS[4])}>
            {answers.map((message) => (
              <Answer
                key={message.id}
                message={message}
                isLatest={message.id === lastAnswerId}
                isCompared={answers.length > 1}
              />
            ))}
          </div>
        </Fragment>
      ))}
    </div>
  );
}

function Question({ message }: { message: Message }) {
  const { t } = useTranslation();
  return (
    <article aria-label={t('chat.you')} className="flex gap-3.5">
      <span className="mt-0.5 flex size-7 shrink-0 items-center justify-center rounded-full border border-border bg-surface">
        <UserRound aria-hidden className="size-4 text-muted" />
      </span>
      <p className="min-w-0 flex-1 pt-1 font-medium break-words whitespace-pre-wrap">{message.text}</p>
    </article>
  );
}

interface AnswerProps {
  message: Message;
  isLatest: boolean;
  /** Beside others: it needs its model's name and an edge. */
  isCompared: boolean;
}

function Answer({ message, isLatest, isCompared }: AnswerProps) {
  const { t } = useTranslation();
  const isStreaming = message.status === 'streaming';
  return (
    <article
      aria-label={isCompared ? (message.model ?? t('chat.answer')) : t('chat.answer')}
      aria-busy={isStreaming}
      className={classNames('flex min-w-0 gap-3.5', isCompared && 'card p-4')}
    >
      {!isCompared && <BrandMark className="mt-0.5 size-7 shrink-0" />}
      <div className="min-w-0 flex-1">
        {isCompared && (
          <h2 className="truncate text-sm font-semibold" title={message.model ?? undefined}>
            {message.model}
          </h2>
        )}
        <div
          className="pt-1 leading-[1.65] break-words whitespace-pre-wrap"
          {...(isLatest ? { 'data-testid': 'chat-answer', 'data-status': message.status } : {})}
        >
          {message.text}
          {isStreaming && (
            <span
              aria-hidden
              className="ml-0.5 inline-block h-[1.05em] w-[7px] translate-y-[2px] rounded-[2px] bg-accent motion-safe:animate-pulse"
            />
          )}
        </div>
        {isStreaming && message.text === '' && <p className="sr-only">{t('chat.waiting')}</p>}
        {message.status === 'stopped' && (
          <p className="mt-2 flex items-center gap-1.5 text-sm text-muted">
            <CircleStop aria-hidden className="size-4" />
            {t('chat.stopped')}
          </p>
        )}
        {message.finishReason === 'length' && (
          <p className="mt-2 flex items-center gap-1.5 text-sm text-muted">
            <Scissors aria-hidden className="size-4" />
            {t('chat.cut')}
          </p>
        )}
        {message.status === 'failed' && <ErrorState error={message.error} className="mt-2" />}
        <AnswerStats message={message} isStreaming={isStreaming} isLatest={isLatest} />
      </div>
    </article>
  );
}

function Suggestions({ onSuggest }: { onSuggest: (text: string) => void }) {
  const { t } = useTranslation();
  const suggestions = [t('chat.suggestion_1'), t('chat.suggestion_2'), t('chat.suggestion_3')];
  return (
    <div className="flex flex-1 flex-col justify-center">
      <EmptyState
        icon={MessageSquareText}
        title={t('chat.empty')}
        action={suggestions.map((text) => (
          <button
            key={text}
            type="button"
            className="rounded-full border border-border bg-raised px-4 py-2 text-sm transition-colors hover:border-control hover:bg-text/5"
            onClick={() => onSuggest(text)}
          >
            {text}
          </button>
        ))}
      >
        {t('chat.empty_text')}
      </EmptyState>
    </div>
  );
}

/** Begins at the end, and follows the answer down as it grows, unless the reader has scrolled up to read. */
function useStickToEnd(messages: readonly Message[]): void {
  const count = useRef(0);
  useEffect(() => {
    const page = document.documentElement;
    const isNearEnd = page.scrollHeight - page.scrollTop - page.clientHeight < NEAR_END_PX;
    const isNew = messages.length > count.current;
    count.current = messages.length;
    if (messages.length > 0 && (isNew || isNearEnd)) window.scrollTo({ top: page.scrollHeight });
  }, [messages]);
}
