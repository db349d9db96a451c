/** The routes of the data plane. Paths are compared whole: nothing is decoded but the id of a model. */
export interface InferenceEndpoint {
  readonly path: string;
  readonly canStream: boolean;
  /** How a chunk looks when no usage was asked for: vLLM's completions write unset fields, its chat does not. */
  readonly unaskedUsage: 'absent' | 'null';
}

export const INFERENCE_ENDPOINTS: readonly InferenceEndpoint[] = [
  { path: '/v1/chat/completions', canStream: true, unaskedUsage: 'absent' },
  { path: '/v1/completions', canStream: true, unaskedUsage: 'null' },
  { path: '/v1/embeddings', canStream: false, unaskedUsage: 'absent' },
];

export type MatchedRoute =
  | { readonly kind: 'inference'; readonly name: string; readonly endpoint: InferenceEndpoint }
  | PlainRoute;

/** Routes that are answered from memory. */
export type PlainRoute =
  | { readonly kind: 'models'; readonly name: string }
  | { readonly kind: 'model'; readonly name: string; readonly model: string }
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

/** `name` is of bounded variety, so it may label a metric. */
export function matchRoute(method: string, target: string): MatchedRoute {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const wanted = routeOf(path);
  if (!wanted) return { kind: 'unknown', name: 'unknown' };
  return method === wanted.method
    ? wanted.route
    : { kind: 'wrong_method', name: wanted.route.name, allowed: wanted.method };
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
