/**
 * Finds stop texts in an answer that comes in pieces. What could still become part of one is held back, and neither
 * the stop text nor what follows it is shown.
 */
export class StopMatcher {
  readonly #stops: readonly string[];
  readonly #holdBack: number;
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops;
    this.#holdBack = Math.max(0, ...stops.map((stop) => stop.length - 1));
  }

  /** What may be shown now that `text` was added; with `stopText` the answer ends here. */
  push(text: string, isLast: boolean): { shown: string; stopText: string | undefined } {
    if (this.#stops.length === 0) return { shown: text, stopText: undefined };
    const all = this.#held + text;
    let end = -1;
    let stopText: string | undefined;
    for (const stop of this.#stops) {
      const at = all.indexOf(stop);
      if (at >= 0 && (end < 0 || at < end)) {
        end = at;
        stopText = stop;
      }
    }
    if (stopText !== undefined) return { shown: all.slice(0, end), stopText };
    const shownLength = isLast ? all.length : Math.max(0, all.length - this.#holdBack);
    this.#held = all.slice(shownLength);
    return { shown: all.slice(0, shownLength), stopText: undefined };
  }
}
