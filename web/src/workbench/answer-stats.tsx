import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from '../i18n/use-translation.ts';
import { CopyButton } from '../widgets/copy-button.tsx';
import type { Message, AnswerStats as Seen } from './chat-messages.ts';

interface AnswerStatsProps {
  message: Message;
  isStreaming: boolean;
  isLatest: boolean;
}

interface Figures {
  ttftMs: number | null;
  rate: number | null;
  promptTokens: number | null;
  completionTokens: number | null;
  isExact: boolean;
  isWaiting: boolean;
}

const LINE = 'tabular mt-2.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted';

/**
 * Time to first token, tokens a second, tokens in and out: there from the first moment of an answer to the last, as
 * this page sees them. As soon as the ledger knows the request, what it says takes their place, with the cost.
 */
export function AnswerStats({ message, isStreaming, isLatest }: AnswerStatsProps) {
  const { t, format } = useTranslation();
  const nowMs = useClock(isStreaming);
  const figures = figuresOf(message, isStreaming, nowMs);
  if (!figures) {
    return (
      <dl className={LINE}>
        <Source message={message} />
      </dl>
    );
  }
  const { ttftMs, rate, promptTokens, completionTokens, isExact, isWaiting } = figures;
  const testId = (name: string) => (isLatest ? { 'data-testid': name } : {});
  const isRough = !isExact && completionTokens !== 0;
  return (
    <dl className={LINE}>
      <Figure label={t('chat.ttft')} title={t('chat.ttft_title')}>
        <span {...testId('chat-ttft')} className={isWaiting ? '' : 'font-medium text-text'}>
          {ttftMs === null ? '–' : format.duration(Math.round(ttftMs))}
        </span>
      </Figure>
      <Figure label={t('chat.rate')} title={t('chat.rate_title')}>
        <span {...testId('chat-tps')} className="font-medium text-text">
          {rate === null ? '–' : format.number(rate, rate < 100 ? 1 : 0)}
        </span>
      </Figure>
      <Figure label={t('chat.tokens')} title={t(isExact ? 'chat.tokens_exact' : 'chat.tokens_estimated')}>
        <span {...testId('chat-tokens')} data-exact={isExact} className="font-medium text-text">
          {t('chat.in_out', {
            input: promptTokens === null ? '–' : format.number(promptTokens),
            output:
              completionTokens === null
                ? '–'
                : `${isRough ? '≈\u00a0' : ''}${format.number(completionTokens)}`,
          })}
        </span>
      </Figure>
      {!isStreaming && <Cost message={message} {...testId('chat-cost')} />}
      <Source message={message} />
    </dl>
  );
}

function Cost({ message, ...rest }: { message: Message; 'data-testid'?: string }) {
  const { t, format } = useTranslation();
  const state = message.figures?.state ?? (message.requestId ? 'pending' : 'unknown');
  const cost = message.figures?.cost_micros ?? null;
  if (state === 'unknown' && cost === null && !message.requestId) return null;
  const title =
    state === 'pending' ? 'chat.cost_pending' : cost === null ? 'chat.cost_none' : 'chat.cost_title';
  return (
    <Figure label={t('chat.cost')} title={t(title)}>
      <span {...rest} data-state={state} className={cost === null ? '' : 'font-medium text-text'}>
        {cost !== null
          ? format.money(cost)
          : t(state === 'pending' ? 'chat.cost_wait' : 'chat.cost_no_price')}
      </span>
    </Figure>
  );
}

/** Which model answered, and the request that asked it. */
function Source({ message: { model, requestId } }: { message: Message }) {
  const { t } = useTranslation();
  return (
    <>
      {model && (
        <div className="min-w-0">
          <dt className="sr-only">{t('chat.model')}</dt>
          <dd className="max-w-[30ch] truncate">{model}</dd>
        </div>
      )}
      {requestId && (
        <div className="flex items-center">
          <dt className="sr-only">{t('error.request_id')}</dt>
          <dd className="flex items-center">
            <Link
              to="/requests"
              search={{ q: requestId, span: 'all' }}
              title={t('chat.see_request')}
              className="max-w-[22ch] truncate font-mono underline-offset-2 hover:text-text hover:underline"
            >
              {requestId}
            </Link>
            <CopyButton text={requestId} label={t('error.copy_request_id')} />
          </dd>
        </div>
      )}
    </>
  );
}

function Figure({ label, title, children }: { label: string; title: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline gap-1.5" title={title}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function figuresOf({ figures, stats }: Message, isStreaming: boolean, nowMs: number): Figures | null {
  if (figures?.state === 'known') {
    return {
      ttftMs: figures.ttft_ms,
      rate: figures.tokens_per_second,
      promptTokens: figures.prompt_tokens,
      completionTokens: figures.completion_tokens,
      isExact: true,
      isWaiting: false,
    };
  }
  if (stats) return seenFigures(stats, isStreaming, nowMs);
  if (!figures) return null;
  return {
    ttftMs: null,
    rate: null,
    promptTokens: null,
    completionTokens: null,
    isExact: true,
    isWaiting: true,
  };
}

function seenFigures(stats: Seen, isStreaming: boolean, nowMs: number): Figures {
  const { startedAtMs, firstTextAtMs } = stats;
  const isWaiting = firstTextAtMs === null;
  const waitedMs = (firstTextAtMs ?? nowMs) - startedAtMs;
  return {
    ttftMs: isWaiting && !isStreaming ? null : waitedMs,
    rate: tokensPerSecond(stats, isStreaming ? nowMs : (stats.lastTextAtMs ?? nowMs)),
    promptTokens: stats.promptTokens,
    completionTokens: stats.completionTokens,
    isExact: stats.isExact,
    isWaiting,
  };
}

/** The first token ends the wait and starts the clock, so n tokens took n - 1 steps. */
function tokensPerSecond({ firstTextAtMs, completionTokens }: Seen, untilMs: number): number | null {
  if (firstTextAtMs === null || completionTokens < 2) return null;
  const seconds = (untilMs - firstTextAtMs) / 1_000;
  return seconds <= 0 ? null : (completionTokens - 1) / seconds;
}

/** Milliseconds of the page's own clock, told ten times a second while something runs. */
function useClock(isRunning: boolean): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    if (!isRunning) return;
    const timer = window.setInterval(() => setNowMs(performance.now()), 100);
    return () => window.clearInterval(timer);
  }, [isRunning]);
  return nowMs;
}
