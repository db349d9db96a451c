/**
 * Runs webhooks apart from all other work: a slow receiver holds its place as long as an attempt lasts, and machines
 * must not wait for that.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import { type Runner, type RunnerObserver, startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import type { Backoff } from '#kernel/retry.ts';
import type { Sealer } from '#kernel/sealing.ts';
import { EXPIRE_DELIVERIES, FAN_OUT_EVENTS } from './job-kinds.ts';
import { deliverWebhooksHandler } from './jobs/deliver-webhooks.ts';
import { expireDeliveriesHandler } from './jobs/expire-deliveries.ts';
import { fanOutEventsHandler } from './jobs/fan-out-events.ts';
import { type Resolve, systemResolve } from './target.ts';

export interface WebhookRunnerOptions {
  readonly settings: Settings;
  readonly sealer: Sealer;
  readonly observe?: RunnerObserver;
  /** How names are resolved; the system's way when absent. */
  readonly resolve?: Resolve;
  /** How long an endpoint rests after failures in a row. */
  readonly pause?: Backoff;
}

export async function startWebhookRunner(
  env: Env,
  db: Database,
  { settings, sealer, observe, resolve = systemResolve(), pause }: WebhookRunnerOptions,
): Promise<Runner> {
  const figures = runnerFigures(settings);
  const runner = await startRunner(env, db, {
    handlers: [
      fanOutEventsHandler({ env, db, settings }),
      deliverWebhooksHandler({ env, db, settings, sealer, resolve, ...(pause ? { pause } : {}) }),
      expireDeliveriesHandler(db, settings),
    ],
    ...(observe ? { observe } : {}),
    figures: {
      get leaseMs() {
        return figures.leaseMs;
      },
      get pollMs() {
        return figures.pollMs;
      },
      get concurrency() {
        return settings.get('WEBHOOK_RUNS_MAX');
      },
      get attemptsMax() {
        return figures.attemptsMax;
      },
      get retry() {
        return figures.retry;
      },
    },
  });
  const correlationId = newId(env, 'correlation');
  for (const kind of [FAN_OUT_EVENTS, EXPIRE_DELIVERIES]) {
    await db.transaction((tx) => enqueue(tx, { kind, subjectId: 'all', correlationId }));
  }
  return runner;
}
