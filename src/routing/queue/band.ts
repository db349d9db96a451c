/**
 * The requests of one priority, fair between organisations by tokens (VTC, arXiv 2401.00588).
 *
 * Each organisation has a counter of the cost that was started for it. The one with the smallest goes next. Who comes
 * back after a pause is lifted to the virtual time, the counter of the last one served, so that a pause saves nothing
 * up; and so that whoever had the pool for itself owes nothing either. Counters are of estimates, and are put right
 * when the true cost is known.
 */
import { Line } from './line.ts';
import type { Entry } from './waiting.ts';

export class Band {
  readonly priority: number;
  readonly #lines = new Map<string, Line>();
  /** Organisations that have something waiting, in the order in which they began to. */
  readonly #waiting = new Set<Line>();
  #virtualTime = 0;

  constructor(priority: number) {
    this.priority = priority;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Organisations that have something waiting. */
  get lines(): ReadonlySet<Line> {
    return this.#waiting;
  }

  get knownOrganisations(): number {
    return this.#lines.size;
  }

  findLine(orgId: string): Line | undefined {
    return this.#lines.get(orgId);
  }

  add(entry: Entry): void {
    const line = this.#active(entry.waiting.orgId);
    line.add(entry);
    this.#waiting.add(line);
  }

  remove(entry: Entry): boolean {
    const line = this.#lines.get(entry.waiting.orgId);
    if (!line?.remove(entry)) return false;
    if (line.length === 0) this.#waiting.delete(line);
    return true;
  }

  /** Something of this organisation starts. */
  charge(orgId: string, cost: number): void {
    const line = this.#active(orgId);
    this.#virtualTime = Math.max(this.#virtualTime, line.counter);
    line.counter += cost;
  }

  /** The true cost differs from what was charged by so much. */
  correct(orgId: string, difference: number): void {
    const line = this.#lines.get(orgId);
    if (!line) return;
    // A refund to one that paused meanwhile would be a head start, and counters only ever meet at the virtual time.
    line.counter = Math.max(line.counter + difference, line.length > 0 ? 0 : this.#virtualTime);
  }

  /** The organisation whose turn it is, leaving out some. */
  next(except: ReadonlySet<Line>): Line | undefined {
    let best: Line | undefined;
    for (const line of this.#waiting) {
      if ((best === undefined || line.counter < best.counter) && !except.has(line)) best = line;
    }
    return best;
  }

  /** Forgets organisations that have nothing here and would be lifted anyway. */
  forget(): void {
    for (const [orgId, line] of this.#lines) {
      if (line.length === 0 && (this.isEmpty || line.counter <= this.#virtualTime)) this.#lines.delete(orgId);
    }
  }

  /** The line of an organisation; lifted when it had nothing waiting. */
  #active(orgId: string): Line {
    let line = this.#lines.get(orgId);
    if (!line) {
      line = new Line(orgId, this.#virtualTime);
      this.#lines.set(orgId, line);
    } else if (line.length === 0) {
      line.counter = Math.max(line.counter, this.#virtualTime);
    }
    return line;
  }
}
