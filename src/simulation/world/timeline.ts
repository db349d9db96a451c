import { createHash } from 'node:crypto';

export type ViolationKind =
  | 'leak'
  | 'double_create'
  | 'wrong_kill'
  | 'unproven_final'
  | 'bill_mismatch'
  | 'illegal_transition'
  | 'unfenced_write'
  | 'unended'
  | 'incomplete_order'
  | 'double_effect'
  | 'wrong_routing'
  | 'wrong_identity'
  | 'simulation';

export interface Violation {
  readonly kind: ViolationKind;
  readonly atMs: number;
  readonly text: string;
}

interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly text: string;
}

const LINES_MAX = 20_000;

/**
 * What happened in a history, for people and for the comparison of two runs. Facts of the domain go into the hash;
 * notes (faults, log lines) are shown only.
 */
export class Timeline {
  readonly violations: Violation[] = [];
  readonly #lines: Line[] = [];
  readonly #hash = createHash('sha256');
  readonly #startMs: number;
  readonly #now: () => number;

  constructor(startMs: number, now: () => number) {
    this.#startMs = startMs;
    this.#now = now;
  }

  fact(who: string, text: string): void {
    this.#hash.update(`${this.#now() - this.#startMs} ${who} ${text}\n`);
    this.note(who, text);
  }

  note(who: string, text: string): void {
    if (this.#lines.length < LINES_MAX) this.#lines.push({ atMs: this.#now(), who, text });
  }

  violate(kind: ViolationKind, text: string): void {
    if (this.violations.some((known) => known.kind === kind && known.text === text)) return;
    this.violations.push({ kind, atMs: this.#now(), text });
    this.fact('CHECK', `${kind}: ${text}`);
  }

  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }

  /** Simulated time since the beginning, as h:mm:ss.mmm. */
  clockOf(atMs: number): string {
    const ms = atMs - this.#startMs;
    const pad = (value: number, width = 2) => String(Math.floor(value)).padStart(width, '0');
    return `${Math.floor(ms / 3_600_000)}:${pad((ms / 60_000) % 60)}:${pad((ms / 1_000) % 60)}.${pad(ms % 1_000, 3)}`;
  }

  render(): string {
    return this.#lines
      .map(({ atMs, who, text }) => `${this.clockOf(atMs)} ${who.padEnd(16)} ${text}`)
      .join('\n');
  }
}
