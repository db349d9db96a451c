/**
 * A way around the framework for a route that is asked thousands of times a second.
 *
 * Only requests whose head is plain take it: the exact path, JSON of a told length, nothing that a browser adds.
 * Everything else goes to the route of the same address, which stays the one that is declared, documented and tested
 * for every strange case. What is answered is the same, and so are ids, refusals and measurements; only the line in
 * the log is left out where it would drown all others.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Env } from '#kernel/env.ts';
import type { AppError } from '#kernel/errors.ts';
import { isId, newId } from '#kernel/ids.ts';
import { translate } from './error-handler.ts';
import { statusOf, toProblem } from './problem.ts';
import { guardRequest, type OriginRule } from './request-guard.ts';
import type { RequestMetrics } from './request-metrics.ts';

export interface Shortcut {
  /** Of the route whose work it does. */
  readonly name: string;
  readonly path: string;
  readonly bodyBytesMax: number;
  /** Gives the answer as JSON, or throws as the route would. */
  readonly answer: (
    authorization: string | undefined,
    body: Buffer,
    remoteAddress: string | undefined,
  ) => Promise<string>;
}

export interface ShortcutDeps {
  readonly env: Env;
  readonly rule: OriginRule;
  /** Of every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly metrics?: RequestMetrics | undefined;
  /** While the server closes, the framework tells the clients. */
  readonly isClosing: () => boolean;
}

/** Beside these nothing is expected of a program; with any other header the framework looks. */
const PLAIN_HEADERS = new Set([
  'host',
  'authorization',
  'content-type',
  'content-length',
  'connection',
  'accept',
  'accept-encoding',
  'accept-language',
  'sec-fetch-mode',
  'user-agent',
  'x-correlation-id',
]);
/** Told by many machines at once and in short order: counted, not logged. */
const QUIET_STATUSES = new Set([200, 429, 503]);

/** The framework's listener with the shortcuts before it. */
export function withShortcuts(
  deps: ShortcutDeps,
  shortcuts: readonly Shortcut[],
  framework: RequestListener,
): RequestListener {
  const byPath = new Map(shortcuts.map((shortcut) => [shortcut.path, shortcut]));
  const head = Object.entries(deps.headers).flat();
  return (request, response) => {
    const shortcut = request.method === 'POST' ? byPath.get(request.url ?? '') : undefined;
    if (!shortcut || deps.isClosing() || !isPlain(request, shortcut)) return framework(request, response);
    void new Exchange(deps, head, shortcut, request, response).run();
  };
}

function isPlain({ rawHeaders, headers }: IncomingMessage, { bodyBytesMax }: Shortcut): boolean {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!PLAIN_HEADERS.has(rawHeaders[at]?.toLowerCase() ?? '')) return false;
  }
  const length = headers['content-length'];
  return (
    headers['content-type'] === 'application/json' &&
    length !== undefined &&
    length !== '0' &&
    Number(length) <= bodyBytesMax
  );
}

class Exchange {
  readonly #deps: ShortcutDeps;
  readonly #head: readonly string[];
  readonly #shortcut: Shortcut;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #startedMs: number;
  readonly #requestId: string;
  readonly #correlationId: string;

  constructor(
    deps: ShortcutDeps,
    head: readonly string[],
    shortcut: Shortcut,
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    this.#deps = deps;
    this.#head = head;
    this.#shortcut = shortcut;
    this.#request = request;
    this.#response = response;
    this.#startedMs = deps.env.clock.monotonic();
    this.#requestId = newId(deps.env, 'request');
    const given = request.headers['x-correlation-id'];
    this.#correlationId =
      typeof given === 'string' && isId('correlation', given) ? given : newId(deps.env, 'correlation');
  }

  async run(): Promise<void> {
    try {
      guardRequest(this.#deps.rule, this.#request);
      const body = await readBody(this.#request);
      // The client left before it had said all.
      if (!body) return this.#note(499);
      const { headers, socket } = this.#request;
      const text = await this.#shortcut.answer(headers.authorization, body, socket.remoteAddress);
      this.#send(200, 'application/json; charset=utf-8', text);
      this.#note(200);
    } catch (error) {
      this.#refuse(translate(error));
    }
  }

  #refuse(error: AppError): void {
    const status = statusOf(error);
    const problem = JSON.stringify(toProblem(error, this.#requestId));
    this.#send(status, 'application/problem+json; charset=utf-8', problem, error.retryAfterMs);
    this.#note(status, error);
    if (error.kind === 'internal') {
      const fields = { request_id: this.#requestId, correlation_id: this.#correlationId, code: error.code };
      this.#deps.env.log.error({ ...fields, error: error.cause ?? error }, 'a request failed unexpectedly');
    }
  }

  #send(status: number, type: string, text: string, retryAfterMs?: number): void {
    const head = [
      ...this.#head,
      'content-type',
      type,
      'content-length',
      String(Buffer.byteLength(text)),
      'x-request-id',
      this.#requestId,
      'x-correlation-id',
      this.#correlationId,
    ];
    if (retryAfterMs !== undefined) {
      head.push('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
    }
    this.#response.writeHead(status, head);
    this.#response.end(text);
  }

  #note(status: number, error?: AppError): void {
    const { env, metrics } = this.#deps;
    const durationMs = env.clock.monotonic() - this.#startedMs;
    metrics?.observe(this.#shortcut.name, 'POST', status, durationMs / 1000);
    if (QUIET_STATUSES.has(status)) return;
    const fields = {
      request_id: this.#requestId,
      correlation_id: this.#correlationId,
      method: 'POST',
      path: this.#shortcut.path,
      route: this.#shortcut.name,
      status,
      duration_ms: Math.round(durationMs * 10) / 10,
      ...(error ? { code: error.code } : {}),
    };
    env.log.info(fields, 'request');
  }
}

/** Undefined when the client left. Its length was told, so the parser takes no more than that. */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let all: Buffer[] | undefined;
    request.on('data', (chunk: Buffer) => {
      if (!first) first = chunk;
      else if (all) all.push(chunk);
      else all = [first, chunk];
    });
    request.on('end', () => resolve(all ? Buffer.concat(all) : (first ?? Buffer.alloc(0))));
    request.on('close', () => resolve(undefined));
    request.on('error', () => resolve(undefined));
  });
}
