import type { Sequence } from './engine-model.ts';

/**
 * First come, first served, except that a preempted sequence goes back to the front. Aborted sequences stay in place
 * and are skipped when they come to the front, so that aborting one of thousands costs nothing.
 */
export class WaitingQueue {
  #items: (Sequence | undefined)[] = [];
  #head = 0;
  #aborted = 0;

  get length(): number {
    return this.#items.length - this.#head - this.#aborted;
  }

  push(sequence: Sequence): void {
    this.#items.push(sequence);
  }

  pushFront(sequence: Sequence): void {
    if (this.#head > 0) this.#items[--this.#head] = sequence;
    else this.#items.unshift(sequence);
  }

  peek(): Sequence | undefined {
    while (this.#items[this.#head]?.isAborted) {
      this.#aborted--;
      this.#advance();
    }
    return this.#items[this.#head];
  }

  /** Takes what `peek` returned. */
  shift(): void {
    if (this.peek()) this.#advance();
  }

  /** One of those inside was marked as aborted. */
  drop(): void {
    this.#aborted++;
  }

  #advance(): void {
    this.#items[this.#head++] = undefined;
    if (this.#head < 1024 || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
