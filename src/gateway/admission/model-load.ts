/**
 * How much is asked of each model and how much its workers have, for people and for whoever decides how many workers
 * there should be: tokens that wait over the pace at which they leave is the time that is missing.
 */
import { PRIORITIES, type Priority } from '#contracts/api-keys.ts';
import type { PoolSignals } from '#routing/queue/queue.ts';

export interface ModelLoad {
  /** Hugging Face name; the id where the catalogue knows none. */
  readonly model: string;
  /** That serve it now. */
  readonly workers: number;
  readonly waiting: { readonly requests: number; readonly tokens: number; readonly bytes: number };
  readonly waitingByPriority: Readonly<Record<Priority, number>>;
  readonly running: { readonly requests: number; readonly tokens: number };
  /** Tokens a second that left its pools while they worked, together; undefined until that was seen. */
  readonly tokensPerSecond: number | undefined;
  readonly backlogMs: number | undefined;
}

export interface PoolFacts {
  readonly model: string;
  readonly workers: number;
}

/** One per model: what several organisations run apart is added up. */
export function loadsOf(pools: readonly PoolSignals[], factsOf: (pool: string) => PoolFacts): ModelLoad[] {
  const byModel = Map.groupBy(pools, ({ pool }) => factsOf(pool).model);
  return [...byModel].map(([model, own]) => {
    const paces = own.flatMap(({ tokensPerSecond }) => tokensPerSecond ?? []);
    const tokensPerSecond = paces.length > 0 ? sum(paces) : undefined;
    const waitingTokens = sum(own.map(({ waiting }) => waiting.tokens));
    return {
      model,
      workers: sum(own.map(({ pool }) => factsOf(pool).workers)),
      waiting: {
        requests: sum(own.map(({ waiting }) => waiting.requests)),
        tokens: waitingTokens,
        bytes: sum(own.map(({ waiting }) => waiting.bytes)),
      },
      waitingByPriority: Object.fromEntries(
        PRIORITIES.map((priority, rank) => [
          priority,
          sum(own.map(({ waitingByPriority }) => waitingByPriority.get(rank) ?? 0)),
        ]),
      ) as Record<Priority, number>,
      running: {
        requests: sum(own.map(({ running }) => running.requests)),
        tokens: sum(own.map(({ running }) => running.tokens)),
      },
      tokensPerSecond,
      backlogMs: tokensPerSecond ? (waitingTokens / tokensPerSecond) * 1_000 : undefined,
    };
  });
}

/** As other programs read it, on the port of the metrics. */
export function signalsBody(loads: readonly ModelLoad[]) {
  return {
    data: loads.map((load) => ({
      model: load.model,
      workers: load.workers,
      waiting: load.waiting,
      waiting_by_priority: load.waitingByPriority,
      running: load.running,
      tokens_per_second: load.tokensPerSecond ?? null,
      backlog_ms: load.backlogMs ?? null,
    })),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
