/** The choices that every load balancer knows, for comparison and for those who want no surprise. */
import { anyOf, lowest, type RoutingStrategy } from './strategy.ts';

export function random(): RoutingStrategy {
  return { choose: (workers, view) => anyOf(workers, view.random) };
}

export function roundRobin(): RoutingStrategy {
  const turns = new Map<string, number>();
  return {
    choose(workers, { request }) {
      // One turn for each model of each organisation: they have other workers.
      const place = `${request.orgId} ${request.modelId}`;
      const turn = turns.get(place) ?? 0;
      if (turns.size > 100_000) turns.clear();
      turns.set(place, turn + 1);
      return workers[turn % workers.length];
    },
  };
}

/** Fewest open requests. */
export function leastOutstanding(): RoutingStrategy {
  return { choose: (workers, view) => lowest(workers, view.random, (worker) => worker.open) };
}

/** Fewest tokens of open requests that are new to the worker. */
export function leastTokens(): RoutingStrategy {
  return { choose: (workers, view) => lowest(workers, view.random, (worker) => worker.heldTokens) };
}

/** The less busy of two that were drawn by chance. */
export function powerOfTwo(): RoutingStrategy {
  return {
    choose(workers, view) {
      const first = anyOf(workers, view.random);
      const others = workers.filter((worker) => worker !== first);
      const second = anyOf(others, view.random);
      if (!first || !second) return first;
      return second.open < first.open ? second : first;
    },
  };
}
