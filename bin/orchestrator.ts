/** Makes it so: takes due work from the database and turns intent into machines, and facts into states. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Counter } from 'prom-client';
import { type Config, ConfigError } from '#config/config.ts';
import { readSecret } from '#config/secrets.ts';
import { fixedSettings, type Settings } from '#config/settings.ts';
import { StartError } from '#config/start-error.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { removeOldEvents } from '#database/event-retention.ts';
import { getInstallationId } from '#database/installation.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { removeOldIdempotencyKeys } from '#http/idempotency.ts';
import { readWorkerManifest } from '#http/worker-files.ts';
import { reconcileUnfinished } from '#instances/commands/reconcile-unfinished.ts';
import { expireSamplesHandler } from '#instances/jobs/expire-samples.ts';
import { reconcileInstanceHandler } from '#instances/jobs/reconcile-instance.ts';
import { rollUpSamplesHandler } from '#instances/jobs/roll-up-samples.ts';
import { SYNC_OFFERS, syncOffersHandler } from '#instances/jobs/sync-offers.ts';
import type { ReconcileDeps } from '#instances/reconcile/run.ts';
import { reconcileSettings } from '#instances/reconcile-settings.ts';
import { HttpWorkerLink } from '#instances/worker-link.ts';
import { measureBacklog } from '#jobs/backlog-metrics.ts';
import { enqueue, type JobHandler } from '#jobs/jobs.ts';
import { startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import { fixedDirectory, type ProviderDirectory } from '#providers/directory.ts';
import { renderInstallScript } from '#providers/install-script.ts';
import { MockProvider } from '#providers/mock/provider.ts';
import type { Provider } from '#providers/provider.ts';
import { jobObserver } from '#telemetry/job-metrics.ts';
import { METRICS, startMetricsServer } from '#telemetry/metrics.ts';
import { runProcess } from '#telemetry/process.ts';

const POOL_SIZE = 24;
const HOUR_MS = 3_600_000;
const EVENT_BATCH = 10_000;
const WORKER_FOLDER = fileURLToPath(new URL('../.cache/worker', import.meta.url));

runProcess('orchestrator', async ({ config, env }) => {
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'orchestrator'),
    applicationName: 'orchestrator',
    poolSize: POOL_SIZE,
  });
  const settings = fixedSettings(config);
  const providers = makeProviders(env, config);
  const deps = await makeDeps(env, config, db, { providers, settings });
  const metrics = await startMetricsServer(env, config.ports.orchestratorMetrics);
  measureBacklog(env, db, METRICS);
  await askForCare(env, db, providers);
  const runner = await startRunner(env, db, {
    figures: runnerFigures(settings),
    observe: jobObserver(),
    handlers: [
      reconcileInstanceHandler(deps),
      syncOffersHandler({ env, db, providers }),
      expireSamplesHandler(db, settings),
      rollUpSamplesHandler({ env, db, settings }),
      expireEventsHandler(db, config.values.EVENT_RETENTION_HOURS),
      expireIdempotencyKeysHandler(db),
    ],
  });
  return async () => {
    await runner.stop();
    await Promise.all([deps.link.close(), metrics.stop()]);
    await db.close();
  };
});

/** A concrete provider is named here and nowhere else. */
function makeProviders(env: Env, config: Config): ProviderDirectory {
  const providers = config.enabledProviders.map((name): Provider => {
    if (name !== 'mock') throw new ConfigError(`ENABLED_PROVIDERS names ${name}, which has no adapter`);
    return new MockProvider({
      baseUrl: `http://127.0.0.1:${config.ports.mockCloud}`,
      token: readSecret(config, 'mock_cloud_token'),
      clock: env.clock,
    });
  });
  return fixedDirectory(providers);
}

async function makeDeps(
  env: Env,
  config: Config,
  db: Database,
  { providers, settings }: { providers: ProviderDirectory; settings: Settings },
): Promise<ReconcileDeps> {
  const manifest = readWorkerManifest(WORKER_FOLDER);
  if (!manifest) throw new StartError(`there is no worker bundle in ${WORKER_FOLDER}: build it first`);
  const nodeSha256 = await sha256OfFile(process.execPath);
  const alarms = new Counter({
    name: 'inventiv_alarms_total',
    help: 'Alarms raised on instances that do not get on.',
    labelNames: ['code'],
    registers: [METRICS],
  });
  const files = {
    controlUrl: config.publicUrl,
    workerUrl: `${config.publicUrl}/internal/worker/${manifest.sha256}.mjs`,
    workerSha256: manifest.sha256,
    nodeUrl: `${config.publicUrl}/internal/node/${nodeSha256}`,
    nodeSha256,
  };
  return {
    env,
    db,
    providers,
    link: new HttpWorkerLink(env, config.values.HEALTH_TIMEOUT_MS),
    controlKey: readSecret(config, 'control_key'),
    installationId: await getInstallationId(db),
    renderUserData: (order) => renderInstallScript({ ...files, ...order }),
    expectedAgent: manifest,
    settingsOf: (providerId) => reconcileSettings(settings, providerId),
    onAlarm: (code) => alarms.inc({ code }),
  };
}

/** A start is a recovery: whatever is not at rest is looked at, whoever had it in hand before. */
async function askForCare(env: Env, db: Database, providers: ProviderDirectory): Promise<void> {
  const correlationId = newId(env, 'correlation');
  const schedules = ['expire-samples', 'roll-up-samples', 'expire-events', 'expire-idempotency-keys'].map(
    (kind) => ({
      kind,
      subjectId: 'all',
    }),
  );
  const access = await providers.list();
  const syncs = access.map(({ providerId }) => ({ kind: SYNC_OFFERS, subjectId: providerId }));
  for (const job of [...syncs, ...schedules]) {
    await db.transaction((tx) => enqueue(tx, { ...job, correlationId }));
  }
  const count = await reconcileUnfinished(db);
  if (count > 0) env.log.info({ instances: count }, 'instances are taken up where they were left');
}

function expireEventsHandler(db: Database, retentionHours: number): JobHandler {
  return {
    kind: 'expire-events',
    neverGivesUp: true,
    async run() {
      const hasMore = await removeOldEvents(db, retentionHours, EVENT_BATCH);
      return { againInMs: hasMore ? 200 : HOUR_MS / 6 };
    },
  };
}

function expireIdempotencyKeysHandler(db: Database): JobHandler {
  return {
    kind: 'expire-idempotency-keys',
    neverGivesUp: true,
    async run() {
      await removeOldIdempotencyKeys(db);
      return { againInMs: HOUR_MS };
    },
  };
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}
