/** The data plane: clients' requests to engines, and what they used to the ledger. */
import { createHash } from 'node:crypto';
import { type Config, ConfigError } from '#config/config.ts';
import { readOptionalSecret, readSecret } from '#config/secrets.ts';
import type { Settings } from '#config/settings.ts';
import { openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { readClosedMachines } from '#finops/closed-machines.ts';
import { recordRequests } from '#finops/commands/record-requests.ts';
import { recordUsage } from '#finops/commands/record-usage.ts';
import { readSpending } from '#finops/spending.ts';
import { admissionFigures } from '#gateway/admission/admission-figures.ts';
import { signalsBody } from '#gateway/admission/model-load.ts';
import { Storage } from '#gateway/batches/storage.ts';
import { storageFigures } from '#gateway/batches/storage-figures.ts';
import type { EdgeFigures, EdgeKind, TlsFiles } from '#gateway/edge/edge-options.ts';
import { startGateway } from '#gateway/gateway.ts';
import type { GatewayLimits } from '#gateway/gateway-context.ts';
import { touchApiKeys } from '#identity/queries.ts';
import { Secret } from '#kernel/secret.ts';
import { readMarket } from '#offerings/queries.ts';
import { databaseSource } from '#routing/database-source.ts';
import { joinFleet } from '#routing/fleet/fleet.ts';
import { routingFigures } from '#routing/routing-figures.ts';
import { keepSnapshot } from '#routing/snapshot-keeper.ts';
import { keepSettings } from '#settings/settings-keeper.ts';
import { METRICS, startMetricsServer } from '#telemetry/metrics.ts';
import { runProcess } from '#telemetry/process.ts';
import { tunnelsOf } from './gateway-tunnels.ts';

const POOL_SIZE = 6;

runProcess('gateway', async ({ config, env, heldSocket, onDrain }) => {
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'gateway'),
    applicationName: 'gateway',
    poolSize: POOL_SIZE,
  });
  const settings = await keepSettings(env, db, config);
  const tunnels = tunnelsOf(config, env, tlsFilesOf(config));
  const snapshot = await keepSnapshot(
    env,
    databaseSource(db, {
      readMarket: () => readMarket(db),
      readClosed: () => readClosedMachines(db),
      takesTunnels: tunnels !== undefined,
    }),
    {
      get workerSilentMs() {
        return settings.get('WORKER_SILENT_MS');
      },
      hasTunnel: (instanceId) => tunnels?.hub.isOpen(instanceId) ?? false,
    },
  );
  await tunnels?.open(db, snapshot);
  const fleet = await joinFleet(env, {
    redisUrl: redisUrlOf(config),
    prefix: redisPrefixOf(readSecret(config, 'data_plane_key')),
    gateways: config.values.GATEWAYS,
  });
  const handle = await heldSocket();
  const gateway = await startGateway(env, {
    place: handle ? { handle } : { host: config.bindHost, port: config.ports.gateway },
    dataDir: config.dataDir,
    limits: limitsOf(settings),
    edge: { kind: edgeKindOf(config), tls: tlsFilesOf(config), figures: edgeFiguresOf(settings) },
    upstream: {
      kind: config.values.GATEWAY_UPSTREAM === 'undici' ? 'undici' : 'fast',
      figures: {
        get connectMs() {
          return settings.get('GATEWAY_CONNECT_MS');
        },
      },
    },
    routing: routingFigures(settings),
    admission: admissionFigures(settings),
    journalSegmentBytes: config.values.JOURNAL_SEGMENT_BYTES,
    webBearerKey: readSecret(config, 'web_bearer_key'),
    dataPlaneKey: readSecret(config, 'data_plane_key'),
    snapshot,
    tunnels: tunnels?.hub,
    registry: METRICS,
    places: {
      recordUsage: (rows) => recordUsage(db, rows),
      recordRequests: (rows) => recordRequests(db, rows),
    },
    readSpending: () => readSpending(db),
    touchApiKeys: (ids) => touchApiKeys(db, ids),
    storage: new Storage(env, db, storageFigures(settings)),
    fleet,
  });
  const metrics = await startMetricsServer(env, config.ports.gatewayMetrics, {
    host: config.bindHost,
    findTrouble: () => gateway.findTrouble(),
    pages: { '/signals': () => signalsBody(gateway.signals()) },
    // The predecessor lets go of it when this process is ready.
    waitsForPort: handle !== undefined,
  });
  onDrain(async () => {
    await Promise.all([metrics.stop(), tunnels?.pass()]);
    await gateway.drain();
  });
  return async () => {
    await tunnels?.pass();
    await gateway.stop();
    await tunnels?.close();
    await Promise.all([metrics.stop(), snapshot.stop(), settings.stop()]);
    await db.close();
  };
});

/** @throws ConfigError when it is no address of a Redis */
function redisUrlOf(config: Config): Secret | undefined {
  const url = config.values.REDIS_URL || readOptionalSecret(config, 'redis_url')?.reveal() || '';
  if (url === '') return undefined;
  if (!/^rediss?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new ConfigError('REDIS_URL is no address of a Redis: it begins with redis:// or rediss://');
  }
  return new Secret(url);
}

/** All gateways of one installation have this key, and nobody else does. */
function redisPrefixOf(dataPlaneKey: Secret): string {
  return `inventiv:${createHash('sha256').update(`redis ${dataPlaneKey.reveal()}`).digest('hex').slice(0, 16)}`;
}

/** Read at each use. */
function limitsOf(settings: Settings): GatewayLimits {
  return {
    get bodyBytesMax() {
      return settings.get('GATEWAY_BODY_BYTES_MAX');
    },
    get requestsMax() {
      return settings.get('GATEWAY_REQUESTS_MAX');
    },
    get firstByteMs() {
      return settings.get('GATEWAY_FIRST_BYTE_MS');
    },
    get requestLogMax() {
      return settings.get('REQUEST_LOG_WAITING_MAX');
    },
    get idleMs() {
      return settings.get('GATEWAY_IDLE_MS');
    },
    get drainMs() {
      return settings.get('GATEWAY_DRAIN_MS');
    },
  };
}

function edgeKindOf({ values }: Config): EdgeKind {
  return values.GATEWAY_EDGE === 'node' ? 'node' : 'fast';
}

/** @throws ConfigError when only one of the two is given */
function tlsFilesOf({ values }: Config): TlsFiles | undefined {
  const { GATEWAY_TLS_CERT_FILE: certFile, GATEWAY_TLS_KEY_FILE: keyFile } = values;
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '') {
    throw new ConfigError('GATEWAY_TLS_CERT_FILE and GATEWAY_TLS_KEY_FILE must be given together');
  }
  return { certFile, keyFile };
}

function edgeFiguresOf(settings: Settings): Omit<EdgeFigures, 'inactivityMs'> {
  return {
    get headMs() {
      return settings.get('GATEWAY_HEAD_MS');
    },
    get bodyMs() {
      return settings.get('GATEWAY_BODY_MS');
    },
    get keepAliveMs() {
      return settings.get('GATEWAY_KEEP_ALIVE_MS');
    },
    get connectionsMax() {
      return settings.get('GATEWAY_CONNECTIONS_MAX');
    },
  };
}
