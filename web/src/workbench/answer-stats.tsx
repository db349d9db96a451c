import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from '../i18n/use-translation.ts';
import { CopyButton } from '../widgets/copy-button.tsx';
import type { AnswerStats as Stats } from './use-chat.ts';

/** Time to first token, tokens a second, tokens in and out: there from the first moment of an answer to the last. */
export function AnswerStats({
  stats,
  isStreaming,
  isLatest,
}: {
  stats: Stats;
  isStreaming: boolean;
  isLatest: boolean;
}) {
  const { t, format } = useTranslation();
  const nowMs = useClock(isStreaming);
  const { startedAtMs, firstTextAtMs } = stats;
  const waitedMs = (firstTextAtMs ?? (isStreaming ? nowMs : startedAtMs)) - startedAtMs;
  const rate = tokensPerSecond(stats, isStreaming ? nowMs : (stats.lastTextAtMs ?? nowMs));
  const isWaiting = firstTextAtMs === null;
  const testId = (name: string) => (isLatest ? { 'data-testid': name } : {});
  return (
    <dl className="tabular mt-2.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
      <Figure label={t('chat.ttft')} title={t('chat.ttft_title')}>
        <span {...testId('chat-ttft')} className={isWaiting ? '' : 'font-medium text-text'}>
          {isWaiting && !isStreaming ? '–' : format.duration(Math.round(waitedMs))}
        </span>
      </Figure>
      <Figure label={t('chat.rate')} title={t('chat.rate_title')}>
        <span {...testId('chat-tps')} className="font-medium text-text">
          {rate === null ? '–' : format.number(rate, rate < 100 ? 1 : 0)}
        </span>
      </Figure>
      <Figure
        label={t('chat.tokens')}
        title={t(stats.isExact ? 'chat.tokens_exact' : 'chat.tokens_estimated')}
      >
        <span {...testId('chat-tokens')} data-exact={stats.isExact} className="font-medium text-text">
          {t('chat.in_out', {
            input: stats.promptTokens === null ? '–' : format.number(stats.promptTokens),
            output: `${stats.isExact || stats.completionTokens === 0 ? '' : '≈\u00a0'}${format.number(stats.completionTokens)}`,
          })}
        </span>
      </Figure>
      {stats.requestId !== null && (
        <div className="flex items-center">
          <dt className="sr-only">{t('error.request_id')}</dt>
          <dd className="flex items-center">
            <code className="max-w-[22ch] truncate font-mono">{stats.requestId}</code>
            <CopyButton text={stats.requestId} label={t('error.copy_request_id')} />
          </dd>
        </div>
      )}
    </dl>
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

/** The first token ends the wait and starts the clock, so n tokens took n - 1 steps. */
function tokensPerSecond({ firstTextAtMs, completionTokens }: Stats, untilMs: number): number | null {
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
