/**
 * The workers' side of the gateway: one POST to a worker's data port, its answer handed on piece by piece.
 *
 * Cancelling closes the connection, which is how the agent and the engine learn that nobody wants the answer. Nothing
 * here waits by itself: limits belong to the caller.
 */
import { Agent, type Dispatcher } from 'undici';
import { messageOf } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';

export interface UpstreamTarget {
  readonly origin: string;
  readonly token: Secret;
}

export interface UpstreamRequest {
  readonly path: string;
  readonly requestId: string;
  /** Names and values in turn that the engine gets besides ours. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Where an answer goes. Exactly one of `onEnd` and `onBroken` is called, last. */
export interface AnswerReader {
  onBytes(bytes: Buffer): void;
  onEnd(): void;
  onBroken(error: UpstreamError): void;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Set when the agent itself refused or failed; undefined when the engine speaks. */
  readonly agentError: string | undefined;
  read(reader: AnswerReader): void;
  pause(): void;
  resume(): void;
}

export interface UpstreamCall {
  /** Settles with the head of the answer; rejects with UpstreamError. */
  readonly answer: Promise<UpstreamAnswer>;
  /** Ends it wherever it is; without effect after its end. */
  cancel(): void;
}

export interface Upstream {
  post(target: UpstreamTarget, request: UpstreamRequest): UpstreamCall;
  close(): Promise<void>;
}

export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** True when no connection was made, so the worker cannot have seen the request. */
  readonly isUnreachable: boolean;

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.isUnreachable = UNREACHABLE.has(codeOf(cause));
  }
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const CONNECT_TIMEOUT_MS = 2_000;
// Below the 5 s after which common servers close an idle connection, so that we do not write into a closing one.
const KEEP_ALIVE_MS = 4_000;

export function undiciUpstream(): Upstream {
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    post(target, request) {
      const call = new Call();
      const options: Dispatcher.DispatchOptions = {
        origin: target.origin,
        path: request.path,
        method: 'POST',
        headers: [
          'authorization',
          `Bearer ${target.token.reveal()}`,
          'content-type',
          'application/json',
          'x-request-id',
          request.requestId,
          ...request.headers,
        ],
        body: request.body,
      };
      agent.dispatch(options, call);
      return call;
    },
    close: () => agent.destroy(),
  };
}

class Call implements UpstreamCall, UpstreamAnswer, Dispatcher.DispatchHandler {
  readonly answer: Promise<UpstreamAnswer>;
  status = 0;
  contentType: string | undefined;
  agentError: string | undefined;
  readonly #settle: PromiseWithResolvers<UpstreamAnswer>;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: AnswerReader | undefined;
  #isCancelled = false;
  // What arrived between the head and the first reader; the parser hands both over in one go.
  #early: Buffer[] = [];
  #end: { readonly error: UpstreamError | undefined } | undefined;

  constructor() {
    this.#settle = Promise.withResolvers();
    this.answer = this.#settle.promise;
  }

  cancel(): void {
    this.#isCancelled = true;
    if (!this.#end) this.#controller?.abort(new Error('cancelled by the gateway'));
  }

  read(reader: AnswerReader): void {
    this.#reader = reader;
    for (const bytes of this.#early) reader.onBytes(bytes);
    this.#early = [];
    if (this.#end) this.#finish(reader, this.#end.error);
  }

  pause(): void {
    if (!this.#end) this.#controller?.pause();
  }

  resume(): void {
    if (!this.#end) this.#controller?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have been cancelled while it waited for a connection.
    if (this.#isCancelled) controller.abort(new Error('cancelled by the gateway'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return;
    this.status = statusCode;
    this.contentType = single(headers['content-type']);
    this.agentError = single(headers['x-inventiv-worker-error']);
    this.#settle.resolve(this);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#reader) this.#reader.onBytes(chunk);
    else this.#early.push(chunk);
  }

  onResponseEnd(): void {
    this.#conclude(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#conclude(new UpstreamError(error));
  }

  #conclude(error: UpstreamError | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    if (error) this.#settle.reject(error);
    if (this.#reader) this.#finish(this.#reader, error);
  }

  #finish(reader: AnswerReader, error: UpstreamError | undefined): void {
    if (error) reader.onBroken(error);
    else reader.onEnd();
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
