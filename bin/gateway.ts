/** The data plane: clients' requests to engines, and what they used to the ledger. */
import { readSecret } from '#config/secrets.ts';
import type { Settings } from '#config/settings.ts';
import { openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { recordUsage } from '#finops/commands/record-usage.ts';
import { admissionFigures } from '#gateway/admission/admission-figures.ts';
import { signalsBody } from '#gateway/admission/model-load.ts';
import { startGateway } from '#gateway/gateway.ts';
import type { GatewayLimits } from '#gateway/gateway-context.ts';
import { touchApiKeys } from '#identity/queries.ts';
import { databaseSource } from '#routing/database-source.ts';
import { keepSnapshot } from '#routing/snapshot-keeper.ts';
import { keepSettings } from '#settings/settings-keeper.ts';
import { METRICS, startMetricsServer } from '#telemetry/metrics.ts';
import { runProcess } from '#telemetry/process.ts';

const POOL_SIZE = 6;
/** What an engine runs at once by default; more would wait there, where the choice of the worker is made already. */
const WORKER_REQUESTS_MAX = 256;

runProcess('gateway', async ({ config, env }) => {
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'gateway'),
    applicationName: 'gateway',
    poolSize: POOL_SIZE,
  });
  const settings = await keepSettings(env, db, config);
  const snapshot = await keepSnapshot(env, databaseSource(db), {
    get workerSilentMs() {
      return settings.get('WORKER_SILENT_MS');
    },
  });
  const gateway = await startGateway(env, {
    host: config.bindHost,
    port: config.ports.gateway,
    dataDir: config.dataDir,
    limits: limitsOf(settings),
    admission: admissionFigures(settings),
    journalSegmentBytes: config.values.JOURNAL_SEGMENT_BYTES,
    webBearerKey: readSecret(config, 'web_bearer_key'),
    dataPlaneKey: readSecret(config, 'data_plane_key'),
    snapshot,
    registry: METRICS,
    recordUsage: (records) => recordUsage(db, records),
    touchApiKeys: (ids) => touchApiKeys(db, ids),
  });
  const metrics = await startMetricsServer(env, config.ports.gatewayMetrics, {
    host: config.bindHost,
    findTrouble: () => gateway.findTrouble(),
    pages: { '/signals': () => signalsBody(gateway.signals()) },
  });
  return async () => {
    await gateway.stop();
    await Promise.all([metrics.stop(), snapshot.stop(), settings.stop()]);
    await db.close();
  };
});

/** Read at each use. */
function limitsOf(settings: Settings): GatewayLimits {
  return {
    workerRequestsMax: WORKER_REQUESTS_MAX,
    get bodyBytesMax() {
      return settings.get('GATEWAY_BODY_BYTES_MAX');
    },
    get requestsMax() {
      return settings.get('GATEWAY_REQUESTS_MAX');
    },
    get firstByteMs() {
      return settings.get('GATEWAY_FIRST_BYTE_MS');
    },
    get idleMs() {
      return settings.get('GATEWAY_IDLE_MS');
    },
  };
}
