/** The heads of answers that are written to a socket without node:http. */
import { STATUS_CODES } from 'node:http';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { errorBody } from '../openai-error.ts';

const HEADER_NAME = /^[A-Za-z0-9-]+$/;
const KNOWN_NAMES_MAX = 100;
const knownNames = new Set<string>();
const HEADER_VALUE = /^[\x20-\x7e\x80-\xff]*$/;

export interface AnswerHead {
  readonly text: string;
  /** Undefined: the length is not known, the body comes in chunks. */
  readonly length: number | undefined;
}

/** @throws when a header could be read as more than one: then nothing of it is sent */
export function answerHead(
  status: number,
  headers: Readonly<Record<string, string>>,
  context: { readonly date: string; readonly isLast: boolean },
): AnswerHead {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  let length: number | undefined;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (!isName(name) || !HEADER_VALUE.test(value)) {
      throw new Error(`the answer's header ${JSON.stringify(name)} is malformed`);
    }
    if (name === 'content-length') length = Number(value);
    text += `${name}: ${value}\r\n`;
  }
  const framing = length === undefined ? 'transfer-encoding: chunked\r\n' : '';
  const connection = context.isLast ? 'close' : 'keep-alive';
  return { text: `${text}date: ${context.date}\r\nconnection: ${connection}\r\n${framing}\r\n`, length };
}

/** Names are few, and the same in every answer. */
function isName(name: string): boolean {
  if (knownNames.has(name)) return true;
  if (!HEADER_NAME.test(name)) return false;
  if (knownNames.size < KNOWN_NAMES_MAX) knownNames.add(name);
  return true;
}

/** The Date header's value, made once per second. */
export class HttpDate {
  readonly #env: Env;
  #second = 0;
  #text = '';

  constructor(env: Env) {
    this.#env = env;
  }

  get text(): string {
    const second = Math.floor(this.#env.clock.now() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1_000).toUTCString();
    }
    return this.#text;
  }
}

/** A whole answer to what never became a request; the connection ends after it. */
export function refusalOf(status: number, requestId: string): string {
  const publicMessage =
    status === 408 ? 'The request took too long to arrive.' : 'This is not a valid HTTP request.';
  const body = JSON.stringify(errorBody(new AppError('request.invalid', { publicMessage })));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `x-request-id: ${requestId}`,
    `request-id: ${requestId}`,
    'x-should-retry: false',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
