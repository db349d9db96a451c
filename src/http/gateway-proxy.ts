/**
 * Hands /v1 of the web origin to the gateway, byte for byte and as it comes.
 *
 * A browser's session cookie is exchanged for a short bearer here, so the gateway never reads cookies. A caller that
 * brings its own credential is passed on with exactly that one; a session is never added to it. When the browser
 * leaves, the call to the gateway is cut.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { Agent, request as send } from 'undici';
import { AppError } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';
import type { ServedRequest } from './request-context.ts';
import type { UserCaller } from './route.ts';
import { type Authenticator, authorise } from './run-route.ts';
import type { Mount } from './server.ts';

export interface GatewayProxyDeps {
  readonly gatewayUrl: string;
  readonly authenticator: Authenticator;
  readonly bearerFor: (caller: UserCaller) => Secret;
  readonly bodyBytesMax: () => number;
}

export interface GatewayProxy {
  readonly mount: Mount;
  close(): Promise<void>;
}

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Ours to say, or nobody's business behind this origin. */
const NOT_FORWARDED = new Set([
  ...HOP_BY_HOP,
  'host',
  'cookie',
  'origin',
  'referer',
  'expect',
  'x-inventiv-csrf',
]);
const NOT_RETURNED = new Set([...HOP_BY_HOP, 'set-cookie']);

export function createGatewayProxy(deps: GatewayProxyDeps): GatewayProxy {
  // The gateway has limits of its own for silence; a second set here would only cut long answers.
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 5_000 }, pipelining: 1 });
  const mount: Mount = {
    name: 'inference.proxy',
    methods: ['GET', 'POST', 'DELETE'],
    path: '/v1/*',
    policy: { allow: 'anyone', because: 'a session is checked here, every other credential by the gateway' },
    readsRawBody: true,
    // What tells its length is refused here, at the limit in force; the rest is counted by the gateway.
    bodyBytesMax: Number.MAX_SAFE_INTEGER,
    handler: async (request, reply) => {
      if (Number(request.headers['content-length'] ?? 0) > deps.bodyBytesMax()) {
        throw new AppError('request.too_large');
      }
      const authorization = await credentialOf(deps, request);
      return forward(deps, agent, request, reply, authorization);
    },
  };
  return { mount, close: () => agent.destroy() };
}

/** The Authorization header to send; undefined when the caller brought a credential of its own. */
async function credentialOf(deps: GatewayProxyDeps, request: ServedRequest): Promise<string | undefined> {
  const { authorization } = request.headers;
  if (authorization !== undefined || request.headers['x-api-key'] !== undefined) return undefined;
  const caller = await authorise(
    deps.authenticator,
    { policy: { allow: 'member', action: 'inference.use' } },
    request,
  );
  request.caller = caller;
  return `Bearer ${deps.bearerFor(caller as UserCaller).reveal()}`;
}

async function forward(
  deps: GatewayProxyDeps,
  agent: Agent,
  request: ServedRequest,
  reply: FastifyReply,
  authorization: string | undefined,
): Promise<FastifyReply> {
  const headers = forwardedHeaders(request.headers, NOT_FORWARDED);
  if (authorization !== undefined) headers['authorization'] = authorization;
  headers['x-correlation-id'] = request.correlationId;
  let answer: Awaited<ReturnType<typeof send>>;
  try {
    answer = await send(deps.gatewayUrl + request.url, {
      method: request.method as 'GET' | 'POST' | 'DELETE',
      headers,
      body: request.body instanceof Readable ? request.body : null,
      dispatcher: agent,
      signal: request.gone.signal,
    });
  } catch (error) {
    const publicMessage = 'The gateway does not answer. Try again shortly.';
    throw new AppError('upstream.failed', { publicMessage, cause: error, retryAfterMs: 1_000 });
  }
  reply.code(answer.statusCode).headers(forwardedHeaders(answer.headers, NOT_RETURNED));
  return reply.send(answer.body);
}

function forwardedHeaders(
  headers: IncomingHttpHeaders,
  withheld: ReadonlySet<string>,
): Record<string, string | string[]> {
  const named = String(headers.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isForged = name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip';
    if (value === undefined || withheld.has(name) || named.includes(name) || isForged) continue;
    kept[name] = value;
  }
  return kept;
}
