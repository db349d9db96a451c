/** The routes of the data plane. Paths are compared whole: nothing is decoded but the id of a model. */
import { matchStorage, type StorageRoute } from './batches/storage-routes.ts';
import type { ProtocolName } from './client-protocol.ts';
import type { EdgeRequest } from './edge.ts';

/**
 * How a stream is built. `chunks`: OpenAI's, each of which can carry usage, with an end marker. `messages` and
 * `responses`: events with names, of which certain ones are the last, and usage only at the end.
 */
export type StreamForm = 'chunks' | 'messages' | 'responses';

export interface InferenceEndpoint {
  readonly path: string;
  readonly protocol: ProtocolName;
  /** Undefined where nothing streams. */
  readonly stream: StreamForm | undefined;
  /** How a chunk looks when no usage was asked for: vLLM's completions write unset fields, its chat does not. */
  readonly unaskedUsage: 'absent' | 'null';
  /** False: the engine's model is not used, so there is nothing to count. */
  readonly isCounted: boolean;
}

const PLAIN = { protocol: 'openai', stream: undefined, unaskedUsage: 'absent', isCounted: true } as const;

export const INFERENCE_ENDPOINTS: readonly InferenceEndpoint[] = [
  { ...PLAIN, path: '/v1/chat/completions', stream: 'chunks' },
  { ...PLAIN, path: '/v1/completions', stream: 'chunks', unaskedUsage: 'null' },
  { ...PLAIN, path: '/v1/embeddings' },
  { ...PLAIN, path: '/v1/responses', stream: 'responses' },
  { ...PLAIN, path: '/v1/messages', protocol: 'anthropic', stream: 'messages' },
  { ...PLAIN, path: '/v1/messages/count_tokens', protocol: 'anthropic', isCounted: false },
  { ...PLAIN, path: '/v1/rerank' },
  { ...PLAIN, path: '/v2/rerank' },
  { ...PLAIN, path: '/rerank' },
  { ...PLAIN, path: '/v1/score' },
  { ...PLAIN, path: '/score' },
  { ...PLAIN, path: '/tokenize', isCounted: false },
  { ...PLAIN, path: '/detokenize', isCounted: false },
];

export type MatchedRoute =
  | StorageRoute
  | { readonly kind: 'inference'; readonly name: string; readonly endpoint: InferenceEndpoint }
  | PlainRoute;

/** Routes that are answered from memory. */
export type PlainRoute =
  | { readonly kind: 'models'; readonly name: string }
  | { readonly kind: 'model'; readonly name: string; readonly model: string }
  | { readonly kind: 'response'; readonly name: string }
  | { readonly kind: 'health'; readonly name: string }
  | { readonly kind: 'readiness'; readonly name: string }
  | { readonly kind: 'wrong_method'; readonly name: string; readonly allowed: string }
  | { readonly kind: 'unknown'; readonly name: string };

const GET_ROUTES: ReadonlyMap<string, MatchedRoute> = new Map<string, MatchedRoute>([
  ['/v1/models', { kind: 'models', name: '/v1/models' }],
  ['/healthz', { kind: 'health', name: '/healthz' }],
  ['/readyz', { kind: 'readiness', name: '/readyz' }],
]);
const POST_ROUTES: ReadonlyMap<string, MatchedRoute> = new Map<string, MatchedRoute>(
  INFERENCE_ENDPOINTS.map((endpoint) => [
    endpoint.path,
    { kind: 'inference', name: endpoint.path, endpoint },
  ]),
);
const MODEL_PREFIX = '/v1/models/';
/** A stored response, or what hangs on one, by any method. */
const RESPONSE = /^\/v1\/responses\/[^/]+(?:\/(?:cancel|input_items))?$/;
const RESPONSE_COMMANDS = new Set(['/v1/responses/compact', '/v1/responses/input_tokens']);

/** `name` is of bounded variety, so it may label a metric. */
export function matchRoute(method: string, target: string): MatchedRoute {
  const path = pathOf(target);
  const stored = matchStorage(method, path);
  if (stored) return stored;
  const wanted = routeOf(path);
  if (!wanted) {
    return RESPONSE.test(path) && !RESPONSE_COMMANDS.has(path)
      ? { kind: 'response', name: '/v1/responses/{id}' }
      : { kind: 'unknown', name: 'unknown' };
  }
  return method === wanted.method
    ? wanted.route
    : { kind: 'wrong_method', name: wanted.route.name, allowed: wanted.method };
}

/** Whose words the client speaks: by the address, and where both know it, by the header that only one sends. */
export function protocolOf({ target, rawHeaders }: EdgeRequest): ProtocolName {
  if (target.startsWith('/v1/messages')) return 'anthropic';
  if (POST_ROUTES.has(pathOf(target))) return 'openai';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'anthropic-version') return 'anthropic';
  }
  return 'openai';
}

function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

function routeOf(path: string): { method: string; route: MatchedRoute } | undefined {
  const post = POST_ROUTES.get(path);
  if (post) return { method: 'POST', route: post };
  const get = GET_ROUTES.get(path);
  if (get) return { method: 'GET', route: get };
  if (!path.startsWith(MODEL_PREFIX)) return undefined;
  const model = decodeOnce(path.slice(MODEL_PREFIX.length));
  return model ? { method: 'GET', route: { kind: 'model', name: '/v1/models/{id}', model } } : undefined;
}

/** Hugging Face ids hold a slash, which SDKs send encoded and people do not. */
function decodeOnce(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
