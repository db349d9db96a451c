interface Entry<T> {
  readonly atMs: number;
  readonly order: number;
  readonly what: T;
}

/** What happens next: by time, and in the order of entry at equal times. */
export class EventHeap<T> {
  readonly #entries: Entry<T>[] = [];
  #order = 0;

  push(atMs: number, what: T): void {
    const entries = this.#entries;
    const entry = { atMs, order: this.#order++, what };
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = entries[parent] as Entry<T>;
      if (!isBefore(entry, above)) break;
      entries[at] = above;
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): Entry<T> | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= entries.length) break;
      const right = entries[child + 1];
      if (right && isBefore(right, entries[child] as Entry<T>)) child++;
      if (!isBefore(entries[child] as Entry<T>, last)) break;
      entries[at] = entries[child] as Entry<T>;
      at = child;
    }
    entries[at] = last;
    return first;
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
