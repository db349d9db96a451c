/**
 * The prefix-cache router of AIBrix: when open requests differ by more than sixteen, the fewest; else the longest known
 * prefix among workers that are not busier than the mean plus two standard deviations.
 */
import { PrefixMemory } from './prefix-memory.ts';
import { lowest, type RoutingStrategy } from './strategy.ts';

const IMBALANCE = 16;
const DEVIATIONS = 2;
const INDEX_TOKENS = (200_000 * 128) / 4;

export function aibrix(): RoutingStrategy {
  const memory = new PrefixMemory(INDEX_TOKENS);
  return {
    choose(workers, { request, random }) {
      const counts = workers.map((worker) => worker.open);
      if (Math.max(...counts) - Math.min(...counts) > IMBALANCE) {
        return lowest(workers, random, (worker) => worker.open);
      }
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
      const allowed = workers.filter((worker) => worker.open <= mean + DEVIATIONS * Math.sqrt(variance));
      memory.match(request);
      const longest = Math.max(...allowed.map((worker) => memory.matchedTokens(worker, request)));
      const matching = allowed.filter((worker) => memory.matchedTokens(worker, request) === longest);
      return lowest(matching, random, (worker) => worker.open);
    },
    sent: (worker, { request }) => memory.touch(worker, request),
    forget: (worker) => memory.forget(worker),
  };
}
