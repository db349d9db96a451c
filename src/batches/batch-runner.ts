/**
 * Runs batches apart from all other work: a batch holds its place for as long as its turn lasts, and machines must not
 * wait for that.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { type Runner, type RunnerObserver, startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { batchFigures, senderFigures } from './batch-work.ts';
import { runBatchHandler } from './jobs/run-batch.ts';
import { gatewaySender } from './send-line.ts';

export interface BatchRunnerOptions {
  readonly settings: Settings;
  readonly gatewayUrl: string;
  readonly bearerKey: Secret;
  readonly observe: RunnerObserver;
}

export async function startBatchRunner(
  env: Env,
  db: Database,
  { settings, gatewayUrl, bearerKey, observe }: BatchRunnerOptions,
): Promise<Runner> {
  const sender = gatewaySender(env, { gatewayUrl, bearerKey, figures: senderFigures(settings) });
  const work = { env, db, sender, figures: batchFigures(settings) };
  const figures = runnerFigures(settings);
  const runner = await startRunner(env, db, {
    handlers: [runBatchHandler(work)],
    observe,
    figures: {
      get leaseMs() {
        return figures.leaseMs;
      },
      get pollMs() {
        return figures.pollMs;
      },
      get concurrency() {
        return settings.get('BATCH_RUNS_MAX');
      },
      get attemptsMax() {
        return figures.attemptsMax;
      },
      get retry() {
        return figures.retry;
      },
    },
  });
  return {
    async stop() {
      await runner.stop();
      await sender.close();
    },
  };
}
