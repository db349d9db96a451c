/** Makes it so: takes due work from the database and turns intent into machines, and facts into states. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startBatchRunner } from '#batches/batch-runner.ts';
import { EXPIRE_FILES } from '#batches/jobs/batch-kinds.ts';
import { expireFilesHandler } from '#batches/jobs/expire-files.ts';
import { runCatalogueSyncHandler } from '#catalog/jobs/run-catalogue-sync.ts';
import { SYNC_OFFERS, syncOffersHandler } from '#catalog/jobs/sync-offers.ts';
import type { Config } from '#config/config.ts';
import { gatewayUrlOf } from '#config/reachable-host.ts';
import { readSecret } from '#config/secrets.ts';
import type { Settings } from '#config/settings.ts';
import { StartError } from '#config/start-error.ts';
import { type Database, openDatabase } from '#database/database.ts';
import { getInstallationId } from '#database/installation.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { endOrganisationHandler } from '#deployments/jobs/end-organisation.ts';
import { EXPIRE_REQUEST_LOG, expireRequestLogHandler } from '#finops/jobs/expire-request-log.ts';
import { readWorkerManifest } from '#http/worker-files.ts';
import { EXPIRE_SIGN_INS, expireSignInsHandler } from '#identity/jobs/expire-sign-ins.ts';
import { reconcileUnfinished } from '#instances/commands/reconcile-unfinished.ts';
import { EvictionWatch } from '#instances/eviction-watch.ts';
import { EXPIRE_REPORTS, expireReportsHandler } from '#instances/jobs/expire-reports.ts';
import { expireSamplesHandler } from '#instances/jobs/expire-samples.ts';
import { INSTANCE_SCHEDULES, instanceHandlers } from '#instances/jobs/instance-handlers.ts';
import { rollUpSamplesHandler } from '#instances/jobs/roll-up-samples.ts';
import type { ReconcileDeps } from '#instances/reconcile/run.ts';
import { reconcileSettings } from '#instances/reconcile-settings.ts';
import { type WatchMetrics, watchMetrics } from '#instances/watch-metrics.ts';
import { HttpWorkerLink } from '#instances/worker-link.ts';
import { measureBacklog } from '#jobs/backlog-metrics.ts';
import { enqueue } from '#jobs/jobs.ts';
import { startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import type { Sealer } from '#kernel/sealing.ts';
import { renderInstallScript } from '#providers/install-script.ts';
import { type AccountDirectory, openDirectory } from '#settings/account-directory.ts';
import { checkProviderAccountHandler } from '#settings/jobs/check-provider-account.ts';
import { rotateCredentialHandler } from '#settings/jobs/rotate-credential.ts';
import { openSealer, requireMasterKey } from '#settings/master-key.ts';
import { keepSettings } from '#settings/settings-keeper.ts';
import { jobObserver } from '#telemetry/job-metrics.ts';
import { METRICS, startMetricsServer } from '#telemetry/metrics.ts';
import { runProcess } from '#telemetry/process.ts';
import { startWebhookRunner } from '#webhooks/webhook-runner.ts';
import { HOUSEKEEPING, housekeepingHandlers } from './housekeeping.ts';
import { MAIL_SCHEDULES, openMailRoom } from './mail-room.ts';
import { ownMachineHandlers } from './own-machines.ts';
import { accountProvider, mayPowerOff, ownProviders } from './provider-kinds.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

const POOL_SIZE = 24;
const WORKER_FOLDER = fileURLToPath(new URL('../.cache/worker', import.meta.url));

runProcess('orchestrator', async ({ config, env }) => {
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'orchestrator'),
    applicationName: 'orchestrator',
    poolSize: POOL_SIZE,
  });
  const settings = await keepSettings(env, db, config);
  const sealer = openSealer(env, config);
  const providers = await openProviders(env, config, db, sealer);
  const watchers = watchMetrics();
  const evictions = new EvictionWatch({ env, db, settings, ...watchers });
  const freeze = () => evictions.current();
  const deps = await makeDeps(env, config, db, { providers, settings, freeze, ...watchers });
  const metrics = await startMetricsServer(env, config.ports.orchestratorMetrics);
  measureBacklog(env, db, METRICS);
  await evictions.start();
  await askForSchedules(env, db, config.enabledProviders);
  const [mail, observe] = [openMailRoom({ env, config, db, settings, sealer }), jobObserver()];
  const runner = await startRunner(env, db, {
    figures: runnerFigures(settings),
    observe,
    handlers: [
      ...instanceHandlers({ ...deps, settings }),
      syncOffersHandler({ env, db, providers, settings }),
      runCatalogueSyncHandler({ env, db, providers, settings }),
      expireReportsHandler(db, settings),
      expireSamplesHandler(db, settings),
      expireRequestLogHandler(db, settings),
      expireFilesHandler(db, settings),
      rollUpSamplesHandler({ env, db, settings }),
      ...housekeepingHandlers(db, settings),
      checkProviderAccountHandler({ ...deps, settings, accounts: providers }),
      ...ownMachineHandlers({ env, db, settings, sealer }),
      rotateCredentialHandler({ ...deps, settings, accounts: providers }),
      endOrganisationHandler(deps),
      expireSignInsHandler(),
      ...mail.handlers,
    ],
  });
  const batches = await startBatchRunner(env, db, {
    settings,
    gatewayUrl: gatewayUrlOf(config),
    bearerKey: readSecret(config, 'web_bearer_key'),
    observe,
  });
  const webhooks = await startWebhookRunner(env, db, { settings, sealer, observe });
  // Beside the runner: what is due already, or comes to be when the lease of a dead process ends, does not wait for it.
  await askForCare(env, db);
  return async () => {
    await Promise.all([runner.stop(), batches.stop(), webhooks.stop()]);
    await evictions.stop();
    mail.close();
    await Promise.all([deps.link.close(), metrics.stop(), settings.stop()]);
    await db.close();
  };
});

/** What the installation itself and its organisations have access to. */
async function openProviders(
  env: Env,
  config: Config,
  db: Database,
  sealer: Sealer,
): Promise<AccountDirectory> {
  await requireMasterKey(db, config, sealer, SEALED_COLUMNS);
  return openDirectory({
    env,
    db,
    sealer,
    enabledProviders: config.enabledProviders,
    own: ownProviders(env, config, { env, db, sealer }),
    adapterOf: (providerId, credential) => accountProvider(env, config, providerId, credential),
  });
}

type MadeBefore = Pick<ReconcileDeps, 'providers' | 'freeze'> &
  WatchMetrics & { readonly settings: Settings };

async function makeDeps(
  env: Env,
  config: Config,
  db: Database,
  { settings, ...parts }: MadeBefore,
): Promise<ReconcileDeps> {
  const manifest = readWorkerManifest(WORKER_FOLDER);
  if (!manifest) throw new StartError(`there is no worker bundle in ${WORKER_FOLDER}: build it first`);
  const nodeSha256 = await sha256OfFile(process.execPath);
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
    ...parts,
    link: new HttpWorkerLink(env),
    controlKey: readSecret(config, 'control_key'),
    installationId: await getInstallationId(db),
    renderUserData: ({ providerId, ...order }) =>
      renderInstallScript({ ...files, ...order, mayPowerOff: mayPowerOff(providerId) }),
    expectedAgent: manifest,
    settingsOf: (providerId, orgId) => reconcileSettings(settings, providerId, orgId),
    agentFiles: { workerUrl: files.workerUrl, workerSha256: files.workerSha256 },
  };
}

/** A start is a recovery: whatever is not at rest is looked at, whoever had it in hand before. */
async function askForCare(env: Env, db: Database): Promise<void> {
  const count = await reconcileUnfinished(db);
  if (count > 0) env.log.info({ instances: count }, 'instances are taken up where they were left');
}

/** What is done for ever, at its own pace. */
async function askForSchedules(env: Env, db: Database, enabledProviders: readonly string[]): Promise<void> {
  const correlationId = newId(env, 'correlation');
  const schedules = [
    ...INSTANCE_SCHEDULES,
    EXPIRE_REPORTS,
    'expire-samples',
    EXPIRE_REQUEST_LOG,
    EXPIRE_FILES,
    'roll-up-samples',
    ...HOUSEKEEPING,
    EXPIRE_SIGN_INS,
    ...MAIL_SCHEDULES,
  ].map((kind) => ({
    kind,
    subjectId: 'all',
  }));
  const syncs = enabledProviders.map((providerId) => ({ kind: SYNC_OFFERS, subjectId: providerId }));
  for (const job of [...syncs, ...schedules]) {
    await db.transaction((tx) => enqueue(tx, { ...job, correlationId }));
  }
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}
