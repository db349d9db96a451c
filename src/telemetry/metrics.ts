import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Env } from '#kernel/env.ts';

/** The figures of this process; each part adds its own. */
export const METRICS = new Registry();
collectDefaultMetrics({ register: METRICS });

export interface MetricsServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface MetricsServerOptions {
  readonly host?: string;
  readonly registry?: Registry;
  /** A reason why the process cannot do its work now; undefined when it can. */
  readonly findTrouble?: () => string | undefined;
  /** The port may still be a predecessor's: it is tried again until it is free, and the process starts meanwhile. */
  readonly waitsForPort?: boolean;
  /** Other things to read there, as JSON, by their path. */
  readonly pages?: Readonly<Record<string, () => unknown>>;
}

const PORT_RETRY_MS = 100;

/** Serves `/metrics` for Prometheus, `/healthz` for whoever watches the process, and what else it is given. */
export async function startMetricsServer(
  env: Env,
  port: number,
  options: MetricsServerOptions = {},
): Promise<MetricsServer> {
  const registry = options.registry ?? METRICS;
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string) => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    if (request.method !== 'GET') return answer(405, 'text/plain', 'GET only\n');
    if (request.url === '/healthz') {
      const trouble = options.findTrouble?.();
      const body = trouble === undefined ? { status: 'ok' } : { status: 'failing', trouble };
      return answer(trouble === undefined ? 200 : 503, 'application/json', `${JSON.stringify(body)}\n`);
    }
    const page = request.url === undefined ? undefined : options.pages?.[request.url];
    if (page) return answer(200, 'application/json', `${JSON.stringify(page())}\n`);
    if (request.url !== '/metrics') return answer(404, 'text/plain', '/metrics or /healthz\n');
    registry.metrics().then(
      (text) => answer(200, registry.contentType, text),
      (error: unknown) => {
        env.log.error({ error }, 'collecting metrics failed');
        answer(500, 'text/plain', 'collecting metrics failed\n');
      },
    );
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  const stopping = new AbortController();
  await listen(env, server, {
    port,
    host: options.host ?? '127.0.0.1',
    retry: options.waitsForPort ? stopping.signal : undefined,
  });
  const address = server.address();
  return {
    port: address && typeof address === 'object' ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        stopping.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface MetricsPlace {
  readonly port: number;
  readonly host: string;
  /** Tries a taken port again until it is aborted. */
  readonly retry: AbortSignal | undefined;
}

/** Resolves at once when a taken port will be tried again. */
function listen(env: Env, server: Server, { port, host, retry }: MetricsPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (!retry || error.code !== 'EADDRINUSE') return reject(error);
      resolve();
      env
        .sleep(PORT_RETRY_MS, retry)
        .then(() => server.listen(port, host))
        .catch(() => undefined);
    });
    server.listen(port, host, resolve);
  });
}
