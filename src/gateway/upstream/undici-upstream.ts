/** The workers' side on undici: slower than the other one, and kept as the second opinion on it. */
import { Agent, type Dispatcher } from 'undici';
import {
  type AnswerReader,
  type Upstream,
  type UpstreamAnswer,
  type UpstreamCall,
  UpstreamError,
  type UpstreamFigures,
} from '../upstream.ts';

// Below the 5 s after which common servers close an idle connection, so that we do not write into a closing one.
const KEEP_ALIVE_MS = 4_000;

export function undiciUpstream({ connectMs }: UpstreamFigures): Upstream {
  const agent = new Agent({
    connect: { timeout: connectMs },
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
