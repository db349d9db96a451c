import type { Config } from '#config/config.ts';
import type { RunnerOptions } from './runner.ts';

/** The runner's figures as they are configured, the same for every process that runs jobs. */
export function runnerSettings(config: Config): Omit<RunnerOptions, 'handlers' | 'observe'> {
  const { values } = config;
  return {
    leaseMs: values.JOB_LEASE_MS,
    pollMs: values.JOB_POLL_MS,
    concurrency: values.JOB_CONCURRENCY,
    attemptsMax: values.JOB_ATTEMPTS_MAX,
    retry: { firstMs: values.JOB_RETRY_FIRST_MS, maxMs: values.JOB_RETRY_MAX_MS },
  };
}
