import { Counter, Histogram, type Registry } from 'prom-client';
import { METRICS } from './metrics.ts';

export interface JobObserver {
  ran(kind: string, outcome: string, durationMs: number): void;
  claimed(rows: number): void;
  began(kind: string, lagMs: number): void;
}

const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What is measured of jobs: how many ran, how late, how long, how they ended. */
export function jobObserver(registry: Registry = METRICS): JobObserver {
  const registers = [registry];
  const runs = new Counter({
    name: 'inventiv_job_runs_total',
    help: 'Runs of jobs by how they ended: ok, failed (tried again), dead (given up), lease_lost.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'inventiv_job_duration_seconds',
    help: 'Time that one run of a job took, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    buckets: DURATIONS,
    registers,
  });
  const lag = new Histogram({
    name: 'inventiv_job_lag_seconds',
    help: 'Time from the moment at which a job was due to the beginning of its run.',
    labelNames: ['kind'],
    buckets: DURATIONS,
    registers,
  });
  const rows = new Histogram({
    name: 'inventiv_job_claim_rows',
    help: 'Rows that one claim took; a claim that finds nothing counts with 0.',
    buckets: [0, 1, 2, 5, 10, 25, 50, 100, 250, 500],
    registers,
  });
  return {
    ran(kind, outcome, durationMs) {
      runs.inc({ kind, outcome });
      duration.observe({ kind, outcome }, durationMs / 1000);
    },
    claimed: (count) => rows.observe(count),
    began: (kind, lagMs) => lag.observe({ kind }, Math.max(0, lagMs) / 1000),
  };
}
