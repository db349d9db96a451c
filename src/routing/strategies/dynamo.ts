/**
 * The KV router of Dynamo in its approximate mode: prompt blocks to compute plus blocks that are being decoded, the
 * lowest sum wins. What was sent to a worker counts as cached for two minutes.
 */
import type { WorkerState } from '../worker-state.ts';
import { PrefixMemory } from './prefix-memory.ts';
import { lowest, type RoutingStrategy } from './strategy.ts';

const TTL_MS = 120_000;
const UNBOUNDED_TOKENS = 2 ** 30;
const GENERATIONS = 3;

export function dynamo(): RoutingStrategy {
  // Generations stand for a time to live of each block: the youngest is filled, the oldest goes whole.
  const fresh = () => new PrefixMemory(UNBOUNDED_TOKENS);
  let generations = Array.from({ length: GENERATIONS }, fresh);
  let turnAtMs = 0;
  const turn = (nowMs: number) => {
    if (nowMs - turnAtMs < TTL_MS / (GENERATIONS - 1)) return;
    turnAtMs = nowMs;
    generations = [fresh(), ...generations.slice(0, -1)];
  };
  return {
    choose(workers, { request, nowMs, random, meanWork }) {
      turn(nowMs);
      for (const memory of generations) memory.match(request);
      const cached = (worker: WorkerState) =>
        Math.max(...generations.map((memory) => memory.matchedTokens(worker, request)));
      return lowest(workers, random, (worker) => {
        const prefill = worker.backlog(nowMs, meanWork) + request.inputTokens - cached(worker);
        return (Math.max(0, prefill) + worker.heldTokens) / request.blockTokens;
      });
    },
    sent: (worker, { request }) => generations[0]?.touch(worker, request),
    forget: (worker) => {
      for (const memory of generations) memory.forget(worker);
    },
  };
}
