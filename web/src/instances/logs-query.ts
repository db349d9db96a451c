import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
} from '@tanstack/react-query';
import type { infer as Infer } from 'zod';
import type { LogSource } from '#contracts/log-limits.ts';
import type { instanceLogsSchema } from '#contracts/logs.ts';
import { answerOf, api, given } from '../api/client.ts';

type LogPage = Infer<typeof instanceLogsSchema>;
type Logs = InfiniteData<LogPage, string | null>;

const TAIL = 200;
/** More than anybody scrolls through; the oldest leave first and can be asked for again. */
const LINES_MAX = 5_000;
const NEWER_INTERVAL_MS = 5_000;

function logsKey(id: string, source: LogSource | null) {
  return ['instance-logs', id, source] as const;
}

/** The newest lines, and before them what was asked for with "older". */
export function logsQuery(id: string, source: LogSource | null) {
  return infiniteQueryOptions({
    queryKey: logsKey(id, source),
    queryFn: ({ pageParam, signal }) => fetchLogs(id, source, pageParam, signal),
    initialPageParam: null as string | null,
    getPreviousPageParam: (first) => first.older_cursor ?? undefined,
    // Later lines are appended by `newerLogsQuery`; fetching all pages again would only bring the same lines.
    getNextPageParam: () => undefined,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

/** Asks for what came since, while the page is visible and the machine still writes, and appends it. */
export function newerLogsQuery(
  client: QueryClient,
  id: string,
  source: LogSource | null,
  isWriting: boolean,
) {
  return queryOptions({
    queryKey: ['instance-logs-newer', id, source],
    queryFn: async ({ signal }) => {
      const known = client.getQueryData<Logs>(logsKey(id, source));
      if (!known) return 0;
      const cursor = newestCursor(known);
      const page = await fetchLogs(id, source, cursor, signal);
      if (page.data.length > 0)
        client.setQueryData<Logs>(logsKey(id, source), (now) => now && append(now, page, cursor));
      return page.data.length;
    },
    gcTime: 0,
    staleTime: 0,
    refetchInterval: isWriting && NEWER_INTERVAL_MS,
    refetchIntervalInBackground: false,
  });
}

function fetchLogs(id: string, source: LogSource | null, cursor: string | null, signal: AbortSignal) {
  const query = given({ source: source ?? undefined, tail: TAIL, cursor: cursor ?? undefined });
  return answerOf(api.GET('/api/v1/instances/{id}/logs', { params: { path: { id }, query }, signal }));
}

function newestCursor({ pages }: Logs): string | null {
  return pages.findLast((page) => page.newer_cursor !== null)?.newer_cursor ?? null;
}

/** Adds a page at the end. An answer to a question that was asked from elsewhere is left out: its lines are there. */
export function append(logs: Logs, page: LogPage, askedFrom: string | null): Logs {
  if (newestCursor(logs) !== askedFrom) return logs;
  const pages = [...logs.pages, page];
  const params = [...logs.pageParams, askedFrom];
  let lines = pages.reduce((sum, { data }) => sum + data.length, 0);
  while (lines > LINES_MAX && pages.length > 1 && pages[1]?.older_cursor) {
    lines -= pages.shift()?.data.length ?? 0;
    params.shift();
  }
  return { pages, pageParams: params };
}
