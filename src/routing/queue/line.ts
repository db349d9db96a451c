import { type Amounts, addTo, type Entry, takeFrom } from './waiting.ts';

/**
 * What one organisation has waiting in one band: the earliest deadline first, equals in the order of arrival. With
 * one default deadline that is the order of arrival; who sets a shorter one passes only its own organisation.
 */
export class Line {
  readonly orgId: string;
  readonly held: Amounts = { requests: 0, tokens: 0, bytes: 0 };
  /** Virtual counter: the cost that was started for it, on the band's virtual time. */
  counter: number;
  readonly #entries: Entry[] = [];

  constructor(orgId: string, counter: number) {
    this.orgId = orgId;
    this.counter = counter;
  }

  get length(): number {
    return this.#entries.length;
  }

  get head(): Entry | undefined {
    return this.#entries[0];
  }

  at(index: number): Entry | undefined {
    return this.#entries[index];
  }

  add(entry: Entry): void {
    const entries = this.#entries;
    let at = entries.length;
    for (let from = 0, to = at; from < to; at = from) {
      const middle = (from + to) >>> 1;
      const other = entries[middle];
      if (other && goesBefore(entry, other)) to = middle;
      else from = middle + 1;
    }
    if (at === entries.length) entries.push(entry);
    else entries.splice(at, 0, entry);
    addTo(this.held, entry.waiting);
  }

  /** False when it is not here. */
  remove(entry: Entry): boolean {
    const at = this.#entries.indexOf(entry);
    if (at < 0) return false;
    if (at === 0) this.#entries.shift();
    else this.#entries.splice(at, 1);
    takeFrom(this.held, entry.waiting);
    return true;
  }

  /** In the order of arrival: who came last loses its place when room must be made. */
  byArrival(): Entry[] {
    return [...this.#entries].sort((a, b) => a.number - b.number);
  }
}

function goesBefore(a: Entry, b: Entry): boolean {
  const [mine, theirs] = [a.waiting.deadlineAtMs, b.waiting.deadlineAtMs];
  return mine === theirs ? a.number < b.number : mine < theirs;
}
