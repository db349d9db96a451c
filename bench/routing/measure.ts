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

/** Requests completed a second between the first and the last tenth. */
export function throughputOf({ outcomes }: Played): number {
  const ends = outcomes.map((one) => one.endMs).sort((a, b) => a - b);
  const first = Math.floor(ends.length * 0.1);
  const last = Math.floor(ends.length * 0.9);
  return ((last - first) * 1_000) / ((ends[last] ?? 0) - (ends[first] ?? 0));
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
