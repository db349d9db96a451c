/**
 * Cache-aware routing as the router of SGLang does it: while the numbers of open requests are balanced, the worker with
 * the longest known prefix if that is long enough, else the one with the smallest tree; when they are not balanced, the
 * one with the fewest. Its tree holds 2^24 characters for each worker.
 */
import { PrefixMemory } from './prefix-memory.ts';
import { lowest, type RoutingStrategy } from './strategy.ts';

export interface SglangFigures {
  readonly matchShare: number;
  readonly imbalance: number;
  readonly imbalanceRatio: number;
}

/** Defaults of the library, and of its command line. */
export const SGLANG_LIBRARY: SglangFigures = { matchShare: 0.5, imbalance: 32, imbalanceRatio: 1.1 };
export const SGLANG_CLI: SglangFigures = { matchShare: 0.3, imbalance: 64, imbalanceRatio: 1.5 };

const TREE_TOKENS = 2 ** 24 / 4;

export function sglang(figures: SglangFigures): RoutingStrategy {
  const memory = new PrefixMemory(TREE_TOKENS);
  return {
    choose(workers, { request, random }) {
      let least = Number.POSITIVE_INFINITY;
      let most = 0;
      for (const { open } of workers) {
        least = Math.min(least, open);
        most = Math.max(most, open);
      }
      if (most - least > figures.imbalance && most > least * figures.imbalanceRatio) {
        return lowest(workers, random, (worker) => worker.open);
      }
      memory.match(request);
      const longest = lowest(workers, random, (worker) => -memory.matchedTokens(worker, request));
      const share = longest ? memory.matchedTokens(longest, request) / request.inputTokens : 0;
      return share > figures.matchShare
        ? longest
        : lowest(workers, random, (worker) => memory.sizeOf(worker));
    },
    sent: (worker, { request }) => memory.touch(worker, request),
    forget: (worker) => memory.forget(worker),
  };
}
