import type { Played } from './play.ts';

export interface Figures {
  readonly ttft_p50_ms: number;
  readonly ttft_p90_ms: number;
  readonly ttft_p99_ms: number;
  readonly ttft_mean_ms: number;
  readonly e2e_mean_ms: number;
  readonly hit_rate: number;
  readonly tokens_per_s: number;
}

/** The first tenth only fills the caches. */
const WARM_UP = 0.1;

export function figuresOf({ outcomes }: Played): Figures {
  const byArrival = outcomes.toSorted((a, b) => a.arrival.atMs - b.arrival.atMs);
  const counted = byArrival.slice(Math.floor(byArrival.length * WARM_UP));
  const ttft = counted.map((one) => one.firstTokenMs - one.arrival.atMs).sort((a, b) => a - b);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const prompt = sum(counted.map((one) => one.arrival.promptTokens));
  const completion = sum(counted.map((one) => one.arrival.completionTokens));
  const from = counted[0]?.arrival.atMs ?? 0;
  const to = Math.max(...counted.map((one) => one.endMs));
  return {
    ttft_p50_ms: quantile(ttft, 0.5),
    ttft_p90_ms: quantile(ttft, 0.9),
    ttft_p99_ms: quantile(ttft, 0.99),
    ttft_mean_ms: sum(ttft) / ttft.length,
    e2e_mean_ms: sum(counted.map((one) => one.endMs - one.arrival.atMs)) / counted.length,
    hit_rate: sum(counted.map((one) => one.cachedTokens)) / prompt,
    tokens_per_s: ((prompt + completion) * 1_000) / (to - from),
  };
}

/**
 * Requests that the fleet gets done in a second, in the middle of a history. Counted in tokens, because in overload the
 * long ones come last: by heads, the fleet would look faster than it can be for long.
 */
export function throughputOf({ outcomes }: Played): number {
  const tokensOf = ({ arrival }: Played['outcomes'][number]) =>
    arrival.promptTokens + arrival.completionTokens;
  const all = outcomes.reduce((sum, one) => sum + tokensOf(one), 0);
  const endMs = Math.max(...outcomes.map((one) => one.endMs));
  const startMs = Math.min(...outcomes.map((one) => one.arrival.atMs));
  const fromMs = startMs + (endMs - startMs) * WARM_UP;
  const toMs = startMs + (endMs - startMs) * (1 - 2 * WARM_UP);
  const done = outcomes.filter((one) => one.endMs >= fromMs && one.endMs < toMs);
  const tokens = done.reduce((sum, one) => sum + tokensOf(one), 0);
  return ((tokens / all) * outcomes.length * 1_000) / (toMs - fromMs);
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
