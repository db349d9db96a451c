/**
 * Our own choice: the smallest expected cost of the request, to itself and to those that it holds up.
 *
 *     score = (A + u) / R  +  beta * n * u / sqrt(R * Rm)  +  kappa * (Rm / R) * occ
 *
 * Waiting time and own computing; the stall that computing u means for n others in the same batches; pressure on the KV
 * cache. It keeps conversations where their prefix is as long as that is worth more than the queue there, and the more
 * so the more requests are open, without a threshold. Reasons and ablations: docs/guides/routing.md.
 */
import { prefillWork } from '../model-facts.ts';
import type { WorkerState } from '../worker-state.ts';
import type { RoutingStrategy, RoutingView } from './strategy.ts';

export function inventiv(): RoutingStrategy {
  return { choose };
}

function choose(workers: readonly WorkerState[], view: RoutingView): WorkerState | undefined {
  const { figures, nowMs, random, request, sessionWorker, meanWork, attentionTokens } = view;
  const { harm } = figures;
  const kvMs = figures.kvSeconds * 1_000;
  const { inputTokens } = request;
  const meanRate = meanRateOf(workers);
  let best: WorkerState | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  let ties = 0;
  for (const worker of workers) {
    const { rate } = worker;
    let cached = view.cachedTokens(worker);
    if (sessionWorker !== undefined && worker.worker.instanceId === sessionWorker) {
      // It had the last turn of this conversation: it knows some of it, even where our record says otherwise.
      cached = Math.max(cached, figures.sessionShare * (inputTokens - 1));
    }
    const work = prefillWork(attentionTokens, cached, inputTokens - cached);
    const held = worker.heldTokens + worker.foreignTokens + inputTokens - cached;
    const score =
      (worker.backlog(nowMs, meanWork) + work) / rate +
      (harm * worker.open * work) / Math.sqrt(rate * meanRate) +
      (kvMs * (meanRate / rate) * held) / worker.kvTokens;
    if (score > bestScore) continue;
    ties = score < bestScore ? 1 : ties + 1;
    if (ties === 1 || random.float() * ties < 1) best = worker;
    bestScore = score;
  }
  return best;
}

export function meanRateOf(workers: readonly WorkerState[]): number {
  let sum = 0;
  for (const worker of workers) sum += worker.rate;
  return sum / workers.length;
}
