import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * The engine's own record of tokens per request, for proofs against every other count in the system.
 * JSON lines, appended with plain `write`, which survives `kill -9` of this process:
 *   {"event":"start","at"}                                      a new run of the process; `n` counts from 1 again
 *   {"event":"open","n","request_id","prompt_tokens","at"}      before the request is computed
 *   {"event":"progress","tokens":[n, count, n, count, ...]}     before the chunks with these tokens are sent
 *   {"event":"end","n","request_id","prompt_tokens","completion_tokens","cached_tokens","outcome","at"}
 *                                                               before the last bytes of the answer are sent
 * A request without an end line was open when the process died: its last progress is its count.
 */
export type TokenOutcome = 'done' | 'aborted' | 'failed';

export interface TokenTally {
  readonly requestId: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedTokens: number;
  readonly outcome: TokenOutcome | 'open';
}

export interface TokenLog {
  /** Returns the short number of the request in this run. */
  opened(requestId: string, promptTokens: number, at: number): number;
  progressed(n: number, completionTokens: number): void;
  ended(n: number, tally: TokenTally, at: number): void;
  /** Everything said since the last call is in the file when this returns. */
  write(): void;
  close(): void;
}

export function openTokenLog(path: string, at: number): TokenLog {
  const file = openSync(path, 'a');
  let lines = `${JSON.stringify({ event: 'start', at: new Date(at).toISOString() })}\n`;
  let progress: number[] = [];
  let opened = 0;
  const endProgress = () => {
    if (progress.length > 0) lines += `{"event":"progress","tokens":[${progress.join(',')}]}\n`;
    progress = [];
  };
  const log: TokenLog = {
    opened(requestId, promptTokens, openedAt) {
      const n = ++opened;
      const atText = new Date(openedAt).toISOString();
      lines += `${JSON.stringify({ event: 'open', n, request_id: requestId, prompt_tokens: promptTokens, at: atText })}\n`;
      return n;
    },
    progressed(n, completionTokens) {
      progress.push(n, completionTokens);
    },
    ended(n, tally, endedAt) {
      endProgress();
      const { requestId, promptTokens, completionTokens, cachedTokens, outcome } = tally;
      lines += `${JSON.stringify({
        event: 'end',
        n,
        request_id: requestId,
        prompt_tokens: promptTokens,
        completion_tokens: completionTokens,
        cached_tokens: cachedTokens,
        outcome,
        at: new Date(endedAt).toISOString(),
      })}\n`;
    },
    write() {
      endProgress();
      if (lines === '') return;
      const bytes = Buffer.from(lines);
      lines = '';
      for (let sent = 0; sent < bytes.length; ) sent += writeSync(file, bytes, sent);
    },
    close() {
      log.write();
      closeSync(file);
    },
  };
  log.write();
  return log;
}

/** For an engine that keeps no log. */
export const NO_TOKEN_LOG: TokenLog = {
  opened: () => 0,
  progressed() {},
  ended() {},
  write() {},
  close() {},
};

interface LogLine {
  readonly event: string;
  readonly n?: number;
  readonly request_id?: string;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cached_tokens?: number;
  readonly outcome?: TokenOutcome;
  readonly tokens?: readonly number[];
}

/** Every request of a log in order of its end, then those left open; a line cut off by a full disk is skipped. */
export function readTokenLog(text: string): TokenTally[] {
  const ended: TokenTally[] = [];
  const left: TokenTally[] = [];
  let open = new Map<number, TokenTally>();
  for (const line of text.split('\n').map(parseLine)) {
    if (!line) continue;
    if (line.event === 'start') {
      left.push(...open.values());
      open = new Map();
    } else if (line.event === 'open') {
      open.set(line.n ?? 0, tallyOf(line, 'open'));
    } else if (line.event === 'progress') {
      const pairs = line.tokens ?? [];
      for (let i = 0; i + 1 < pairs.length; i += 2) {
        const tally = open.get(pairs[i] ?? 0);
        if (tally) open.set(pairs[i] ?? 0, { ...tally, completionTokens: pairs[i + 1] ?? 0 });
      }
    } else if (line.event === 'end') {
      ended.push(tallyOf(line, line.outcome ?? 'failed'));
      open.delete(line.n ?? 0);
    }
  }
  return [...ended, ...left, ...open.values()];
}

function parseLine(text: string): LogLine | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}

function tallyOf(line: LogLine, outcome: TokenTally['outcome']): TokenTally {
  return {
    requestId: line.request_id ?? '',
    promptTokens: line.prompt_tokens ?? 0,
    completionTokens: line.completion_tokens ?? 0,
    cachedTokens: line.cached_tokens ?? 0,
    outcome,
  };
}
