import type { Settings } from '#config/settings.ts';
import type { RunnerFigures } from './runner.ts';

/** The runner's figures as they are in force, the same for every process that runs jobs. */
export function runnerFigures(settings: Settings): RunnerFigures {
  return {
    get leaseMs() {
      return settings.get('JOB_LEASE_MS');
    },
    get pollMs() {
      return settings.get('JOB_POLL_MS');
    },
    get concurrency() {
      return settings.get('JOB_CONCURRENCY');
    },
    get attemptsMax() {
      return settings.get('JOB_ATTEMPTS_MAX');
    },
    get retry() {
      return { firstMs: settings.get('JOB_RETRY_FIRST_MS'), maxMs: settings.get('JOB_RETRY_MAX_MS') };
    },
  };
}
