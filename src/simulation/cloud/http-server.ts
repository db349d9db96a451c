import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';
import { refuseByRights } from './account.ts';
import type { ApiAnswer, ApiCall, ApiRoute } from './api.ts';
import type { FaultTarget } from './faults.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/**
 * The cloud's HTTP face: one account secret as bearer, JSON both ways, an answer only after the effect is on disk.
 * Here the faults strike that concern a reply; those that concern an effect strike in the operations.
 */
export interface CallLogEntry {
  readonly at_ms: number;
  readonly method: string;
  readonly path: string;
  readonly operation: string | null;
  readonly correlation_id: string | null;
  /** Null while no reply was sent. */
  status: number | null;
  fault: string | null;
}

interface CompiledRoute extends ApiRoute {
  readonly pattern: RegExp;
}

const BODY_BYTES_MAX = 2_097_152;
const LOG_ENTRIES_MAX = 10_000;

export class CloudHttp {
  readonly #world: World;
  readonly #routes: readonly CompiledRoute[];
  readonly #tokenDigest: Buffer;
  readonly #log: CallLogEntry[] = [];
  readonly #server: Server;

  constructor(world: World, routes: readonly ApiRoute[], token: Secret) {
    this.#world = world;
    const logRoute: ApiRoute = { method: 'GET', path: '/v1/log', answer: (call) => this.#showLog(call) };
    this.#routes = [...routes, logRoute].map((route) => ({ ...route, pattern: patternOf(route.path) }));
    this.#tokenDigest = digest(token.reveal());
    this.#server = createServer((request, response) => {
      const served = this.#serve(request, response).catch((error: unknown) => {
        response.destroy();
        throw error;
      });
      world.inBackground('call', served);
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cloud');
    const method = request.method ?? 'GET';
    const { route, params } = this.#find(method, url.pathname);
    const entry = this.#note(request, method, url.pathname, route?.operation ?? null);
    try {
      this.#authenticate(request);
      if (!route) throw new Refusal(404, 'unknown_path', `There is nothing at ${method} ${url.pathname}.`);
      const body = await readJson(request);
      await this.#answer(route, { params, query: url.searchParams, body }, entry, response);
    } catch (error) {
      // Nobody is left to answer when the client broke off in the middle of its request.
      if (!request.socket.destroyed) send(response, entry, this.#refusalOf(error));
    }
  }

  async #answer(
    route: ApiRoute,
    call: ApiCall,
    entry: CallLogEntry,
    response: ServerResponse,
  ): Promise<void> {
    const { operation } = route;
    const target = operation === undefined ? undefined : this.#targetOf(operation, call);
    const early = target && this.#strikeBefore(target, entry);
    if (early) {
      send(response, entry, early);
      return;
    }
    const answer = await route.answer(call);
    if (route.method !== 'GET') await this.#world.state.flush();
    if (!target || !this.#strikeAfter(target, answer, entry, response)) send(response, entry, answer);
  }

  #strikeBefore(target: FaultTarget, entry: CallLogEntry): ApiAnswer | undefined {
    const { faults } = this.#world;
    const denied = refuseByRights(faults, target);
    if (denied) {
      entry.fault = denied.fault;
      return denied.answer;
    }
    const throttle = faults.take('throttle', target);
    if (throttle) {
      entry.fault = throttle.kind;
      const after = throttle.retry_after_s;
      if (after === undefined) return { status: 429 };
      const body = { type: 'too_many_requests', message: 'Slow down.' };
      return { status: 429, headers: { 'retry-after': String(after) }, body };
    }
    const failure = faults.take('error_before', target);
    if (!failure) return undefined;
    entry.fault = failure.kind;
    return { status: failure.status, body: INTERNAL_ERROR };
  }

  /** True when the fault has dealt with the reply. */
  #strikeAfter(
    target: FaultTarget,
    answer: ApiAnswer,
    entry: CallLogEntry,
    response: ServerResponse,
  ): boolean {
    const { faults } = this.#world;
    const failure = faults.take('error_after', target);
    if (failure) {
      entry.fault = failure.kind;
      send(response, entry, { status: failure.status, body: INTERNAL_ERROR });
      return true;
    }
    const lost = faults.take('lost_reply', target);
    if (lost) {
      entry.fault = lost.kind;
      if (lost.mode !== 'hang') response.destroy();
      return true;
    }
    const garbage = faults.take('garbage', target);
    if (!garbage) return false;
    entry.fault = garbage.kind;
    entry.status = answer.status;
    sendGarbage(response, answer, garbage.mode ?? 'html');
    return true;
  }

  #targetOf(operation: string, call: ApiCall): FaultTarget {
    const id = call.params['id'];
    const { servers, volumes, parts } = this.#world.state;
    const server = id === undefined ? undefined : servers.get(id);
    const volume = id === undefined ? undefined : volumes.get(id);
    const part = id === undefined ? undefined : parts.get(id);
    const body = (call.body ?? {}) as Record<string, unknown>;
    const known = server?.zone ?? volume?.zone ?? part?.zone;
    const zone = known ?? text(body['zone']) ?? call.query.get('zone') ?? undefined;
    const type = server?.type ?? volume?.kind ?? part?.kind ?? text(body['type']);
    return { operation, zone, type, id };
  }

  #find(method: string, path: string): { route: ApiRoute | undefined; params: Record<string, string> } {
    for (const route of this.#routes) {
      const match = route.method === method ? route.pattern.exec(path) : null;
      if (match) return { route, params: { ...match.groups } };
    }
    return { route: undefined, params: {} };
  }

  #authenticate(request: IncomingMessage): void {
    const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (timingSafeEqual(digest(given), this.#tokenDigest)) return;
    throw new Refusal(401, 'denied_authentication', 'The account secret is missing or wrong.');
  }

  #note(request: IncomingMessage, method: string, path: string, operation: string | null): CallLogEntry {
    const correlation = request.headers['x-correlation-id'];
    const entry: CallLogEntry = {
      at_ms: this.#world.now(),
      method,
      path,
      operation,
      correlation_id: typeof correlation === 'string' ? correlation : null,
      status: null,
      fault: null,
    };
    this.#log.push(entry);
    if (this.#log.length > LOG_ENTRIES_MAX) this.#log.splice(0, LOG_ENTRIES_MAX / 10);
    return entry;
  }

  #showLog({ query }: ApiCall): ApiAnswer {
    const operation = query.get('operation');
    const limit = Math.min(Number(query.get('limit') ?? 1_000) || 1_000, LOG_ENTRIES_MAX);
    const wanted = this.#log.filter((entry) => operation === null || entry.operation === operation);
    return { status: 200, body: { calls: wanted.slice(-limit) } };
  }

  #refusalOf(error: unknown): ApiAnswer {
    if (error instanceof Refusal) return { status: error.status, body: error.body };
    this.#world.env.log.error({ reason: messageOf(error) }, 'a call failed');
    return { status: 500, body: INTERNAL_ERROR };
  }
}

const INTERNAL_ERROR = { type: 'internal_error', message: 'Something went wrong at the cloud.' };

function send(response: ServerResponse, entry: CallLogEntry, answer: ApiAnswer): void {
  entry.status = answer.status;
  const body = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    ...(body ? { 'content-type': 'application/json' } : {}),
    'content-length': Buffer.byteLength(body),
    ...answer.headers,
  });
  response.end(body);
}

function sendGarbage(response: ServerResponse, answer: ApiAnswer, mode: string): void {
  const whole = JSON.stringify(answer.body ?? {});
  const body =
    mode === 'empty'
      ? ''
      : mode === 'truncated'
        ? whole.slice(0, Math.floor(whole.length / 2))
        : '<html><body><h1>It works!</h1></body></html>';
  const type = mode === 'html' ? 'text/html' : 'application/json';
  response.writeHead(answer.status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request) {
    sizeBytes += (part as Buffer).length;
    if (sizeBytes > BODY_BYTES_MAX) throw new Refusal(413, 'request_too_large', 'The body is too large.');
    parts.push(part as Buffer);
  }
  if (sizeBytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new Refusal(400, 'invalid_arguments', 'The body is not valid JSON.');
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]{1,100})')}$`);
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
