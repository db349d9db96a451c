/** What can be in a SlotList knows its place there. */
export interface Slotted {
  /** Written by the list alone; below zero while it is in none. */
  slot: number;
}

export const NO_SLOT = -1;

/**
 * A set for what comes and goes with every request; an object is in one such list at most.
 *
 * A Set grows a new table now and then, and each old table goes on pointing at the next: once a collection has moved
 * one of them out of the young generation, all later tables, and all that was ever in them, look alive until the next
 * full collection. Measured at a gateway, a third of all memory survived that way. Here nothing is left behind.
 */
export class SlotList<T extends Slotted> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    if (item.slot !== NO_SLOT) return;
    item.slot = this.#items.length;
    this.#items.push(item);
  }

  /** False when it was not there. */
  delete(item: T): boolean {
    const { slot } = item;
    if (slot === NO_SLOT) return false;
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#items[slot] = last;
      last.slot = slot;
    }
    item.slot = NO_SLOT;
    return true;
  }

  /** From the last to the first, so that the visitor may delete the one that it visits. */
  forEach(visit: (item: T) => void): void {
    for (let at = this.#items.length - 1; at >= 0; at--) {
      const item = this.#items[at];
      if (item) visit(item);
    }
  }
}
