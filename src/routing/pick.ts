import type { Env } from '#kernel/env.ts';
import type { ServingWorker } from './snapshot.ts';

/** Chooses one of several workers that serve the same model; undefined only when there is none. */
export interface RoutingStrategy {
  choose(workers: readonly ServingWorker[], load: WorkerLoad): ServingWorker | undefined;
}

/** Requests that this gateway has open at each worker. Exact, because one process owns the counts. */
export interface WorkerLoad {
  outstanding(instanceId: string): number;
}

/** The right to use a worker for one request. `release` may be called again without effect. */
export interface WorkerLease {
  readonly worker: ServingWorker;
  release(): void;
}

const RESTING_FIRST_MS = 500;
const RESTING_MAX_MS = 5_000;

/** Fewest open requests first; among equals by chance, so that gateways which count apart do not herd. */
export function leastOutstanding(random: Env['random']): RoutingStrategy {
  return {
    choose(workers, load) {
      let best: ServingWorker | undefined;
      let bestCount = Number.POSITIVE_INFINITY;
      let ties = 0;
      for (const worker of workers) {
        const count = load.outstanding(worker.instanceId);
        if (count > bestCount) continue;
        ties = count < bestCount ? 1 : ties + 1;
        // Each of k equals is kept with probability 1/k, so all are equally likely.
        if (ties === 1 || random.float() * ties < 1) best = worker;
        bestCount = count;
      }
      return best;
    },
  };
}

interface Rest {
  untilMs: number;
  failures: number;
}

/**
 * Gives out workers and counts what each has open. A worker that could not be reached rests for a moment that doubles
 * with each failure; when all of them rest they are used anyway, because a wrong guess must not become an outage.
 */
export class WorkerPicker implements WorkerLoad {
  readonly #env: Env;
  readonly #strategy: RoutingStrategy;
  readonly #open = new Map<string, number>();
  readonly #resting = new Map<string, Rest>();

  constructor(env: Env, strategy: RoutingStrategy) {
    this.#env = env;
    this.#strategy = strategy;
  }

  /** Leases one of the workers, none of `except`. */
  pick(workers: readonly ServingWorker[], except?: ReadonlySet<string>): WorkerLease | undefined {
    const allowed = except?.size ? workers.filter((worker) => !except.has(worker.instanceId)) : workers;
    const now = this.#env.clock.monotonic();
    const awake =
      this.#resting.size === 0
        ? allowed
        : allowed.filter((worker) => (this.#resting.get(worker.instanceId)?.untilMs ?? 0) <= now);
    const worker = this.#strategy.choose(awake.length > 0 ? awake : allowed, this);
    return worker && this.#lease(worker);
  }

  outstanding(instanceId: string): number {
    return this.#open.get(instanceId) ?? 0;
  }

  /** It could not be reached: others are preferred for a moment. */
  reportUnreachable(instanceId: string): void {
    const failures = (this.#resting.get(instanceId)?.failures ?? 0) + 1;
    const restMs = Math.min(RESTING_MAX_MS, RESTING_FIRST_MS * 2 ** (failures - 1));
    this.#resting.set(instanceId, { failures, untilMs: this.#env.clock.monotonic() + restMs });
  }

  reportReached(instanceId: string): void {
    if (this.#resting.size > 0) this.#resting.delete(instanceId);
  }

  /** Forgets workers that are gone, so that the maps do not grow with the years. */
  retain(isKnown: (instanceId: string) => boolean): void {
    for (const id of this.#resting.keys()) if (!isKnown(id)) this.#resting.delete(id);
  }

  #lease(worker: ServingWorker): WorkerLease {
    const id = worker.instanceId;
    this.#open.set(id, this.outstanding(id) + 1);
    let isReleased = false;
    return {
      worker,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        const left = this.outstanding(id) - 1;
        if (left > 0) this.#open.set(id, left);
        else this.#open.delete(id);
      },
    };
  }
}
