import { AppError } from '#kernel/errors.ts';
import { type KvBlockObserver, KvBlocks, type KvHolding } from './kv-blocks.ts';
import { type EngineParameters, prefillWork, stepDurationMs } from './step-time.ts';
import { WaitingQueue } from './waiting-queue.ts';

/**
 * Continuous batching as vLLM does it, as a pure function of what is submitted and when: no clock, no I/O, no chance.
 * Each step gives every running sequence its next token or its next prompt chunk, within `maxNumBatchedTokens`, then
 * admits from the FCFS queue while there is KV room for the whole prompt. A decoding sequence that finds no block
 * preempts the last admitted one, which starts over (recompute). The caller owns time: `step(at)` says how long the
 * step takes and what it yields at its end, whether that time is slept or merely added up.
 */
export interface SequenceRequest {
  readonly id: string;
  readonly promptTokens: number;
  /** Chained hashes of the full prompt blocks, see `blockHashes`. */
  readonly blockHashes: readonly number[];
  /** Tokens after which the answer is cut; 0 only computes the prompt (embeddings). */
  readonly maxTokens: number;
  /** Tokens after which the model ends by itself, if that comes first. */
  readonly stopAfterTokens?: number;
}

export type FinishReason = 'stop' | 'length';

export type EngineEvent =
  | {
      readonly kind: 'admitted';
      readonly requestId: string;
      readonly at: number;
      readonly cachedTokens: number;
    }
  | {
      readonly kind: 'first' | 'token';
      readonly requestId: string;
      readonly at: number;
      readonly index: number;
    }
  | { readonly kind: 'preempted'; readonly requestId: string; readonly at: number }
  | {
      readonly kind: 'finish';
      readonly requestId: string;
      readonly at: number;
      readonly reason: FinishReason;
      readonly promptTokens: number;
      readonly completionTokens: number;
      readonly cachedTokens: number;
    };

export interface StepResult {
  readonly durationMs: number;
  /** Prompt and answer tokens computed in this step. */
  readonly tokens: number;
  /** In order of effect; admissions and preemptions at the start of the step, tokens and ends at its end. */
  readonly events: readonly EngineEvent[];
}

export interface EngineLoad {
  readonly running: number;
  readonly waiting: number;
  readonly kvBlocksUsed: number;
  readonly kvBlocksTotal: number;
  readonly kvBlocksResident: number;
  /** Prompt tokens looked up in, and found in, the prefix cache. */
  readonly prefixQueryTokens: number;
  readonly prefixHitTokens: number;
  readonly preemptions: number;
}

export interface Sequence {
  readonly request: SequenceRequest;
  readonly lengthLimit: number;
  generated: number;
  computed: number;
  /** Tokens that the present step computes. */
  chunk: number;
  cachedTokens: number;
  holding: KvHolding | undefined;
  isWaiting: boolean;
  /** The prefix cache counts a request once, however often it starts over. */
  isCounted: boolean;
  /** Aborted sequences leave the queue when their turn comes. */
  isAborted: boolean;
}

export class EngineModel {
  readonly parameters: EngineParameters;
  readonly #kv: KvBlocks;
  readonly #sequences = new Map<string, Sequence>();
  readonly #waiting = new WaitingQueue();
  #running: Sequence[] = [];
  #prefixQueryTokens = 0;
  #prefixHitTokens = 0;
  #preemptions = 0;

  constructor(parameters: EngineParameters, observer?: KvBlockObserver) {
    this.parameters = parameters;
    this.#kv = new KvBlocks(Math.floor(parameters.kvTokens / parameters.blockTokens), observer);
  }

  /** Whether a request of this size can ever run: its last token must fit the KV cache. */
  fits(promptTokens: number, maxTokens: number): boolean {
    return this.#blocksFor(promptTokens + maxTokens) <= this.#kv.total;
  }

  submit(request: SequenceRequest): void {
    const { id, promptTokens, maxTokens, stopAfterTokens } = request;
    if (this.#sequences.has(id) || promptTokens < 1 || !this.fits(promptTokens, maxTokens)) {
      throw new AppError('internal.unexpected', { details: { id, promptTokens, maxTokens } });
    }
    const sequence: Sequence = {
      request,
      lengthLimit: Math.min(maxTokens, Math.max(1, stopAfterTokens ?? maxTokens)),
      generated: 0,
      computed: 0,
      chunk: 0,
      cachedTokens: 0,
      holding: undefined,
      isWaiting: true,
      isCounted: false,
      isAborted: false,
    };
    this.#sequences.set(id, sequence);
    this.#waiting.push(sequence);
  }

  /** Forgets a request and frees what it holds; false when it is unknown or has ended. */
  abort(id: string, at: number): boolean {
    const sequence = this.#sequences.get(id);
    if (!sequence) return false;
    this.#sequences.delete(id);
    sequence.isAborted = true;
    if (sequence.isWaiting) {
      this.#waiting.drop();
    } else {
      this.#running.splice(this.#running.indexOf(sequence), 1);
      this.#release(sequence, at);
    }
    return true;
  }

  get hasWork(): boolean {
    return this.#sequences.size > 0;
  }

  load(): EngineLoad {
    return {
      running: this.#running.length,
      waiting: this.#waiting.length,
      kvBlocksUsed: this.#kv.used,
      kvBlocksTotal: this.#kv.total,
      kvBlocksResident: this.#kv.resident,
      prefixQueryTokens: this.#prefixQueryTokens,
      prefixHitTokens: this.#prefixHitTokens,
      preemptions: this.#preemptions,
    };
  }

  /** One step that starts at `at`; with no work it takes no time and yields nothing. */
  step(at: number): StepResult {
    const events: EngineEvent[] = [];
    const left = this.#scheduleRunning(at, events);
    if (left > 0) this.#admit(left, at, events);
    let work = 0;
    let tokens = 0;
    let sequences = 0;
    let decodeContextTokens = 0;
    for (const sequence of this.#running) {
      if (sequence.chunk === 0) continue;
      sequences++;
      tokens += sequence.chunk;
      if (isDecoding(sequence)) decodeContextTokens += tokensOf(sequence);
      else work += prefillWork(this.parameters, sequence.computed, sequence.chunk);
    }
    if (sequences === 0) return { durationMs: 0, tokens: 0, events };
    const durationMs = stepDurationMs(this.parameters, { prefillWork: work, sequences, decodeContextTokens });
    this.#complete(at + durationMs, events);
    return { durationMs, tokens, events };
  }

  /** Gives the running sequences their chunks; returns the token budget left for admissions. */
  #scheduleRunning(at: number, events: EngineEvent[]): number {
    let budget = this.parameters.maxNumBatchedTokens;
    let hasPreempted = false;
    for (const sequence of this.#running) sequence.chunk = 0;
    for (let i = 0; i < this.#running.length && budget > 0; i++) {
      const sequence = this.#running[i];
      if (!sequence) break;
      const chunk = Math.min(tokensOf(sequence) - sequence.computed, budget);
      const missing = this.#blocksFor(sequence.computed + chunk) - blocksOf(sequence);
      while (missing > 0 && sequence.holding && !this.#kv.grow(sequence.holding, missing, at)) {
        // Those behind `i` have no chunk yet, so the victim loses nothing that this step counted.
        this.#preemptLast(at, events);
        hasPreempted = true;
      }
      if (!sequence.holding) break;
      sequence.chunk = chunk;
      budget -= chunk;
    }
    return hasPreempted ? 0 : budget;
  }

  #preemptLast(at: number, events: EngineEvent[]): void {
    const victim = this.#running.pop();
    if (!victim) throw new AppError('internal.unexpected', { details: { kv: 'nobody left to preempt' } });
    this.#release(victim, at);
    victim.chunk = 0;
    victim.computed = 0;
    victim.isWaiting = true;
    this.#waiting.pushFront(victim);
    this.#preemptions++;
    events.push({ kind: 'preempted', requestId: victim.request.id, at });
  }

  #admit(budgetAtStart: number, at: number, events: EngineEvent[]): void {
    let budget = budgetAtStart;
    while (budget > 0 && this.#running.length < this.parameters.maxNumSeqs) {
      const sequence = this.#waiting.peek();
      if (!sequence) return;
      const { request } = sequence;
      const tokens = tokensOf(sequence);
      // At least one token is always computed: the logits of the next come from it.
      const hitLimit = Math.floor((tokens - 1) / this.parameters.blockTokens);
      const hits = this.#kv.matchPrefix(request.blockHashes, hitLimit);
      sequence.holding = this.#kv.acquire(request.blockHashes, hits, this.#blocksFor(tokens), at);
      if (!sequence.holding) return;
      this.#waiting.shift();
      sequence.isWaiting = false;
      sequence.computed = hits * this.parameters.blockTokens;
      sequence.chunk = Math.min(tokens - sequence.computed, budget);
      budget -= sequence.chunk;
      this.#running.push(sequence);
      if (!sequence.isCounted) {
        sequence.isCounted = true;
        this.#prefixQueryTokens += request.promptTokens;
        this.#prefixHitTokens += sequence.computed;
        sequence.cachedTokens = sequence.computed;
      }
      events.push({ kind: 'admitted', requestId: request.id, at, cachedTokens: sequence.computed });
    }
  }

  #complete(at: number, events: EngineEvent[]): void {
    let hasFinished = false;
    for (const sequence of this.#running) {
      if (sequence.chunk === 0) continue;
      this.#publishPrompt(sequence, at);
      sequence.computed += sequence.chunk;
      if (sequence.computed < tokensOf(sequence)) continue;
      const { request } = sequence;
      if (sequence.lengthLimit > 0) {
        const kind = sequence.generated === 0 ? 'first' : 'token';
        events.push({ kind, requestId: request.id, at, index: sequence.generated });
        sequence.generated++;
      }
      if (sequence.generated < sequence.lengthLimit) continue;
      hasFinished = true;
      this.#sequences.delete(request.id);
      this.#release(sequence, at);
      events.push({
        kind: 'finish',
        requestId: request.id,
        at,
        // A model that ends by itself exactly at the limit has ended by itself.
        reason: request.stopAfterTokens === sequence.generated || request.maxTokens === 0 ? 'stop' : 'length',
        promptTokens: request.promptTokens,
        completionTokens: sequence.generated,
        cachedTokens: sequence.cachedTokens,
      });
    }
    if (hasFinished) this.#running = this.#running.filter((sequence) => sequence.holding !== undefined);
  }

  /** Full prompt blocks that the chunk completes can be shared from now on. */
  #publishPrompt(sequence: Sequence, at: number): void {
    const { holding, request, computed, chunk } = sequence;
    if (!holding || computed >= request.promptTokens) return;
    const { blockTokens } = this.parameters;
    const end = Math.min(Math.floor((computed + chunk) / blockTokens), request.blockHashes.length);
    for (let i = Math.floor(computed / blockTokens); i < end; i++) {
      const hash = request.blockHashes[i];
      if (hash !== undefined) this.#kv.publish(holding, hash, at);
    }
  }

  #release(sequence: Sequence, at: number): void {
    if (sequence.holding) this.#kv.release(sequence.holding, at);
    sequence.holding = undefined;
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.parameters.blockTokens);
  }
}

function tokensOf(sequence: Sequence): number {
  return sequence.request.promptTokens + sequence.generated;
}

function blocksOf(sequence: Sequence): number {
  return sequence.holding ? sequence.holding.shared.length + sequence.holding.private : 0;
}

/** After a preemption the answer so far is prompt again, until it is computed. */
function isDecoding(sequence: Sequence): boolean {
  return sequence.generated > 0 && tokensOf(sequence) - sequence.computed === 1;
}
