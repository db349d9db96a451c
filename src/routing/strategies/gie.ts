/**
 * The default profile of the Gateway API inference extension (llm-d): scores of queue, KV use and prefix with weights
 * 2, 2, 3; only workers that know 80 % of the prompt are looked at, unless one in a hundred requests explores or the
 * best of those would answer five seconds later than the best other. Its prefix index sees 4,096 tokens of a prompt
 * and keeps 31,250 blocks of 16 tokens for each worker.
 */
import type { WorkerState } from '../worker-state.ts';
import { PrefixMemory } from './prefix-memory.ts';
import { lowest, type RoutingStrategy, type RoutingView } from './strategy.ts';

const WEIGHT_QUEUE = 2;
const WEIGHT_KV = 2;
const WEIGHT_PREFIX = 3;
const AFFINITY = 0.8;
const EXPLORATION = 0.01;
const BREAK_MS = 5_000;
const PROMPT_TOKENS_MAX = 4_096;
const INDEX_TOKENS = 31_250 * 16;

export function gie(): RoutingStrategy {
  const memory = new PrefixMemory(INDEX_TOKENS);
  return {
    choose(workers, view) {
      memory.match(headOf(view));
      const known = (worker: WorkerState) => knownShare(memory, worker, view);
      return best(stickyOnes(workers, view, known), view, known);
    },
    sent: (worker, view) => memory.touch(worker, headOf(view)),
    forget: (worker) => memory.forget(worker),
  };
}

function headOf({ request }: RoutingView) {
  const blocks = Math.max(1, Math.floor(PROMPT_TOKENS_MAX / request.blockTokens));
  return request.blocks.length <= blocks ? request : { ...request, blocks: request.blocks.slice(0, blocks) };
}

function knownShare(memory: PrefixMemory, worker: WorkerState, view: RoutingView): number {
  const total = Math.min(view.request.inputTokens, PROMPT_TOKENS_MAX);
  return Math.min(1, memory.matchedTokens(worker, view.request) / total);
}

function stickyOnes(
  workers: readonly WorkerState[],
  view: RoutingView,
  known: (worker: WorkerState) => number,
): readonly WorkerState[] {
  const sticky = workers.filter((worker) => known(worker) >= AFFINITY);
  if (sticky.length === 0 || sticky.length === workers.length) return workers;
  if (view.random.float() < EXPLORATION) return workers;
  const expected = (worker: WorkerState) => {
    const fresh = view.request.inputTokens * (1 - known(worker));
    return (worker.backlog(view.nowMs, view.meanWork) + fresh) / worker.rate;
  };
  const others = workers.filter((worker) => known(worker) < AFFINITY);
  const gap = Math.min(...sticky.map(expected)) - Math.min(...others.map(expected));
  return gap > BREAK_MS ? workers : sticky;
}

function best(
  workers: readonly WorkerState[],
  { random }: RoutingView,
  known: (worker: WorkerState) => number,
): WorkerState | undefined {
  const waiting = workers.map(waitingAt);
  const least = Math.min(...waiting);
  const spread = Math.max(...waiting) - least;
  return lowest(workers, random, (worker) => {
    const queue = spread === 0 ? 1 : 1 - (waitingAt(worker) - least) / spread;
    return -(WEIGHT_QUEUE * queue + WEIGHT_KV * (1 - kvShare(worker)) + WEIGHT_PREFIX * known(worker));
  });
}

/** What the worker reports, or what we know when it reports nothing. */
function waitingAt(worker: WorkerState): number {
  return worker.report?.waiting ?? worker.unstarted;
}

function kvShare(worker: WorkerState): number {
  return worker.report?.kvRatio ?? Math.min(1, worker.heldTokens / worker.kvTokens);
}
