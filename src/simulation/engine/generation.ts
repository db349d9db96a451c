import type { ServerResponse } from 'node:http';
import type { Env } from '#kernel/env.ts';
import {
  type AnswerFormat,
  type AnswerIdentity,
  chatFormat,
  completionFormat,
  type FinishedChoice,
  type Usage,
  type UsageWish,
} from './answer-format.ts';
import { ENGINE_FAILED, errorBody } from './api-error.ts';
import { blockHashes, saltOf } from './block-hash.ts';
import { Choice, type Prompt } from './choice.ts';
import type { EngineMetrics } from './engine-metrics.ts';
import type { EngineEvent } from './engine-model.ts';
import type { EngineRunner } from './engine-runner.ts';
import type { Fault } from './faults.ts';
import { messageFormat } from './message-format.ts';
import type { GenerationRequest } from './request-body.ts';
import { responseFormat } from './response-format.ts';
import type { TokenLog, TokenOutcome } from './token-log.ts';

/**
 * One request that makes text, from submission to its last byte. A token counts when its chunk is handed to the
 * socket, and the log has the count before that; so for a stream that is cut short, what a reader finds in the last
 * usage it received is what the log says. A whole (not streamed) answer counts what was generated.
 */
export interface GenerationContext {
  readonly env: Env;
  readonly runner: EngineRunner;
  readonly metrics: EngineMetrics;
  readonly tokenLog: TokenLog;
  readonly blockTokens: number;
  readonly maxModelLen: number;
  readonly showPromptDetails: boolean;
  readonly forceUsage: boolean;
  /** The generation has something to record and write at the end of this turn. */
  readonly needsWrite: (generation: Generation) => void;
  readonly crash: () => void;
}

export interface GenerationExchange {
  readonly response: ServerResponse;
  /** As the client named it, and as the log has it. */
  readonly requestId: string;
  /** Unique in this process, unlike what clients send. */
  readonly sequencePrefix: string;
  readonly model: string;
  readonly fault: Fault | undefined;
}

export class Generation {
  readonly #context: GenerationContext;
  readonly #request: GenerationRequest;
  readonly #exchange: GenerationExchange;
  readonly #format: AnswerFormat;
  readonly #prompts: readonly Prompt[];
  readonly #choices: readonly Choice[];
  readonly #promptTokens: number;
  #logNumber = 0;
  #tokens = 0;
  #out = '';
  #isOpened = false;
  /** `hung` and `crashing` generate nothing any more, with the connection still open. */
  #state: 'running' | 'hung' | 'crashing' | 'ended' = 'running';
  #ending: 'none' | 'complete' | 'cut' = 'none';

  constructor(context: GenerationContext, request: GenerationRequest, exchange: GenerationExchange) {
    this.#context = context;
    this.#request = request;
    this.#exchange = exchange;
    const identity = {
      requestId: exchange.requestId,
      model: exchange.model,
      createdSeconds: Math.floor(context.env.clock.now() / 1000),
    };
    this.#format = formatOf(request, identity, {
      includeUsage: request.includeUsage || context.forceUsage,
      continuousUsage: request.continuousUsage || context.forceUsage,
    });
    const salt = request.cacheSalt === '' ? 0 : saltOf(request.cacheSalt);
    this.#prompts = request.prompts.map((tokens) => ({
      tokens,
      hashes: blockHashes(tokens, context.blockTokens, salt),
      cachedTokens: 0,
    }));
    this.#promptTokens = this.#prompts.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const arrivedAt = context.env.clock.monotonic();
    this.#choices = this.#prompts.flatMap((prompt, p) =>
      Array.from({ length: request.n }, (_, k) => {
        const index = p * request.n + k;
        const sequenceId = `${exchange.sequencePrefix}.${index}`;
        return new Choice(prompt, request, {
          index,
          sequenceId,
          maxModelLen: context.maxModelLen,
          arrivedAt,
        });
      }),
    );
  }

  start(): void {
    const { tokenLog, runner, metrics, env } = this.#context;
    this.#logNumber = tokenLog.opened(this.#exchange.requestId, this.#promptTokens, env.clock.now());
    tokenLog.write();
    metrics.paramN.observe(this.#request.n);
    if (this.#request.isStream) {
      // Like the original, the head goes out before there is a first token.
      this.#exchange.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      this.#exchange.response.flushHeaders();
      const preface = this.#format.preface();
      if (preface !== '') this.#exchange.response.write(preface);
    }
    for (const choice of this.#choices) {
      runner.submit(choice.sequence, (event) => this.#onEvent(choice, event));
    }
  }

  /** The client went away: stop generating, and say what was written until now. */
  abort(): void {
    if (this.#state === 'ended') return;
    this.#close('aborted');
    this.#context.tokenLog.write();
  }

  /** First half of writing: the log learns what is about to be sent. */
  record(): void {
    if (this.#state !== 'ended' && this.#request.isStream) {
      this.#context.tokenLog.progressed(this.#logNumber, this.#tokens);
    }
  }

  /** Second half: what the log has may go out. */
  write(): void {
    const text = this.#out;
    this.#out = '';
    const { response } = this.#exchange;
    if (this.#ending === 'complete') {
      response.end(text);
    } else if (this.#ending === 'cut' || this.#state === 'crashing') {
      const act = this.#ending === 'cut' ? () => response.socket?.destroy() : this.#context.crash;
      // The chunks before the fault must have left the process first.
      if (this.#request.isStream && text !== '') response.write(text, act);
      else act();
    } else if (text !== '') {
      response.write(text);
    }
  }

  #onEvent(choice: Choice, event: EngineEvent): void {
    const { env, metrics, runner } = this.#context;
    if (event.kind === 'admitted') choice.admitted(event.cachedTokens, env.clock.monotonic());
    if (event.kind !== 'first' && event.kind !== 'token') return;
    const fault = this.#exchange.fault;
    if (fault && this.#tokens === fault.afterChunks && this.#breakDown(fault)) return;
    this.#tokens++;
    const text = choice.next(env.clock.monotonic(), metrics);
    if (this.#request.isStream) this.#addChunk(choice, text);
    else choice.text += text;
    if (!choice.end) return;
    if (choice.endedEarly) runner.abort(choice.sequence.id);
    if (this.#choices.every(({ end }) => end)) this.#complete();
  }

  #addChunk(choice: Choice, text: string): void {
    const usageOf = (each: Choice): Usage => ({
      promptTokens: each.prompt.tokens.length,
      completionTokens: each.tokens,
    });
    if (!this.#isOpened) {
      this.#isOpened = true;
      for (const each of this.#choices) {
        this.#out += this.#format.opening(each.index, { ...usageOf(each), completionTokens: 0 });
      }
    }
    this.#out += this.#format.content(choice.index, text, choice.end, usageOf(choice));
    this.#context.needsWrite(this);
  }

  #complete(): void {
    const usage = this.#totalUsage();
    if (this.#request.isStream) {
      this.#out += this.#format.closing(usage);
    } else {
      const choices = this.#choices.map(
        ({ index, text, end }): FinishedChoice => ({ index, text, reason: 'stop', stopText: null, ...end }),
      );
      this.#out = this.#format.whole(choices, usage);
      this.#exchange.response.setHeader('content-type', 'application/json');
    }
    this.#ending = 'complete';
    this.#close('done');
    this.#context.needsWrite(this);
  }

  /** True when the fault ends the ordinary course of things. */
  #breakDown(fault: Fault): boolean {
    switch (fault.kind) {
      case 'error':
        this.#ending = this.#writeFailure();
        this.#close('failed');
        break;
      case 'cut':
        this.#ending = 'cut';
        this.#close('failed');
        break;
      case 'hang':
        this.#state = 'hung';
        this.#dropSequences();
        break;
      case 'crash':
        this.#state = 'crashing';
        this.#dropSequences();
        break;
      case 'delay':
      case 'reject':
      case 'stall':
      case 'unhealthy':
        // These act before a request is taken up, or on the engine as a whole.
        return false;
    }
    this.#context.needsWrite(this);
    return true;
  }

  #writeFailure(): 'complete' | 'cut' {
    if (this.#request.isStream) {
      const failure = this.#format.failure(ENGINE_FAILED);
      this.#out += failure ?? '';
      return failure === undefined ? 'cut' : 'complete';
    }
    this.#out = errorBody(ENGINE_FAILED);
    this.#exchange.response.statusCode = ENGINE_FAILED.status;
    this.#exchange.response.setHeader('content-type', 'application/json');
    return 'complete';
  }

  #close(outcome: TokenOutcome): void {
    this.#state = 'ended';
    if (outcome !== 'done') {
      this.#dropSequences();
      this.#context.metrics.finished(outcome === 'aborted' ? 'abort' : 'error');
    }
    this.#context.tokenLog.ended(
      this.#logNumber,
      {
        requestId: this.#exchange.requestId,
        promptTokens: this.#promptTokens,
        completionTokens: this.#tokens,
        cachedTokens: this.#cachedTokens(),
        outcome,
      },
      this.#context.env.clock.now(),
    );
  }

  #dropSequences(): void {
    for (const { sequence } of this.#choices) this.#context.runner.abort(sequence.id);
  }

  #totalUsage(): Usage {
    const usage = { promptTokens: this.#promptTokens, completionTokens: this.#tokens };
    return this.#context.showPromptDetails ? { ...usage, cachedTokens: this.#cachedTokens() } : usage;
  }

  #cachedTokens(): number {
    return this.#prompts.reduce((sum, { cachedTokens }) => sum + cachedTokens, 0);
  }
}

function formatOf(request: GenerationRequest, identity: AnswerIdentity, wish: UsageWish): AnswerFormat {
  switch (request.kind) {
    case 'chat':
      return chatFormat(identity, wish, request.tool);
    case 'completion':
      return completionFormat(identity, wish);
    case 'message':
      return messageFormat(identity, request.tool);
    case 'response':
      return responseFormat(identity, request.echo, request.tool);
  }
}
