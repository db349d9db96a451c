import http from 'node:http';
import type { Env } from '#kernel/env.ts';
import type { WorkerCondition } from './condition.ts';
import { type EngineAddress, EngineClient } from './engine-client.ts';
import { EventUsageReader } from './event-usage-reader.ts';
import { parseFields } from './field-readers.ts';
import { pause } from './pause.ts';
import { countPrompt } from './prompt-question.ts';
import { refuse } from './refusal.ts';
import type { TallyBook } from './tally-book.ts';
import type { AnswerFold } from './unary/answer-fold.ts';
import type { UnaryForms } from './unary/unary-forms.ts';
import { BodyUsageReader, StreamUsageReader, type UsageReader } from './usage-reader.ts';

/**
 * Passes requests to the engine and its answers back, byte for byte, at the pace of the slower side.
 *
 * - The engine never sees the caller's credentials: only listed headers go through.
 * - The caller leaves: the engine's connection is half-closed and read on until the engine ends it (for 2 s once it writes on), so
 *   that what it produced until it noticed is counted too. Such a connection is not used again.
 * - The engine breaks off: the caller's connection is destroyed, never ended politely, so that nobody takes half an
 *   answer for a whole one.
 * - A tally is closed before the caller sees the last byte.
 * - A whole answer is asked for as a stream where that can be folded together again, so that it is counted too when it
 *   never becomes whole.
 */
export interface RelayTarget {
  readonly path: string;
  /** Undefined for requests that are not counted. */
  readonly requestId: string | undefined;
}

/** A bound for this process; the gateway has its own, smaller limits. */
export const BODY_BYTES_MAX = 64 * 1024 * 1024;
/** The one endpoint that takes several prompts in a request; whose choice is whose follows from its `n`. */
const MANY_PROMPTS_PATH = '/v1/completions';
/** Streams with named events, that do not carry usage in each. */
const MESSAGES_PATH = '/v1/messages';
const RESPONSES_PATH = '/v1/responses';
/** Of a longer request the prompt is not counted again when its answer breaks off. */
const KEPT_BODY_BYTES_MAX = 2 * 1024 * 1024;
/** How long an engine may write on after its caller left: by then it has not noticed. */
const SETTLE_MS = 2_000;
/** How long one that writes nothing is waited for: it may be busy, and what it still says counts. */
const SILENT_SETTLE_MS = 15_000;
const IDLE_LIMIT_MS = 600_000;
/** Below the 5 s after which uvicorn closes an idle connection: it must never be us who uses a closing one. */
const KEEP_IDLE_MS = 3_000;

const REQUEST_HEADERS = [
  'content-type',
  'content-length',
  'accept',
  'x-request-id',
  'traceparent',
  'tracestate',
  'anthropic-version',
  'anthropic-beta',
];
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface RelayDeps {
  readonly engine: EngineAddress;
  readonly tallies: TallyBook;
  readonly condition: WorkerCondition;
  readonly forms: UnaryForms;
}

export class EngineRelay {
  readonly #env: Env;
  readonly #engine: EngineAddress;
  readonly #client: EngineClient;
  readonly #tallies: TallyBook;
  readonly #condition: WorkerCondition;
  readonly #forms: UnaryForms;
  readonly #connections = new http.Agent({ keepAlive: true, timeout: KEEP_IDLE_MS, scheduling: 'lifo' });
  readonly #passages = new Set<Passage>();

  constructor(env: Env, { engine, tallies, condition, forms }: RelayDeps) {
    this.#env = env;
    this.#engine = engine;
    this.#client = new EngineClient(engine);
    this.#tallies = tallies;
    this.#condition = condition;
    this.#forms = forms;
  }

  pass(request: http.IncomingMessage, response: http.ServerResponse, target: RelayTarget): void {
    const upstream = http.request({
      ...this.#engine,
      agent: this.#connections,
      method: request.method,
      path: target.path,
      headers: headersForEngine(request.headers),
    });
    const isCounted = target.requestId !== undefined;
    if (isCounted) this.#condition.requestOpened();
    const ends = { request, response, upstream, target, client: this.#client, forms: this.#forms };
    const passage = new Passage(this.#env, this.#tallies, ends, () => {
      this.#passages.delete(passage);
      if (isCounted) this.#condition.requestClosed();
    });
    this.#passages.add(passage);
    passage.begin();
  }

  breakOff(): void {
    for (const passage of this.#passages) passage.breakOff();
    this.#connections.destroy();
  }
}

interface Ends {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
  readonly upstream: http.ClientRequest;
  readonly target: RelayTarget;
  readonly forms: UnaryForms;
  readonly client: EngineClient;
}

/** One request on its way. It is over once, whichever of its ends goes first. */
class Passage {
  readonly #env: Env;
  readonly #tallies: TallyBook;
  readonly #ends: Ends;
  readonly #onOver: () => void;
  readonly #over = new AbortController();
  #answer: http.IncomingMessage | undefined;
  #reader: UsageReader | undefined;
  #fold: AnswerFold | undefined;
  #isCallerGone = false;
  /** Bytes came after the caller had left. */
  #isSettling = false;
  #isBodySent = false;
  #choicesPerPrompt = Number.POSITIVE_INFINITY;
  /** Of a request whose prompt may have to be counted afterwards. */
  #body: Buffer | undefined;

  constructor(env: Env, tallies: TallyBook, ends: Ends, onOver: () => void) {
    this.#env = env;
    this.#tallies = tallies;
    this.#ends = ends;
    this.#onOver = onOver;
  }

  begin(): void {
    const { response, upstream } = this.#ends;
    upstream.setTimeout(IDLE_LIMIT_MS, () => upstream.destroy(new Error('The engine was silent too long.')));
    upstream.on('response', (answer) => this.#relayAnswer(answer));
    // Once there is an answer, its own end counts: it may still hold bytes when the connection is closed already.
    upstream.on('error', () => this.#answer ?? this.#engineBrokeOff());
    upstream.on('close', () => this.#answer ?? this.#engineBrokeOff());
    response.on('error', () => undefined);
    response.on('close', () => {
      if (!response.writableFinished) this.#callerLeft();
    });
    this.#sendBody();
  }

  breakOff(): void {
    this.#ends.upstream.destroy();
    this.#ends.response.destroy();
  }

  #sendBody(): void {
    const { request, response, upstream, target, forms } = this.#ends;
    const hasManyPrompts = target.path === MANY_PROMPTS_PATH;
    const isHeld = target.requestId !== undefined && forms.mayFold(target.path);
    const isKept = hasManyPrompts || isHeld || target.path === RESPONSES_PATH;
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (isKept) parts.push(chunk);
      if (this.#over.signal.aborted) return;
      if (size > BODY_BYTES_MAX) {
        this.#finish('failed');
        upstream.destroy();
        refuse(response, 413, 'too_large', 'The body is too large.');
      } else if (!isHeld && !upstream.write(chunk)) {
        request.pause();
        upstream.once('drain', () => request.resume());
      }
    });
    request.on('end', () => {
      this.#isBodySent = true;
      const body = isKept ? Buffer.concat(parts) : undefined;
      if (hasManyPrompts && body) this.#choicesPerPrompt = choicesPerPromptOf(body);
      if (target.path === RESPONSES_PATH && size <= KEPT_BODY_BYTES_MAX) this.#body = body;
      if (isHeld && body && !this.#over.signal.aborted) this.#sendHeld(body);
      else upstream.end();
    });
    request.on('error', () => this.#callerLeft());
  }

  #sendHeld(body: Buffer): void {
    const { upstream, target, forms } = this.#ends;
    const streamed = forms.asStream(target.path, body);
    this.#fold = streamed?.fold;
    const sent = streamed?.body ?? body;
    upstream.setHeader('content-length', sent.length);
    upstream.end(sent);
  }

  #relayAnswer(answer: http.IncomingMessage): void {
    const { response, target } = this.#ends;
    const isStream = (answer.headers['content-type'] ?? '').startsWith('text/event-stream');
    if (target.requestId !== undefined) {
      this.#reader = isStream ? this.#streamReader() : new BodyUsageReader();
      if (!isStream) this.#body = undefined;
    }
    this.#answer = answer;
    answer.on('data', (chunk: Buffer) => this.#relayChunk(chunk));
    answer.on('end', () => this.#engineFinished());
    answer.on('error', () => this.#engineBrokeOff());
    answer.on('close', () => this.#engineBrokeOff());
    // What the engine refused is whole as it is.
    if (!isStream) this.#fold = undefined;
    if (this.#isCallerGone || this.#fold) return;
    response.writeHead(answer.statusCode ?? 502, headersForCaller(answer));
    // The caller measures from here; without this, headers would wait for the first event.
    if (isStream) response.flushHeaders();
  }

  #streamReader(): UsageReader {
    const { path } = this.#ends.target;
    if (path === MESSAGES_PATH || path === RESPONSES_PATH) return new EventUsageReader();
    return new StreamUsageReader(this.#choicesPerPrompt);
  }

  #relayChunk(chunk: Buffer): void {
    if (this.#isCallerGone && !this.#isSettling) {
      this.#isSettling = true;
      this.#destroyAfter(SETTLE_MS);
    }
    this.#reader?.push(chunk);
    this.#note();
    this.#fold?.push(chunk);
    if (this.#isCallerGone || this.#fold || this.#ends.response.write(chunk)) return;
    // What the parser had read already still comes after a pause; one drain is enough for all of it.
    if (this.#answer?.isPaused()) return;
    this.#answer?.pause();
    this.#ends.response.once('drain', () => this.#answer?.resume());
  }

  #engineFinished(): void {
    if (!this.#answer?.complete) return;
    if (this.#fold && !this.#fold.isDone && !this.#isCallerGone) {
      this.#engineBrokeOff();
      return;
    }
    this.#reader?.finish();
    this.#note();
    const isOk = (this.#answer.statusCode ?? 500) < 300 && this.#reader?.hasFailed !== true;
    this.#finish(this.#isCallerGone ? 'aborted' : isOk ? 'done' : 'failed');
    if (this.#fold) this.#sendFolded(this.#fold, this.#answer);
    else this.#ends.response.end();
  }

  #sendFolded(fold: AnswerFold, answer: http.IncomingMessage): void {
    const { response } = this.#ends;
    if (response.destroyed) return;
    const body = Buffer.from(fold.error?.body ?? fold.answer());
    const { 'cache-control': _ofStreams, ...headers } = headersForCaller(answer);
    response.writeHead(fold.error?.status ?? 200, {
      ...headers,
      'content-type': 'application/json',
      'content-length': body.length,
    });
    response.end(body);
  }

  #engineBrokeOff(): void {
    if (this.#over.signal.aborted) return;
    this.#reader?.finish();
    this.#note();
    this.#finish(this.#isCallerGone ? 'aborted' : 'failed');
    const { response } = this.#ends;
    if (response.headersSent) response.destroy();
    else refuse(response, 502, 'engine_unreachable', 'The engine broke off before it answered.');
  }

  #callerLeft(): void {
    if (this.#isCallerGone || this.#over.signal.aborted) return;
    this.#isCallerGone = true;
    const { upstream } = this.#ends;
    const socket = upstream.socket;
    if (!this.#isBodySent || !socket || socket.connecting) {
      upstream.destroy();
      return;
    }
    socket.end();
    this.#answer?.resume();
    this.#destroyAfter(SILENT_SETTLE_MS);
  }

  #destroyAfter(limitMs: number): void {
    void pause(this.#env, limitMs, this.#over.signal).then((isTooLong) => {
      if (isTooLong) this.#ends.upstream.destroy();
    });
  }

  #note(): void {
    const { requestId } = this.#ends.target;
    if (requestId !== undefined && this.#reader) this.#tallies.count(requestId, this.#reader.usage);
  }

  #finish(state: 'done' | 'aborted' | 'failed'): void {
    if (this.#over.signal.aborted) return;
    const { requestId } = this.#ends.target;
    if (requestId !== undefined) this.#closeTally(requestId, state);
    this.#over.abort();
    this.#onOver();
  }

  /** A response that broke off never said how long its prompt was: the engine is asked before the count is closed. */
  #closeTally(requestId: string, state: 'done' | 'aborted' | 'failed'): void {
    const reader = this.#reader;
    const body = this.#body;
    this.#body = undefined;
    if (!(reader instanceof EventUsageReader) || !reader.lacksPrompt || body === undefined) {
      this.#tallies.close(requestId, state);
      return;
    }
    void countPrompt(this.#ends.client, body).then((tokens) => {
      if (tokens !== undefined) reader.notePrompt(tokens);
      this.#note();
      this.#tallies.close(requestId, state);
    });
  }
}

/** The request's `n`; the engine judges whether it makes sense. */
function choicesPerPromptOf(body: Buffer): number {
  try {
    const n = parseFields(body.toString('utf8'), 'The body')['n'];
    return typeof n === 'number' && Number.isSafeInteger(n) && n > 0 ? n : 1;
  } catch {
    return 1;
  }
}

function headersForEngine(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  const passed: http.OutgoingHttpHeaders = {};
  for (const name of REQUEST_HEADERS) {
    const value = headers[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

function headersForCaller(answer: http.IncomingMessage): http.OutgoingHttpHeaders {
  const passed: http.OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) passed[name] = value;
  }
  return passed;
}
