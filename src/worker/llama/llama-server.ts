import type http from 'node:http';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { listenOn, readBody, sendJson } from '../port-server.ts';
import { type AnswerEnd, chatForm, errorText, failureText, textForm } from './answers.ts';
import {
  type CompletionRequest,
  fieldsOf,
  RequestRefusal,
  readCompletionRequest,
} from './completion-request.ts';
import type { LlamaSettings } from './llama-args.ts';
import { type FinishReason, LlamaMetrics } from './llama-metrics.ts';
import type { LlamaRuntime } from './llama-runtime.ts';
import { TextPieces } from './text-pieces.ts';

/**
 * The HTTP face of llama.cpp: the part of vLLM's that texts need. It answers as soon as it listens, with 503 until the
 * model is loaded. A token counts when it was computed; who leaves ends the computing at the next one.
 */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const LLAMA_ENGINE = 'llama-cpp';

interface Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal;
}

interface Outcome {
  readonly end: AnswerEnd;
  readonly text: string;
  readonly completion: number;
}

export class LlamaServer {
  readonly #env: Env;
  readonly #settings: LlamaSettings;
  readonly #metrics: LlamaMetrics;
  #runtime: LlamaRuntime | undefined;

  constructor(env: Env, settings: LlamaSettings) {
    this.#env = env;
    this.#settings = settings;
    const capacity = settings.contextLength * settings.sequences;
    this.#metrics = new LlamaMetrics(settings.servedName, capacity);
  }

  async listen(): Promise<http.Server> {
    const { host, port } = this.#settings;
    const { server } = await listenOn(host, port, (request, response) => void this.#serve(request, response));
    return server;
  }

  loaded(runtime: LlamaRuntime): void {
    this.#runtime = runtime;
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    response.on('error', () => gone.abort());
    try {
      await this.#route({ request, response, gone: gone.signal });
    } catch (error) {
      this.#refuse(response, error);
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const path = (request.url ?? '').split('?', 1)[0];
    if (request.method === 'POST') await this.#post(path ?? '', exchange);
    else if (request.method !== 'GET') throw new RequestRefusal(405, 'MethodNotAllowed', 'Use GET or POST.');
    else if (path === '/health' || path === '/ping') {
      response.writeHead(this.#runtime ? 200 : 503).end();
    } else if (path === '/version') {
      sendJson(response, 200, { version: LLAMA_ENGINE });
    } else if (path === '/metrics') {
      const { running = 0, waiting = 0 } = this.#runtime?.pool ?? {};
      response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
      response.end(this.#metrics.render({ running, waiting }));
    } else if (path === '/v1/models') {
      this.#ready();
      sendJson(response, 200, { object: 'list', data: [this.#card()] });
    } else throw unknownPath(path);
  }

  async #post(path: string, exchange: Exchange): Promise<void> {
    const isChat = path === '/v1/chat/completions';
    if (!isChat && path !== '/v1/completions' && path !== '/tokenize') throw unknownPath(path);
    const text = await readBody(exchange.request, BODY_BYTES_MAX);
    if (exchange.gone.aborted) return;
    const body = parseBody(text);
    const runtime = this.#ready();
    this.#requireModel(body);
    if (path === '/tokenize') {
      const kind = fieldsOf(body)['messages'] === undefined ? 'text' : 'chat';
      const tokens = runtime.tokensOf(readCompletionRequest(body, kind).prompt);
      const { contextLength } = this.#settings;
      sendJson(exchange.response, 200, { count: tokens.length, max_model_len: contextLength, tokens });
      return;
    }
    await this.#complete(runtime, exchange, readCompletionRequest(body, isChat ? 'chat' : 'text'), isChat);
  }

  async #complete(
    runtime: LlamaRuntime,
    exchange: Exchange,
    wish: CompletionRequest,
    isChat: boolean,
  ): Promise<void> {
    const prompt = tokensOf(runtime, wish);
    const tokensMax = this.#tokensMax(prompt.length, wish.maxTokens);
    const identity = {
      id: this.#idOf(exchange.request),
      model: this.#settings.servedName,
      created: Math.floor(this.#env.clock.now() / 1000),
      includeUsage: wish.includeUsage,
      continuousUsage: wish.continuousUsage,
    };
    const form = isChat ? chatForm(identity) : textForm(identity);
    const { response, gone } = exchange;
    if (wish.isStream) {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.flushHeaders();
    }
    const countsOf = (completion: number) => ({ prompt: prompt.length, completion });
    let isOpened = false;
    const outcome = await this.#generate(runtime, { prompt, wish, tokensMax, gone }, async (said) => {
      if (!wish.isStream) return;
      const opening = isOpened ? '' : form.opening(countsOf(0));
      isOpened = true;
      const written = response.write(opening + form.piece(said.text, said.end, countsOf(said.completion)));
      if (!written) await drained(response, gone);
    });
    if (!outcome || gone.aborted) return;
    const counts = countsOf(outcome.completion);
    if (wish.isStream) {
      response.end(form.closing(counts));
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(form.whole(outcome.text, outcome.end, counts));
  }

  /** Undefined when the client left. `onPiece` gets each token's text, or an empty one; slow readers slow it down. */
  async #generate(
    runtime: LlamaRuntime,
    order: {
      readonly prompt: number[];
      readonly wish: CompletionRequest;
      readonly tokensMax: number;
      readonly gone: AbortSignal;
    },
    onPiece: (said: { text: string; end: AnswerEnd | undefined; completion: number }) => Promise<void>,
  ): Promise<Outcome | undefined> {
    const { prompt, wish, tokensMax, gone } = order;
    const sequence = await runtime.pool.take(gone);
    if (!sequence) return undefined;
    const pieces = new TextPieces((tokens, before) => runtime.textOf(tokens, before), wish.stops);
    let [text, completion, end]: [string, number, AnswerEnd | undefined] = ['', 0, undefined];
    let reason: FinishReason = 'error';
    this.#metrics.promptTokens += prompt.length;
    this.#metrics.heldTokens += prompt.length;
    try {
      for await (const token of runtime.generate(sequence, prompt, wish.sampling)) {
        completion += 1;
        this.#metrics.generationTokens += 1;
        this.#metrics.heldTokens += 1;
        if (gone.aborted) break;
        let piece = '';
        if (runtime.isEnd(token) && !wish.ignoreEos) end = { reason: 'stop', stop: null };
        else piece = pieces.push(token);
        if (pieces.stop !== null) end = { reason: 'stop', stop: pieces.stop };
        else if (!end && completion >= tokensMax) end = { reason: 'length', stop: null };
        if (end && pieces.stop === null) piece += pieces.finish();
        text += piece;
        await onPiece({ text: piece, end, completion });
        if (end) break;
      }
      reason = gone.aborted ? 'abort' : (end?.reason ?? 'error');
    } finally {
      this.#metrics.heldTokens -= prompt.length + completion;
      this.#metrics.finished(reason);
      runtime.pool.giveBack(sequence);
    }
    if (gone.aborted) return undefined;
    if (!end) throw new Error('llama.cpp ended the answer by itself.');
    return { end, text, completion };
  }

  #tokensMax(promptTokens: number, wanted: number | undefined): number {
    const { contextLength } = this.#settings;
    const room = contextLength - promptTokens;
    if (promptTokens === 0) throw tooLong('The prompt is empty: it needs at least one token.');
    if (room < 1 || (wanted !== undefined && wanted > room)) {
      const asked = wanted === undefined ? '' : ` and ${wanted} for the answer`;
      throw tooLong(
        `This model's maximum context length is ${contextLength} tokens. However, you requested ${promptTokens} tokens in the prompt${asked}. Please reduce the length of the messages or of the answer.`,
      );
    }
    return wanted ?? room;
  }

  #requireModel(body: unknown): void {
    const { model } = fieldsOf(body);
    if (model === undefined || model === null || model === this.#settings.servedName) return;
    const named = String(model).slice(0, 200);
    throw new RequestRefusal(404, 'NotFoundError', `The model \`${named}\` does not exist.`, 'model');
  }

  #ready(): LlamaRuntime {
    if (this.#runtime) return this.#runtime;
    throw new RequestRefusal(503, 'ServiceUnavailableError', 'The model is not loaded yet.');
  }

  #idOf(request: http.IncomingMessage): string {
    const named = request.headers['x-request-id'];
    if (typeof named === 'string' && named !== '') return named.slice(0, 200);
    return Buffer.from(this.#env.random.bytes(16)).toString('hex');
  }

  #card(): Record<string, unknown> {
    const { servedName, contextLength } = this.#settings;
    const created = Math.floor(this.#env.clock.now() / 1000);
    const named = { id: servedName, object: 'model', created, owned_by: LLAMA_ENGINE, root: servedName };
    return { ...named, max_model_len: contextLength };
  }

  #refuse(response: http.ServerResponse, error: unknown): void {
    const isRefusal = error instanceof RequestRefusal;
    if (!isRefusal) this.#env.log.error({ error }, 'A request failed.');
    if (response.headersSent) {
      response.end(failureText('The engine failed.'));
      return;
    }
    const { status, type, param } = isRefusal
      ? error
      : { status: 500, type: 'InternalServerError', param: null };
    const text = errorText(status, type, isRefusal ? error.message : 'The engine failed.', param);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(text);
  }
}

/** What a template refuses, such as two messages of one side in a row, is the client's to put right. */
function tokensOf(runtime: LlamaRuntime, wish: CompletionRequest): number[] {
  try {
    return runtime.tokensOf(wish.prompt);
  } catch (error) {
    const why = `The model's template refuses these messages: ${messageOf(error)}`;
    throw new RequestRefusal(400, 'BadRequestError', why, 'messages');
  }
}

function drained(response: http.ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve();
    response.once('drain', resolve);
    gone.addEventListener('abort', () => resolve(), { once: true });
  });
}

function parseBody(text: string | undefined): unknown {
  if (text === undefined) throw new RequestRefusal(413, 'BadRequestError', 'The request is too large.');
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestRefusal(400, 'BadRequestError', 'The request is not valid JSON.');
  }
}

function tooLong(message: string): RequestRefusal {
  return new RequestRefusal(400, 'BadRequestError', message, 'messages');
}

function unknownPath(path: string | undefined): RequestRefusal {
  const message = `This engine (llama.cpp on CPU) has no ${path}. It answers /v1/chat/completions and /v1/completions.`;
  return new RequestRefusal(404, 'NotFoundError', message);
}
