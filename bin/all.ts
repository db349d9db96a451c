/**
 * The supervisor of `make up`: PostgreSQL, the mock cloud and one of each process, until Ctrl-C.
 * The first http address that it prints is the dashboard's.
 */
import { join } from 'node:path';
import type { Config } from '#config/config.ts';
import { readProcessConfig } from '#config/process-config.ts';
import { ensureSecrets } from '#config/secrets.ts';
import { startOwnServer } from '#database/own-server.ts';
import { externalDatabaseUrl } from '#database/roles.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { requireDataDirectory } from '#supervisor/data-directory.ts';
import { requireFreePorts, type WantedPort } from '#supervisor/ports.ts';
import { RESTART_SIGNAL, takeRestartRequests } from '#supervisor/restart-requests.ts';
import { claimDataDirectory, type ProcessPlan, type Stack, startStack } from '#supervisor/stack.ts';
import { oneLineFor, SAME_SIGNAL_MS } from '#telemetry/process.ts';
import { supervisorLog } from '#telemetry/supervisor-log.ts';
import { prepareDatabase } from './prepare-database.ts';

const STOP_LIMIT_MS = 4_700;
/** From the metrics port of the first gateway to those of the others: 9110 is the second one's. */
const FURTHER_METRICS = 9;

let isEnding = false;
let running: Stack | undefined;

await main();

async function main(): Promise<void> {
  try {
    const config = readProcessConfig();
    requireDataDirectory(config.dataDir);
    const { log, terminal } = supervisorLog(config);
    const env = systemEnv(log);
    const asked = endWhenAsked(env);
    await claimDataDirectory(env, config.dataDir);
    await requireFreePorts(portsOf(config));
    ensureSecrets(env, config);
    asked.throwIfAborted();
    const { stack, ready } = startStack(env, {
      dataDir: config.dataDir,
      startDatabase: externalDatabaseUrl(config)
        ? undefined
        : (signal) => startOwnServer(env, config, signal),
      processes: processesOf(config),
      variables: { ...process.env, LOG_FORMAT: 'json' },
      onLine: terminal.line,
      async prepare() {
        const { hasRoles } = await prepareDatabase(env, config);
        return { DATABASE_ROLES: hasRoles ? 'on' : 'off' };
      },
    });
    running = stack;
    process.on(RESTART_SIGNAL, () => {
      for (const name of takeRestartRequests(config.dataDir)) replace(env, stack, name);
    });
    await ready;
    process.stdout.write(summaryOf(config));
    terminal.release();
  } catch (error) {
    // A stop that was asked for during the start ends the process by itself.
    if (!isEnding) fail(error);
    else if (!running) process.exit(0);
  }
}

/** A first signal ends the stack, a second one at once. The result is aborted by the first. */
function endWhenAsked(env: Env): AbortSignal {
  const asked = new AbortController();
  const force = () => {
    running?.kill();
    process.exit(1);
  };
  let askedAt = 0;
  const end = () => {
    if (isEnding) {
      if (env.clock.monotonic() - askedAt > SAME_SIGNAL_MS) force();
      return;
    }
    isEnding = true;
    askedAt = env.clock.monotonic();
    asked.abort();
    void env.sleep(STOP_LIMIT_MS).then(force);
    running?.stop().then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  // The starting script holds the other end: when it is killed, nobody could end us by Ctrl-C any more.
  if (process.send) process.once('disconnect', () => isEnding || end());
  return asked.signal;
}

function replace(env: Env, stack: Stack, name: string): void {
  stack.replace(name).then(
    () => env.log.info({ process: name }, 'a process was replaced'),
    (error: unknown) =>
      env.log.error({ process: name, error: messageOf(error) }, 'a process was not replaced'),
  );
}

function portsOf({ ports, bindHost, enabledProviders, values }: Config): WantedPort[] {
  const host = '127.0.0.1';
  const mockCloud = { name: 'the mock cloud', host, port: ports.mockCloud };
  const tunnelPorts = (values.TUNNEL_URL === '' ? [] : gatewayNames(values.GATEWAYS)).map((name, index) => ({
    name: `tunnels of the ${name}`,
    host: bindHost,
    port: ports.gatewayTunnels + index,
  }));
  return [
    { name: 'the dashboard', host: bindHost, port: ports.api },
    { name: 'the gateway', host: bindHost, port: ports.gateway },
    { name: 'metrics of the orchestrator', host, port: ports.orchestratorMetrics },
    { name: 'metrics of finops', host, port: ports.finopsMetrics },
    { name: 'metrics of the api', host, port: ports.apiMetrics },
    ...gatewayNames(values.GATEWAYS).map((name, index) => ({
      name: `metrics of the ${name}`,
      host,
      port: gatewayMetricsPort(ports.gatewayMetrics, index),
    })),
    ...tunnelPorts,
    ...(enabledProviders.includes('mock') ? [mockCloud] : []),
  ];
}

function processesOf(config: Config): ProcessPlan[] {
  const plan = (name: string, needsDatabase = true) => ({
    name,
    file: join(import.meta.dirname, `${name}.ts`),
    needsDatabase,
  });
  const withMock = config.enabledProviders.includes('mock') ? [plan('mock-cloud', false)] : [];
  return [...withMock, plan('api'), plan('orchestrator'), ...gatewaysOf(config), plan('finops')];
}

/** All of them behind the one port; the first is the one whose name and metrics everybody knows. */
function gatewaysOf({ bindHost, ports, values }: Config): ProcessPlan[] {
  const names = gatewayNames(values.GATEWAYS);
  const listens = { host: bindHost, port: ports.gateway, isOneOfSeveral: names.length > 1 };
  return names.map((name, index) => ({
    name,
    file: join(import.meta.dirname, 'gateway.ts'),
    needsDatabase: true,
    listens,
    variables:
      index === 0
        ? {}
        : {
            METRICS_PORT: String(gatewayMetricsPort(ports.gatewayMetrics, index)),
            ...tunnelVariables(values.TUNNEL_URL, ports.gatewayTunnels, index),
          },
  }));
}

/** Each gateway process is dialled by itself, so each has a port of its own, counted up in the address too. */
function tunnelVariables(url: string, firstPort: number, index: number): Record<string, string> {
  if (url === '' || !URL.canParse(url)) return {};
  const own = new URL(url);
  own.port = String(Number(own.port || (own.protocol === 'wss:' ? 443 : 80)) + index);
  return { TUNNEL_URL: own.href, TUNNEL_PORT: String(firstPort + index) };
}

function gatewayNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? 'gateway' : `gateway-${index + 1}`));
}

function gatewayMetricsPort(first: number, index: number): number {
  return index === 0 ? first : first + FURTHER_METRICS + index;
}

function summaryOf(config: Config): string {
  const lines = [
    'Inventiv Agents is up.',
    '',
    `  Dashboard  ${config.publicUrl}`,
    `  Sign in    ${config.values.ADMIN_LOGIN}, first password in ${join(config.secretsDir, 'admin_password')}`,
    `  Gateway    port ${config.ports.gateway}, path /v1, with an API key`,
    `  Logs       ${join(config.dataDir, 'logs')}`,
    '',
    'Ctrl-C ends everything.',
    '',
  ];
  return lines.join('\n');
}

function fail(error: unknown): void {
  const line = oneLineFor(error);
  process.stderr.write(`inventiv: ${line ?? (error instanceof Error ? error.stack : messageOf(error))}\n`);
  process.exit(1);
}
