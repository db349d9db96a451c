import type { Random } from '#kernel/env.ts';
import type { RoutedRequest } from '../routed-request.ts';
import type { RoutingFigures } from '../routing-figures.ts';
import type { WorkerState } from '../worker-state.ts';

/** What a strategy may look at for one choice. */
export interface RoutingView {
  readonly request: RoutedRequest;
  readonly nowMs: number;
  readonly random: Random;
  readonly figures: RoutingFigures;
  /** Leading tokens of the prompt that this worker has by our own record, less than the whole prompt. */
  cachedTokens(worker: WorkerState): number;
  /** C0 of the model. */
  readonly attentionTokens: number;
  /** Mean cost of a request to this model. */
  readonly meanWork: number;
  /** The worker that had the last request of this conversation. */
  readonly sessionWorker: string | undefined;
}

/** Chooses one of at least two workers that serve the same model. Pure but for what it remembers itself. */
export interface RoutingStrategy {
  choose(workers: readonly WorkerState[], view: RoutingView): WorkerState | undefined;
  /** The request went to this worker, whoever chose it. */
  sent?(worker: WorkerState, view: RoutingView): void;
  /** The worker is gone, or its cache is. */
  forget?(worker: WorkerState): void;
}

/** The one with the lowest cost; equals are chosen by chance, so that gateways which count apart do not herd. */
export function lowest(
  workers: readonly WorkerState[],
  random: Random,
  costOf: (worker: WorkerState) => number,
): WorkerState | undefined {
  let best: WorkerState | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  let ties = 0;
  for (const worker of workers) {
    const cost = costOf(worker);
    if (cost > bestCost) continue;
    ties = cost < bestCost ? 1 : ties + 1;
    // Each of k equals is kept with probability 1/k, so all are equally likely.
    if (ties === 1 || random.float() * ties < 1) best = worker;
    bestCost = cost;
  }
  return best;
}

export function anyOf(workers: readonly WorkerState[], random: Random): WorkerState | undefined {
  return workers[Math.floor(random.float() * workers.length)];
}
