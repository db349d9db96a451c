import type { Signals } from '#contracts/request-signals.ts';

export type ModelSignals = Signals['models'][number];
type Step = ModelSignals['steps'][number];

export interface SignalSeries {
  /** Seconds since the epoch. */
  times: number[];
  requests: number[];
  failed: number[];
  ttftP50: (number | null)[];
  ttftP95: (number | null)[];
}

/** Each step of the window, also those without requests: they have counts of 0 and no waiting times. */
export function seriesOf(
  steps: readonly Step[],
  fromMs: number,
  toMs: number,
  stepSeconds: number,
): SignalSeries {
  const byTime = new Map(steps.map((step) => [Date.parse(step.at), step]));
  const series: SignalSeries = { times: [], requests: [], failed: [], ttftP50: [], ttftP95: [] };
  for (let at = fromMs; at < toMs; at += stepSeconds * 1_000) {
    const step = byTime.get(at);
    series.times.push(at / 1_000);
    series.requests.push(step?.requests ?? 0);
    series.failed.push(step?.failed ?? 0);
    series.ttftP50.push(step?.ttft_p50_ms ?? null);
    series.ttftP95.push(step?.ttft_p95_ms ?? null);
  }
  return series;
}

/** A window that ends with the step in which we are, so that steps stay the same from one look to the next. */
export function windowOf(
  spanMs: number,
  stepSeconds: number,
  nowMs: number,
): { fromMs: number; toMs: number } {
  const stepMs = stepSeconds * 1_000;
  const toMs = Math.floor(nowMs / stepMs) * stepMs + stepMs;
  return { fromMs: toMs - spanMs, toMs };
}
