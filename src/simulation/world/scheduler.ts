/**
 * The one clock of a simulated world: events in the order of (time, sequence), one after the other. Between two
 * events everything that can go on has gone on, so the order of events decides the order of everything.
 */

export interface Task {
  cancel(): void;
}

interface Entry extends Task {
  readonly atMs: number;
  readonly seq: number;
  run: (() => void | Promise<void>) | undefined;
}

export class Scheduler {
  nowMs: number;
  #seq = 0;
  readonly #heap: Entry[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** How many events have been planned so far. */
  get planned(): number {
    return this.#seq;
  }

  after(delayMs: number, run: () => void | Promise<void>): Task {
    return this.at(this.nowMs + Math.max(0, delayMs), run);
  }

  at(atMs: number, run: () => void | Promise<void>): Task {
    const entry: Entry = {
      atMs: Math.max(this.nowMs, Math.round(atMs)),
      seq: this.#seq++,
      run,
      cancel() {
        entry.run = undefined;
      },
    };
    this.#push(entry);
    return entry;
  }

  /** Work that waits for the real world is done in an event of its own, so that nothing else happens meanwhile. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.after(0, () => work().then(resolve, reject));
    });
  }

  /** Runs until nothing is left before the limit, or `isOver` says so after an event. True when it said so. */
  async runUntil(limitMs: number, isOver: () => boolean = () => false): Promise<boolean> {
    for (let entry = this.#heap[0]; entry && entry.atMs <= limitMs; entry = this.#heap[0]) {
      this.#pop();
      if (!entry.run) continue;
      this.nowMs = entry.atMs;
      const waits = entry.run();
      if (waits !== undefined) await waits;
      await settled();
      if (isOver()) return true;
    }
    this.nowMs = Math.max(this.nowMs, limitMs);
    return false;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!isBefore(heap[child], heap[at])) break;
      swap(heap, at, child);
      at = child;
    }
  }
}

/** Everything that only waits for other code has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function isBefore(one: Entry | undefined, other: Entry | undefined): boolean {
  if (!one || !other) return false;
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.seq < other.seq);
}

function swap(heap: Entry[], one: number, other: number): void {
  const held = heap[one] as Entry;
  heap[one] = heap[other] as Entry;
  heap[other] = held;
}
