import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleX, Info, type LucideIcon, ScrollText, TriangleAlert } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { InstanceDetail } from '#contracts/instances.ts';
import type { LOG_SOURCES, LogLineLevel, LogSource } from '#contracts/log-limits.ts';
import type { LogLineView } from '#contracts/logs.ts';
import { Button } from '../design/button.tsx';
import { classNames } from '../design/class-names.ts';
import { EmptyState } from '../design/empty-state.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Segmented } from '../design/segmented.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { logsQuery, newerLogsQuery } from './logs-query.ts';
import { isEnded } from './states.ts';

const SOURCES: typeof LOG_SOURCES = ['agent', 'install', 'engine'];
const LEVELS: Record<LogLineLevel, { icon: LucideIcon | null; color: string }> = {
  debug: { icon: null, color: 'text-muted' },
  info: { icon: Info, color: 'text-muted' },
  warn: { icon: TriangleAlert, color: 'text-warn' },
  error: { icon: CircleX, color: 'text-danger' },
};
/** As near to the end as this counts as reading the newest line. */
const AT_END_PX = 40;

/** What agent, installation and engine said, the newest at the end. It stays readable after the machine is gone. */
export function LogsPanel({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [source, setSource] = useState<LogSource | null>(null);
  const logs = useInfiniteQuery(logsQuery(instance.id, source));
  const newer = useQuery({
    ...newerLogsQuery(client, instance.id, source, !isEnded(instance)),
    enabled: logs.isSuccess,
  });
  const lines = useMemo(() => logs.data?.pages.flatMap((page) => page.data) ?? [], [logs.data]);
  const error = logs.error ?? newer.error;
  return (
    <section aria-labelledby="logs-title" className="card min-w-0 overflow-hidden">
      <header className="flex flex-wrap items-center gap-3 px-4 py-3">
        <h2 id="logs-title" className="text-base font-semibold">
          {t('logs.title')}
        </h2>
        <div className="sm:ml-auto">
          <Segmented
            label={t('logs.source')}
            value={source ?? 'all'}
            options={(['all', ...SOURCES] as const).map((value) => ({
              value,
              label: t(`log_source.${value}`),
            }))}
            onChange={(value) => setSource(value === 'all' ? null : value)}
          />
        </div>
      </header>
      {error && (
        <ErrorState
          error={error}
          onRetry={() => void (logs.isError ? logs.refetch() : newer.refetch())}
          className="mx-4 mb-4"
        />
      )}
      {logs.isPending && <SkeletonRows label={t('common.loading')} />}
      {logs.data && lines.length === 0 && (
        <EmptyState icon={ScrollText} title={t('logs.none')}>
          {t(source === null ? 'logs.none_text' : 'logs.none_source')}
        </EmptyState>
      )}
      {lines.length > 0 && (
        <Lines
          lines={lines}
          hasOlder={logs.hasPreviousPage}
          isFetchingOlder={logs.isFetchingPreviousPage}
          onOlder={() => void logs.fetchPreviousPage()}
        />
      )}
    </section>
  );
}

interface LinesProps {
  lines: readonly LogLineView[];
  hasOlder: boolean;
  isFetchingOlder: boolean;
  onOlder: () => void;
}

function Lines({ lines, hasOlder, isFetchingOlder, onOlder }: LinesProps) {
  const { t } = useTranslation();
  const { boxRef, onScroll } = useHeldScroll(lines);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div
      ref={boxRef}
      onScroll={onScroll}
      role="group"
      aria-label={t('logs.title')}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
      tabIndex={0}
      data-testid="logs"
      className="max-h-[65dvh] overflow-auto border-t border-border bg-bg py-2 -outline-offset-2"
    >
      <div className="flex justify-center pb-2">
        {hasOlder ? (
          <Button size="sm" isBusy={isFetchingOlder} data-testid="logs-older" onClick={onOlder}>
            {t('logs.older')}
          </Button>
        ) : (
          <span className="text-xs text-muted">{t('logs.beginning')}</span>
        )}
      </div>
      <ol className="font-mono text-xs leading-5">
        {lines.map((line) => (
          <Line key={line.line_no} line={line} />
        ))}
      </ol>
    </div>
  );
}

function Line({ line }: { line: LogLineView }) {
  const { t, format } = useTranslation();
  const { icon: Icon, color } = LEVELS[line.level];
  return (
    <li className="flex flex-wrap gap-x-3 px-4 hover:bg-text/4 sm:flex-nowrap">
      <time dateTime={line.at} title={format.dateTime(line.at)} className="shrink-0 text-muted">
        {format.time(line.at)}
      </time>
      <span className="w-14 shrink-0 text-muted">{t(`log_source.${line.source}`)}</span>
      <span className="flex h-5 w-4 shrink-0 items-center" title={t(`log_level.${line.level}`)}>
        {Icon && <Icon aria-hidden className={classNames('size-3.5', color)} />}
        <span className="sr-only">{t(`log_level.${line.level}`)}</span>
      </span>
      <span
        className={classNames(
          'min-w-0 basis-full break-words whitespace-pre-wrap sm:basis-0 sm:flex-1',
          line.level === 'debug' && 'text-muted',
        )}
      >
        {line.line}
      </span>
    </li>
  );
}

/** Follows the newest line while it is in sight; otherwise what is being read stays where it is. */
function useHeldScroll(lines: readonly LogLineView[]) {
  const boxRef = useRef<HTMLDivElement>(null);
  const held = useRef({ isAtEnd: true, firstLine: 0, height: 0 });
  const firstLine = lines[0]?.line_no ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are the reason to scroll.
  useLayoutEffect(() => {
    const box = boxRef.current;
    if (!box) return;
    const { isAtEnd, firstLine: oldFirst, height } = held.current;
    const isOlderAdded = firstLine < oldFirst;
    if (isOlderAdded) box.scrollTop += box.scrollHeight - height;
    else if (isAtEnd) box.scrollTop = box.scrollHeight;
    held.current = { ...held.current, firstLine, height: box.scrollHeight };
  }, [lines, firstLine]);
  const onScroll = () => {
    const box = boxRef.current;
    if (box) held.current.isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < AT_END_PX;
  };
  return { boxRef, onScroll };
}
