/**
 * The states of all workers that this gateway knows, by instance, and the records of what was sent to them.
 *
 * A worker that registered again has an empty cache and another speed: its state begins anew, and what is still open
 * from before is counted down where it was counted up. Bounded: a state for each worker of the snapshot, and a number
 * of blocks for all of them together.
 */
import { modelFactsOf } from './model-facts.ts';
import { PrefixRecords } from './prefix-records.ts';
import type { RoutingFigures } from './routing-figures.ts';
import type { ServingWorker } from './snapshot.ts';
import { WorkerState } from './worker-state.ts';

const WORKER_BLOCKS_MIN = 64;

export class WorkerFleet {
  readonly records = new PrefixRecords();
  readonly #figures: RoutingFigures;
  readonly #onForget: (state: WorkerState) => void;
  readonly #states = new Map<string, WorkerState>();
  /** The states of a list of workers, for as long as the snapshot that the list belongs to is in use. */
  #lists = new WeakMap<readonly ServingWorker[], readonly WorkerState[]>();

  constructor(figures: RoutingFigures, onForget: (state: WorkerState) => void) {
    this.#figures = figures;
    this.#onForget = onForget;
  }

  find(instanceId: string): WorkerState | undefined {
    return this.#states.get(instanceId);
  }

  /** Where this gateway has requests now. */
  busyStates(): WorkerState[] {
    return [...this.#states.values()].filter((state) => state.ownOpen > 0);
  }

  statesOf(workers: readonly ServingWorker[], nowMs: number): readonly WorkerState[] {
    const known = this.#lists.get(workers);
    if (known) return known;
    const isStart = !workers.some((worker) => this.#states.has(worker.instanceId));
    const states = workers.map((worker) => this.#stateOf(worker));
    const learned = states.filter((state) => state.hasLearned);
    const rate = learned.reduce((sum, state) => sum + state.rate, 0) / learned.length;
    for (const state of states) {
      if (state.hasLearned) continue;
      if (learned.length > 0) state.assumeRate(rate);
      if (!isStart && state.isNew) state.health.join(nowMs);
      state.isNew = false;
    }
    this.#lists.set(workers, states);
    return states;
  }

  /** Blocks that the record of this worker may hold. */
  recordLimit(state: WorkerState, blockTokens: number): number {
    const { recordShare, recordBlocksMax } = this.#figures;
    const own = Math.floor((state.kvTokens * recordShare) / blockTokens);
    const share = Math.max(WORKER_BLOCKS_MIN, Math.floor(recordBlocksMax / Math.max(1, this.#states.size)));
    return Math.max(1, Math.min(own, share));
  }

  /** Forgets workers that are gone, so that the maps do not grow with the years. */
  retain(isKnown: (instanceId: string) => boolean): void {
    for (const [id, state] of this.#states) {
      if (isKnown(id)) continue;
      this.#states.delete(id);
      this.records.removeSlot(state.slot);
      this.#onForget(state);
    }
    this.#lists = new WeakMap();
  }

  #stateOf(worker: ServingWorker): WorkerState {
    const known = this.#states.get(worker.instanceId);
    if (known && known.worker.epoch === worker.epoch) {
      known.worker = worker;
      known.observe(worker.engine);
      return known;
    }
    if (known) {
      this.records.clear(known.slot);
      this.#onForget(known);
    }
    const slot = known?.slot ?? this.records.addSlot();
    const rate = modelFactsOf(worker.parameters).tokensPerSecond / 1_000;
    const state = new WorkerState(worker, slot, this.#figures, rate);
    this.#states.set(worker.instanceId, state);
    state.observe(worker.engine);
    return state;
  }
}
