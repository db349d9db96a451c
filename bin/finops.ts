/** Counts what was: turns cost events into intervals. The ledger is filled by gateways through the same domain. */
import { eurMillionthsOf, parseUsdRate } from '#catalog/price.ts';
import { openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { EXPIRE_USAGE, expireUsageHandler } from '#finops/jobs/expire-usage.ts';
import { settleCostsHandler } from '#finops/jobs/settle-costs.ts';
import { enqueue } from '#jobs/jobs.ts';
import { startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import { newId } from '#kernel/ids.ts';
import { RENEW_SUBSCRIPTIONS, renewSubscriptionsHandler } from '#offerings/jobs/renew-subscriptions.ts';
import { keepSettings } from '#settings/settings-keeper.ts';
import { jobObserver } from '#telemetry/job-metrics.ts';
import { startMetricsServer } from '#telemetry/metrics.ts';
import { runProcess } from '#telemetry/process.ts';
import { SETTLE_ANSWERS, settleAnswersHandler } from '#workbench/jobs/settle-answers.ts';

const POOL_SIZE = 8;

runProcess('finops', async ({ config, env }) => {
  const usdRate = parseUsdRate(config.values.USD_TO_EUR);
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'finops'),
    applicationName: 'finops',
    poolSize: POOL_SIZE,
  });
  const settings = await keepSettings(env, db, config);
  const metrics = await startMetricsServer(env, config.ports.finopsMetrics);
  const runner = await startRunner(env, db, {
    figures: runnerFigures(settings),
    observe: jobObserver(),
    handlers: [
      settleCostsHandler(env, db, (currency) => eurMillionthsOf(currency, usdRate) ?? undefined),
      expireUsageHandler(db, settings),
      renewSubscriptionsHandler(env, db),
      settleAnswersHandler(db),
    ],
  });
  const correlationId = newId(env, 'correlation');
  await db.transaction(async (tx) => {
    for (const kind of [EXPIRE_USAGE, RENEW_SUBSCRIPTIONS, SETTLE_ANSWERS]) {
      await enqueue(tx, { kind, subjectId: 'all', correlationId });
    }
  });
  return async () => {
    await runner.stop();
    await Promise.all([metrics.stop(), settings.stop()]);
    await db.close();
  };
});
