/** What the watch over machines tells the metrics. */
import { Counter, Histogram } from 'prom-client';
import { METRICS } from '#telemetry/metrics.ts';
import type { HealthVerdict } from './rows.ts';

export interface WatchMetrics {
  readonly onAlarm: (code: string) => void;
  readonly onHealth: (verdict: HealthVerdict, durationMs: number) => void;
}

/** Once in a process: the names are registered here. */
export function watchMetrics(): WatchMetrics {
  const alarms = new Counter({
    name: 'inventiv_alarms_total',
    help: 'Alarms raised on what does not get on.',
    labelNames: ['code'],
    registers: [METRICS],
  });
  const checks = new Histogram({
    name: 'inventiv_health_check_seconds',
    help: 'How long health checks of workers took, by what they found.',
    labelNames: ['verdict'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [METRICS],
  });
  return {
    onAlarm: (code) => alarms.inc({ code }),
    onHealth: (verdict, durationMs) => checks.observe({ verdict }, durationMs / 1000),
  };
}
