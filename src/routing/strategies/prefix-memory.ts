import { PrefixRecords } from '../prefix-records.ts';
import type { RoutedRequest } from '../routed-request.ts';
import type { WorkerState } from '../worker-state.ts';

/** A record of prefixes as one of the published routers keeps it: its own size, whatever the worker can hold. */
export class PrefixMemory {
  readonly #records = new PrefixRecords();
  readonly #slots = new Map<WorkerState, number>();
  readonly #tokensPerWorker: number;

  constructor(tokensPerWorker: number) {
    this.#tokensPerWorker = tokensPerWorker;
  }

  match(request: RoutedRequest): void {
    this.#records.match(request.blocks);
  }

  /** Tokens of the prompt of the last `match` that were sent to this worker before. */
  matchedTokens(worker: WorkerState, request: RoutedRequest): number {
    const slot = this.#slots.get(worker);
    return slot === undefined ? 0 : this.#records.runOf(slot) * request.blockTokens;
  }

  touch(worker: WorkerState, request: RoutedRequest): void {
    let slot = this.#slots.get(worker);
    if (slot === undefined) {
      slot = this.#records.addSlot();
      this.#slots.set(worker, slot);
    }
    const limit = Math.max(1, Math.floor(this.#tokensPerWorker / request.blockTokens));
    this.#records.touch(slot, request.blocks, limit);
  }

  sizeOf(worker: WorkerState): number {
    const slot = this.#slots.get(worker);
    return slot === undefined ? 0 : this.#records.sizeOf(slot);
  }

  forget(worker: WorkerState): void {
    const slot = this.#slots.get(worker);
    if (slot === undefined) return;
    this.#slots.delete(worker);
    this.#records.removeSlot(slot);
  }
}
