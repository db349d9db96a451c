import type { HeartbeatRequest } from '#contracts/worker.ts';

/** What a worker's engine tells of itself; null is unknown. Garbage in a figure is unknown too. */
export interface EngineLoad {
  readonly running: number | null;
  readonly waiting: number | null;
  readonly kvRatio: number | null;
  readonly kvTokens: number | null;
}

const COUNT_MAX = 1_000_000_000;
const TOKENS_MAX = 1_000_000_000_000;

export function engineLoadOf({ sample }: HeartbeatRequest): EngineLoad {
  const known = (value: number | null | undefined, max: number) =>
    value !== null && value !== undefined && value >= 0 && value <= max ? value : null;
  const whole = (value: number | null | undefined, max: number) => {
    const count = known(value, max);
    return count === null ? null : Math.round(count);
  };
  return {
    running: whole(sample.requests_running, COUNT_MAX),
    waiting: whole(sample.requests_waiting, COUNT_MAX),
    kvRatio: known(sample.kv_cache_ratio, 1),
    kvTokens: whole(sample.kv_cache_tokens, TOKENS_MAX),
  };
}
