import { NO_SLOT, type Slotted } from '#kernel/slot-list.ts';

/**
 * A reason to stop, given once and told to whoever follows it then. What an AbortController is, without what it costs
 * each request: one follower at a time, and no events.
 */
export class Cancellation implements Slotted {
  /** Among those that run. */
  slot = NO_SLOT;
  #isCancelled = false;
  #reason: unknown;
  #follower: (() => void) | undefined;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** The first reason counts. */
  cancel(reason: unknown): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#reason = reason;
    this.#follower?.();
  }

  /** Takes the place of the follower before; called at once when it is too late. */
  follow(follower: () => void): void {
    this.#follower = follower;
    if (this.#isCancelled) follower();
  }

  /** @throws the reason */
  throwIfCancelled(): void {
    if (this.#isCancelled) throw this.#reason;
  }
}
