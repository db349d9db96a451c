const HALF_LIFE_MS = 60_000;
/** Below this much observed work the figure would be a guess. */
const OBSERVED_MS_MIN = 500;

/** Tokens per second that leave a pool while it works, with a memory of a minute of such time. */
export class DrainRate {
  #tokens = 0;
  #observedMs = 0;
  #atMs = 0;
  #running = 0;

  get perSecond(): number | undefined {
    return this.#observedMs < OBSERVED_MS_MIN ? undefined : (this.#tokens / this.#observedMs) * 1_000;
  }

  began(nowMs: number): void {
    this.#pass(nowMs);
    this.#running++;
  }

  ended(nowMs: number, tokens: number): void {
    this.#pass(nowMs);
    this.#running = Math.max(0, this.#running - 1);
    this.#tokens += tokens;
  }

  /** Idle time says nothing about the pace, so only busy time passes. */
  #pass(nowMs: number): void {
    const passedMs = this.#running > 0 ? Math.max(0, nowMs - this.#atMs) : 0;
    this.#atMs = nowMs;
    if (passedMs === 0) return;
    const keep = 2 ** (-passedMs / HALF_LIFE_MS);
    this.#tokens *= keep;
    this.#observedMs = this.#observedMs * keep + passedMs;
  }
}
