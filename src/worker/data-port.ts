import type http from 'node:http';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { WorkerCondition } from './condition.ts';
import type { EngineAddress } from './engine-client.ts';
import { BODY_BYTES_MAX, EngineRelay } from './engine-relay.ts';
import { parseFields, textListField } from './field-readers.ts';
import { hasBearer, readBody, sendJson } from './port-server.ts';
import { refuse, refuseMethod } from './refusal.ts';
import type { TallyBook } from './tally-book.ts';
import type { UnaryForms } from './unary/unary-forms.ts';

/**
 * The only way to the engine: one bearer token, a list of allowed paths, everything else does not exist.
 *
 * Requests that make tokens carry `X-Request-Id` and are counted under it; the gateway reads the count back on
 * `/internal/usage/{id}` and acknowledges it. While the worker is not in service such requests are refused at once.
 */
export interface DataPortDeps {
  readonly env: Env;
  readonly condition: WorkerCondition;
  readonly tallies: TallyBook;
  readonly engine: EngineAddress;
  readonly forms: UnaryForms;
  /** Undefined before the registration: then nobody is let in. */
  readonly dataTokenSha256: () => string | undefined;
  /** Somebody who may asked something. */
  readonly onRequest?: () => void;
}

interface Route {
  readonly method: 'GET' | 'POST';
  /** `inference` makes or reads tokens that are billed; `plain` is passed on without a count. */
  readonly kind: 'inference' | 'plain';
}

const INFERENCE_PATHS = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
  '/v1/messages',
  '/v1/rerank',
  '/v2/rerank',
  '/rerank',
  '/v1/score',
  '/score',
];

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ...INFERENCE_PATHS.map((path): [string, Route] => [path, { method: 'POST', kind: 'inference' }]),
  ['/v1/messages/count_tokens', { method: 'POST', kind: 'plain' }],
  ['/tokenize', { method: 'POST', kind: 'plain' }],
  ['/detokenize', { method: 'POST', kind: 'plain' }],
  ['/v1/models', { method: 'GET', kind: 'plain' }],
  ['/health', { method: 'GET', kind: 'plain' }],
  ['/version', { method: 'GET', kind: 'plain' }],
]);

const ACK_PATH = '/internal/usage/ack';
const USAGE_PATH = /^\/internal\/usage\/([A-Za-z0-9._:-]{1,128})$/;
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const ACK_BYTES_MAX = 4 * 1024 * 1024;
const USAGE_WAIT_MS_MAX = 5_000;

export class DataPort {
  readonly #deps: DataPortDeps;
  readonly #relay: EngineRelay;

  constructor(deps: DataPortDeps) {
    this.#deps = deps;
    this.#relay = new EngineRelay(deps.env, deps);
  }

  handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const route = ROUTES.get(path);
    const requestId = USAGE_PATH.exec(path)?.[1];
    if (!hasBearer(request, this.#deps.dataTokenSha256())) {
      refuse(response, 401, 'unauthorised', 'The data token is missing or wrong.');
      return;
    }
    this.#deps.onRequest?.();
    if (route) {
      this.#toEngine(request, response, path, route);
    } else if (path === ACK_PATH) {
      this.#settle(response, this.#acknowledge(request, response));
    } else if (requestId !== undefined) {
      this.#settle(response, this.#tellUsage(request, response, requestId, query));
    } else {
      refuse(response, 404, 'not_found', 'There is nothing at this address.');
    }
  }

  /** Breaks off everything that is open; for a worker that was taken over or leaves now. */
  breakOff(): void {
    this.#relay.breakOff();
  }

  #toEngine(request: http.IncomingMessage, response: http.ServerResponse, path: string, route: Route): void {
    if (request.method !== route.method) {
      refuseMethod(response, route.method);
    } else if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
      refuse(response, 413, 'too_large', 'The body is too large.');
    } else if (route.kind === 'plain') {
      this.#relay.pass(request, response, { path, requestId: undefined });
    } else {
      this.#infer(request, response, path);
    }
  }

  #infer(request: http.IncomingMessage, response: http.ServerResponse, path: string): void {
    const { condition, tallies } = this.#deps;
    const requestId = request.headers['x-request-id'];
    const refusal = condition.refusal;
    if (typeof requestId !== 'string' || !REQUEST_ID.test(requestId)) {
      refuse(response, 400, 'request_id_required', 'X-Request-Id is missing or malformed.');
    } else if (refusal !== undefined) {
      refuse(response, 503, 'worker_not_serving', `The worker takes no requests now: ${refusal}.`);
    } else if (!tallies.open(requestId)) {
      refuse(response, 409, 'request_id_in_use', 'A request with this id is still running.');
    } else {
      this.#relay.pass(request, response, { path, requestId });
    }
  }

  async #tellUsage(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    requestId: string,
    query: string,
  ): Promise<void> {
    if (request.method !== 'GET') {
      refuseMethod(response, 'GET');
      return;
    }
    const asked = Number(new URLSearchParams(query).get('wait_ms') ?? 0);
    const waitMs = Number.isFinite(asked) ? Math.min(Math.max(asked, 0), USAGE_WAIT_MS_MAX) : 0;
    const tally = await this.#deps.tallies.findClosed(requestId, waitMs);
    if (tally) sendJson(response, 200, tally);
    else refuse(response, 404, 'usage_not_found', 'This worker has no count for this request.');
  }

  async #acknowledge(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      refuseMethod(response, 'POST');
      return;
    }
    const text = await readBody(request, ACK_BYTES_MAX);
    if (text === undefined) {
      refuse(response, 413, 'too_large', 'The body is too large.');
      return;
    }
    const ids = tryRequestIds(text);
    if (!ids) {
      refuse(response, 400, 'invalid', '`request_ids` must be a list of texts.');
      return;
    }
    this.#deps.tallies.acknowledge(ids);
    sendJson(response, 200, { acked: ids.length });
  }

  #settle(response: http.ServerResponse, work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#deps.env.log.error({ error: messageOf(error) }, 'A request on the data port failed.');
      refuse(response, 500, 'internal', 'Something went wrong in the worker.');
    });
  }
}

function tryRequestIds(text: string): string[] | undefined {
  try {
    return textListField(parseFields(text, 'The body'), 'request_ids');
  } catch {
    return undefined;
  }
}
