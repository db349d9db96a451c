/**
 * The HTTP server of declared routes. It knows no route by name and no domain: who asks is found out by the
 * authenticator it is given, what they may do by the policy each route declares.
 *
 * Every answer carries a request id and a correlation id and leaves one access line. A request that ends early aborts
 * its signal, so that what serves it can stop.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { isId, newId } from '#kernel/ids.ts';
import { redact } from '#kernel/redact.ts';
import { AuditDenials } from './audit-denials.ts';
import { answerError } from './error-handler.ts';
import { parseStrictJson } from './json-body.ts';
import { isProgramPath } from './paths.ts';
import { type RequestContext, type ServedRequest, served } from './request-context.ts';
import { guardRequest, originRule } from './request-guard.ts';
import type { RequestMetrics } from './request-metrics.ts';
import type { Caller, Policy, Route } from './route.ts';
import { type RouteDeps, type RunDeps, runRoute } from './run-route.ts';
import { securityHeaders } from './security-headers.ts';
import { type Shortcut, withShortcuts } from './shortcut.ts';

/** Something at an address that is not JSON in and out: files, a proxy. Its policy is declared all the same. */
export interface Mount {
  readonly name: string;
  readonly methods: readonly ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
  readonly path: string;
  readonly policy: Extract<Policy, { allow: 'anyone' }>;
  /** The body is left unread for the handler. */
  readonly readsRawBody?: boolean;
  readonly bodyBytesMax?: number;
  /** Adds to the part of the server that serves this mount only. */
  readonly prepare?: (scope: FastifyInstance) => void;
  readonly handler: (request: ServedRequest, reply: FastifyReply) => Promise<unknown>;
}

export interface HttpServerOptions extends RouteDeps {
  readonly routes: readonly Route[];
  readonly mounts?: readonly Mount[];
  /** For routes that are asked very often. */
  readonly shortcuts?: readonly Shortcut[];
  /** Under which browsers and workers reach us. */
  readonly publicUrl: string;
  readonly metrics?: RequestMetrics;
}

// Declared before they are set, so that all requests share one hidden class.
const CONTEXT_FIELDS: (keyof RequestContext)[] = ['correlationId', 'caller', 'errorCode', 'gone'];
const BODY_BYTES_MAX = 65_536;
const HEAD_LIMIT_MS = 20_000;
const REQUEST_LIMIT_MS = 120_000;
const IDLE_LIMIT_MS = 65_000;
const CLOSE_LIMIT_MS = 1_500;

export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { env } = options;
  const headers = securityHeaders(options.publicUrl.startsWith('https:'));
  const rule = originRule(options.publicUrl);
  let isClosing = false;
  const shortcutDeps = { env, rule, headers, metrics: options.metrics, isClosing: () => isClosing };
  const app = Fastify({
    logger: false,
    genReqId: () => newId(env, 'request'),
    requestIdHeader: false,
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: (framework) =>
      listenWith(withShortcuts(shortcutDeps, options.shortcuts ?? [], framework as RequestListener)),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200, caseSensitive: true },
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => {
      begin(env, served(request), reply);
      answerError(env, error, served(request), reply);
    },
    clientErrorHandler: refuseConnection,
  });
  for (const field of CONTEXT_FIELDS) app.decorateRequest(field, null);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => (body.length === 0 ? undefined : parseStrictJson(body)),
  );
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onRequest', async (request, reply) => {
    begin(env, served(request), reply);
    logWhenDone(options, served(request), reply);
    void reply.headers(headers);
    guardRequest(rule, request.raw);
  });
  app.setErrorHandler((error, request, reply) => answerError(env, error, served(request), reply));
  app.setNotFoundHandler((request, reply) => answerNotFound(env, options, served(request), reply));
  const deps = { ...options, denials: new AuditDenials(env, options.db, options.clientAddress) };
  for (const route of options.routes) addRoute(app, deps, route);
  for (const mount of options.mounts ?? []) addMount(app, mount);
  endConnectionsOnClose(app, env);
  return app;
}

function listenWith(listener: RequestListener): Server {
  const server = createServer({ headersTimeout: HEAD_LIMIT_MS }, listener);
  server.requestTimeout = REQUEST_LIMIT_MS;
  server.keepAliveTimeout = IDLE_LIMIT_MS;
  return server;
}

function addRoute(app: FastifyInstance, deps: RunDeps, route: Route): void {
  app.route({
    method: route.method,
    url: route.path,
    bodyLimit: route.bodyBytesMax ?? BODY_BYTES_MAX,
    config: { name: route.name, isQuiet: route.policy.allow !== 'member' },
    handler: (request, reply) => runRoute(deps, route, served(request), reply),
  });
}

function addMount(app: FastifyInstance, mount: Mount): void {
  void app.register((scope, _options, done) => {
    if (mount.readsRawBody) {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', async (_request: unknown, payload: unknown) => payload);
    }
    mount.prepare?.(scope);
    scope.route({
      method: [...mount.methods],
      url: mount.path,
      ...(mount.bodyBytesMax === undefined ? {} : { bodyLimit: mount.bodyBytesMax }),
      config: { name: mount.name, isQuiet: true },
      handler: (request, reply) => mount.handler(served(request), reply),
    });
    done();
  });
}

function begin(env: Env, request: ServedRequest, reply: FastifyReply): void {
  const given = request.headers['x-correlation-id'];
  request.correlationId =
    typeof given === 'string' && isId('correlation', given) ? given : newId(env, 'correlation');
  request.caller = undefined;
  request.errorCode = undefined;
  request.gone = new AbortController();
  void reply.header('x-request-id', request.id).header('x-correlation-id', request.correlationId);
}

/** One line and one measurement per request, also for those whose client left. */
function logWhenDone(options: HttpServerOptions, request: ServedRequest, reply: FastifyReply): void {
  const { env, metrics } = options;
  const startedMs = env.clock.monotonic();
  reply.raw.once('close', () => {
    const isComplete = reply.raw.writableFinished;
    if (!isComplete) request.gone.abort(new Error('the client is gone'));
    const config = request.routeOptions.config as { name?: string; isQuiet?: boolean };
    const route = config.name ?? 'none';
    const status = isComplete || reply.raw.headersSent ? reply.raw.statusCode : 499;
    const durationMs = env.clock.monotonic() - startedMs;
    metrics?.observe(route, request.method, status, durationMs / 1000);
    const fields = {
      request_id: request.id,
      correlation_id: request.correlationId,
      method: request.method,
      // Whoever pastes a key into an address would else have it in every log.
      path: redact(request.url.split('?', 1)[0]?.slice(0, 300) ?? ''),
      route,
      status,
      duration_ms: Math.round(durationMs * 10) / 10,
      ...callerFields(request.caller),
      ...(request.errorCode ? { code: request.errorCode } : {}),
      ...(isComplete ? {} : { client_left: true }),
    };
    // Health checks, files and heartbeats would drown what people did.
    if (config.isQuiet && status < 400) env.log.debug(fields, 'request');
    else env.log.info(fields, 'request');
  });
}

function callerFields(caller: Caller | undefined): Record<string, unknown> {
  if (caller?.kind === 'user') return { user_id: caller.userId, org_id: caller.orgId };
  return caller?.kind === 'worker' ? { instance_id: caller.instanceId, org_id: caller.orgId } : {};
}

function answerNotFound(
  env: Env,
  options: HttpServerOptions,
  request: ServedRequest,
  reply: FastifyReply,
): void {
  const path = request.url.split('?', 1)[0] ?? '';
  const methods = methodsAt(options, path);
  const isKnown = methods.length > 0;
  if (isKnown) void reply.header('allow', methods.join(', '));
  answerError(env, new AppError(isKnown ? 'route.method_not_allowed' : 'route.not_found'), request, reply);
}

/** The methods that the address would take. The web application's catch-all does not count for programs. */
function methodsAt(options: HttpServerOptions, path: string): string[] {
  const routes = options.routes.filter((route) => matches(route.path, path)).map((route) => route.method);
  const mounts = (options.mounts ?? [])
    .filter((mount) => matches(mount.path, path) && !(mount.path === '/*' && isProgramPath(path)))
    .flatMap((mount) => mount.methods);
  return [...new Set<string>([...routes, ...mounts])];
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.at(-1) === '*') {
    return wanted.slice(0, -1).every((part, i) => part.startsWith(':') || part === given[i]);
  }
  return (
    wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') || part === given[i])
  );
}

/** For what is not even HTTP: there is no request to answer, only a socket. */
function refuseConnection(
  error: NodeJS.ErrnoException,
  socket: { writable: boolean } & NodeJS.WritableStream,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Streams never end by themselves: what is still open after a moment is cut, so that a stop takes no longer. */
function endConnectionsOnClose(app: FastifyInstance, env: Env): void {
  app.addHook('preClose', async () => {
    void env
      .sleep(CLOSE_LIMIT_MS)
      .then(() => app.server.closeAllConnections())
      .catch(() => undefined);
  });
}
