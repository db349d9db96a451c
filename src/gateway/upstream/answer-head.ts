/** The head of a worker's answer, read strictly: what two parsers could read differently is an error. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Set by the agent when it, not the engine, speaks. */
  readonly agentError: string | undefined;
  readonly body: 'none' | 'chunked' | 'until_close' | { readonly length: number };
  /** The worker keeps the connection open after this answer. */
  readonly isKept: boolean;
  /** How long the worker said that it keeps an idle connection. */
  readonly keptMs: number | undefined;
}

export class MalformedAnswerError extends Error {
  override readonly name = 'MalformedAnswerError';
  readonly code = 'MALFORMED_ANSWER';
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const LENGTH = /^\d{1,15}$/;
const TIMEOUT = /\btimeout=(\d{1,6})\b/i;

/** @param text without the blank line that ends it */
export function readAnswerHead(text: string): AnswerHead {
  const lines = text.split('\r\n');
  const start = STATUS_LINE.exec(lines[0] ?? '');
  if (!start) throw new MalformedAnswerError('the worker does not answer in HTTP');
  const status = Number(start[2]);
  const headers = readHeaders(lines);
  const connection = headers.get('connection')?.toLowerCase() ?? '';
  const timeout = TIMEOUT.exec(headers.get('keep-alive') ?? '')?.[1];
  return {
    status,
    contentType: headers.get('content-type'),
    agentError: headers.get('x-inventiv-worker-error'),
    body: framingOf(status, start[1] === '1', headers),
    isKept: start[1] === '1' && !connection.split(',').some((token) => token.trim() === 'close'),
    keptMs: timeout === undefined ? undefined : Number(timeout) * 1_000,
  };
}

/** One header line of a head or a trailer. @throws MalformedAnswerError */
export function readHeaderLine(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon));
  const value = trimmed(line, colon + 1);
  if (!NAME.test(name) || !VALUE.test(value)) {
    throw new MalformedAnswerError('a header of the answer is malformed');
  }
  return { name: name.toLowerCase(), value };
}

function trimmed(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Those that are read here; all others are only checked. */
const READ = new Set([
  'content-length',
  'transfer-encoding',
  'content-type',
  'connection',
  'keep-alive',
  'x-inventiv-worker-error',
]);
const ONLY_ONCE = new Set(['content-length', 'transfer-encoding', 'content-type']);

function readHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let i = 1; i < lines.length; i++) {
    const { name, value } = readHeaderLine(lines[i] ?? '');
    if (!READ.has(name)) continue;
    const former = headers.get(name);
    if (former !== undefined && ONLY_ONCE.has(name)) {
      throw new MalformedAnswerError(`the answer has more than one ${name}`);
    }
    headers.set(name, former === undefined ? value : `${former}, ${value}`);
  }
  return headers;
}

function framingOf(
  status: number,
  isHttp11: boolean,
  headers: ReadonlyMap<string, string>,
): AnswerHead['body'] {
  const encoding = headers.get('transfer-encoding');
  const length = headers.get('content-length');
  if (status < 200 || status === 204 || status === 304) {
    if (encoding !== undefined || (length ?? '0') !== '0') {
      throw new MalformedAnswerError(`an answer ${status} has no body`);
    }
    return 'none';
  }
  if (encoding !== undefined) {
    if (length !== undefined || !isHttp11 || encoding.toLowerCase() !== 'chunked') {
      throw new MalformedAnswerError('the length of the answer is ambiguous');
    }
    return 'chunked';
  }
  if (length === undefined) return 'until_close';
  if (!LENGTH.test(length)) throw new MalformedAnswerError('the length of the answer is no number');
  return { length: Number(length) };
}
