import type { ChoiceEnd } from './answer-format.ts';
import { answerToken, naturalLength } from './answer-text.ts';
import { seedOf } from './block-hash.ts';
import type { EngineMetrics } from './engine-metrics.ts';
import type { SequenceRequest } from './engine-model.ts';
import type { GenerationRequest } from './request-body.ts';
import { StopMatcher } from './stop-matcher.ts';

export interface Prompt {
  readonly tokens: readonly number[];
  readonly hashes: readonly number[];
  cachedTokens: number;
}

/** One of the answers of a generation: which words come, where it ends, and how long everything took. */
export class Choice {
  readonly index: number;
  readonly prompt: Prompt;
  readonly sequence: SequenceRequest;
  /** Tokens that were handed out, the end-of-text token included. */
  tokens = 0;
  /** Only for whole answers; a stream keeps nothing. */
  text = '';
  end: ChoiceEnd | undefined;
  readonly #seed: number;
  readonly #naturalTokens: number | undefined;
  readonly #limit: number;
  readonly #script: readonly string[] | undefined;
  readonly #stops: StopMatcher;
  readonly #arrivedAt: number;
  readonly #speaksForPrompt: boolean;
  #admittedAt: number | undefined;
  #firstAt = 0;
  #lastAt = 0;

  constructor(
    prompt: Prompt,
    request: GenerationRequest,
    place: { index: number; sequenceId: string; maxModelLen: number; arrivedAt: number },
  ) {
    this.index = place.index;
    this.prompt = prompt;
    this.#arrivedAt = place.arrivedAt;
    // The later ones of `n` may find what the first has computed; that is not what the prompt found.
    this.#speaksForPrompt = place.index % request.n === 0;
    this.#stops = new StopMatcher(request.stops);
    // Equal prompts get equal answers; the repetitions of `n` and other seeds get others.
    this.#seed = seedOf(prompt.tokens, Math.imul(request.seed, 31) + (place.index % request.n));
    const maxTokens = request.maxTokens ?? place.maxModelLen - prompt.tokens.length;
    this.#script = request.script;
    this.#naturalTokens = this.#naturalLength(request);
    this.#limit = Math.min(maxTokens, this.#naturalTokens ?? maxTokens);
    this.sequence = {
      id: place.sequenceId,
      promptTokens: prompt.tokens.length,
      blockHashes: prompt.hashes,
      maxTokens,
      ...(this.#naturalTokens === undefined ? {} : { stopAfterTokens: this.#naturalTokens }),
    };
  }

  /** An answer whose form is prescribed ends when that form is complete, whatever else was asked. */
  #naturalLength(request: GenerationRequest): number | undefined {
    if (this.#script) return this.#script.length + 1;
    return request.ignoreEos ? undefined : Math.max(naturalLength(this.#seed), request.minTokens);
  }

  #tokenText(index: number): string {
    return this.#script ? (this.#script[index] ?? '') : answerToken(this.#seed, index);
  }

  admitted(cachedTokens: number, now: number): void {
    if (this.#admittedAt !== undefined) return;
    this.#admittedAt = now;
    if (this.#speaksForPrompt) this.prompt.cachedTokens = cachedTokens;
  }

  /** Takes the next token; returns what of the text may be shown and sets `end` when it was the last. */
  next(now: number, metrics: EngineMetrics): string {
    const isLast = ++this.tokens === this.#limit;
    this.#observeToken(now, metrics);
    const isNaturalEnd = isLast && this.#naturalTokens === this.#limit;
    // The end-of-text token counts, and has no text.
    const text = isNaturalEnd ? '' : this.#tokenText(this.tokens - 1);
    const { shown, stopText } = this.#stops.push(text, isLast);
    if (stopText !== undefined) this.end = { reason: 'stop', stopText };
    else if (isLast) this.end = { reason: isNaturalEnd ? 'stop' : 'length', stopText: null };
    if (this.end) this.#observeEnd(this.end, metrics);
    return shown;
  }

  /** Whether the engine would go on: a stop text ended the answer before its time. */
  get endedEarly(): boolean {
    return this.end !== undefined && this.tokens < this.#limit;
  }

  #observeToken(now: number, metrics: EngineMetrics): void {
    metrics.generationTokens++;
    if (this.tokens === 1) {
      this.#firstAt = now;
      metrics.promptTokens += this.prompt.tokens.length;
      metrics.ttft.observe((now - this.#arrivedAt) / 1000);
    } else {
      metrics.interToken.observe((now - this.#lastAt) / 1000);
    }
    this.#lastAt = now;
  }

  #observeEnd(end: ChoiceEnd, metrics: EngineMetrics): void {
    const admittedAt = this.#admittedAt ?? this.#arrivedAt;
    metrics.finished(end.reason);
    metrics.endToEnd.observe((this.#lastAt - this.#arrivedAt) / 1000);
    metrics.queue.observe((admittedAt - this.#arrivedAt) / 1000);
    metrics.prefill.observe((this.#firstAt - admittedAt) / 1000);
    metrics.decode.observe((this.#lastAt - this.#firstAt) / 1000);
    metrics.inference.observe((this.#lastAt - admittedAt) / 1000);
    metrics.promptLength.observe(this.prompt.tokens.length);
    metrics.generationLength.observe(this.tokens);
    metrics.generationLengthMax.observe(this.tokens);
    metrics.paramMaxTokens.observe(this.sequence.maxTokens);
    if (this.tokens > 1) {
      metrics.perOutputToken.observe((this.#lastAt - this.#firstAt) / 1000 / (this.tokens - 1));
    }
  }
}
