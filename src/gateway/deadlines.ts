import type { Env } from '#kernel/env.ts';
import { SlotList, type Slotted } from '#kernel/slot-list.ts';

/** A moment on the monotonic clock after which something is given up. It may be moved at any time. */
export interface Deadline extends Slotted {
  atMs: number;
  readonly expire: () => void;
}

/**
 * Looks after the deadlines of all open requests with one loop: thousands of them move with every chunk, and a timer
 * each would cost more than the chunk. A deadline is noticed a tick late at most.
 */
export class Deadlines {
  readonly #env: Env;
  readonly #tickMs: () => number;
  readonly #open = new SlotList<Deadline>();
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(env: Env, tickMs: () => number) {
    this.#env = env;
    this.#tickMs = tickMs;
    this.#loop = this.#run();
  }

  add(deadline: Deadline): void {
    this.#open.add(deadline);
  }

  remove(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#env.sleep(this.#tickMs(), this.#stopping.signal).catch(() => undefined);
      const now = this.#env.clock.monotonic();
      const due: Deadline[] = [];
      this.#open.forEach((deadline) => {
        if (deadline.atMs <= now && this.#open.delete(deadline)) due.push(deadline);
      });
      for (const deadline of due) deadline.expire();
    }
  }
}
