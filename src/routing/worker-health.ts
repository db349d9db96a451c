/**
 * Whether a worker should be asked now: a circuit breaker, and a slow start for one that joins or comes back.
 *
 * It opens when the worker cannot be reached, or when some requests in a row fail before their answer begins. After a
 * rest, which doubles each time, one request tries it out while others go elsewhere; that one decides. What fails
 * while it rests was sent before and tells nothing new.
 */
import type { RoutingFigures } from './routing-figures.ts';

/** Up to this many requests a worker takes at once in the first moment of its slow start. */
const SLOW_START_FIRST = 1;
/** How far above the others it may be before its slow start is over. */
const SLOW_START_LEAD = 1.5;

export class WorkerHealth {
  readonly #figures: RoutingFigures;
  #failures = 0;
  #openings = 0;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #isProbed = false;
  #rampFromMs = Number.NEGATIVE_INFINITY;

  constructor(figures: RoutingFigures) {
    this.#figures = figures;
  }

  /** False for nearly all workers nearly always. */
  get isSuspect(): boolean {
    return this.#openings > 0;
  }

  /** It gets nothing while others can serve. */
  isResting(nowMs: number): boolean {
    return this.#openings > 0 && (this.#isProbed || nowMs < this.#restUntilMs);
  }

  /** The next request that it gets tries it out. */
  startProbe(): void {
    this.#isProbed = true;
  }

  /** The probe ended without a verdict, because its client left. */
  endProbe(): void {
    this.#isProbed = false;
  }

  reached(nowMs: number): void {
    this.#failures = 0;
    this.#isProbed = false;
    if (this.#openings === 0) return;
    this.#openings = 0;
    this.#rampFromMs = nowMs;
  }

  failed(nowMs: number, isUnreachable: boolean): void {
    this.#isProbed = false;
    if (nowMs < this.#restUntilMs) return;
    this.#failures++;
    const wasProbe = this.#openings > 0;
    if (!isUnreachable && !wasProbe && this.#failures < this.#figures.breakerFailures) return;
    this.#openings++;
    const restMs = this.#figures.restFirstMs * 2 ** Math.min(30, this.#openings - 1);
    this.#restUntilMs = nowMs + Math.min(this.#figures.restMaxMs, restMs);
  }

  /** It joins workers that are at work already. */
  join(nowMs: number): void {
    this.#rampFromMs = nowMs;
  }

  isRamping(nowMs: number): boolean {
    return nowMs - this.#rampFromMs < this.#figures.slowStartMs;
  }

  /** Requests that it may have open while others have `othersOpen` on average. */
  rampLimit(nowMs: number, othersOpen: number): number {
    const share = (nowMs - this.#rampFromMs) / Math.max(1, this.#figures.slowStartMs);
    return Math.max(SLOW_START_FIRST, Math.ceil((1 + othersOpen * SLOW_START_LEAD) * share));
  }
}
