/**
 * Text out of tokens, one piece per token. A character that takes several tokens comes with the last of them, and what
 * may be the beginning of a stop text is held back until it is known not to be.
 */
export interface PiecesEnd {
  /** The stop text that was found. */
  readonly stop: string | null;
}

/** Longer than any character in tokens of single bytes. */
const PENDING_MAX = 8;
const BROKEN = '\uFFFD';
const CONTEXT_TOKENS = 16;

export class TextPieces {
  readonly #detokenize: (tokens: readonly number[], before: readonly number[]) => string;
  readonly #stops: readonly string[];
  readonly #before: number[] = [];
  #pending: number[] = [];
  #held = '';
  #stop: string | null = null;

  constructor(
    detokenize: (tokens: readonly number[], before: readonly number[]) => string,
    stops: readonly string[],
  ) {
    this.#detokenize = detokenize;
    this.#stops = stops;
  }

  /** Found; nothing more is to be generated. */
  get stop(): string | null {
    return this.#stop;
  }

  /** The text that may be shown now; often empty. */
  push(token: number): string {
    this.#pending.push(token);
    const text = this.#detokenize(this.#pending, this.#before);
    if (text.endsWith(BROKEN) && this.#pending.length < PENDING_MAX) return '';
    this.#settle();
    return this.#release(this.#held + text);
  }

  /** What was held back, at the end of the answer. */
  finish(): string {
    const text = this.#pending.length === 0 ? '' : this.#detokenize(this.#pending, this.#before);
    this.#settle();
    const shown = this.#release(this.#held + text);
    const rest = this.#held;
    this.#held = '';
    return this.#stop === null ? shown + rest : shown;
  }

  #settle(): void {
    this.#before.push(...this.#pending);
    this.#before.splice(0, Math.max(0, this.#before.length - CONTEXT_TOKENS));
    this.#pending = [];
  }

  #release(text: string): string {
    const found = this.#firstStop(text);
    if (found) {
      this.#stop = found.stop;
      this.#held = '';
      return text.slice(0, found.at);
    }
    const heldLength = Math.max(0, ...this.#stops.map((stop) => overlap(text, stop)));
    this.#held = heldLength === 0 ? '' : text.slice(-heldLength);
    return heldLength === 0 ? text : text.slice(0, -heldLength);
  }

  #firstStop(text: string): { readonly stop: string; readonly at: number } | undefined {
    let first: { stop: string; at: number } | undefined;
    for (const stop of this.#stops) {
      const at = text.indexOf(stop);
      if (at >= 0 && (first === undefined || at < first.at)) first = { stop, at };
    }
    return first;
  }
}

/** Characters at the end of the text that begin the stop text. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
