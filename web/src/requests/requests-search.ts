export const SPANS = ['1h', '24h', '7d', 'all'] as const;
export type Span = (typeof SPANS)[number];
export const SHOWN_REQUESTS = ['all', 'failed', 'answered'] as const;
export type ShownRequests = (typeof SHOWN_REQUESTS)[number];
export const REQUEST_ORDERS = [
  'started_at',
  '-started_at',
  'duration_ms',
  '-duration_ms',
  'tokens',
  '-tokens',
] as const;
export type RequestOrder = (typeof REQUEST_ORDERS)[number];

const TEXTS = ['q', 'model', 'key', 'person', 'endpoint', 'error', 'instance', 'request'] as const;

/** Filters, order and the opened request, kept in the address so that a finding can be shared. */
export interface RequestsSearch {
  q?: string;
  model?: string;
  key?: string;
  person?: string;
  endpoint?: string;
  error?: string;
  instance?: string;
  /** The one whose details are open. */
  request?: string;
  status?: number;
  show?: ShownRequests;
  span?: Span;
  sort?: RequestOrder;
}

export function readRequestsSearch(search: Record<string, unknown>): RequestsSearch {
  const found: RequestsSearch = {};
  for (const name of TEXTS) {
    const value = search[name];
    // An address that somebody typed may hold a bare number, which the router reads as one.
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') found[name] = String(value);
  }
  const status = Number(search['status']);
  if (Number.isInteger(status) && status >= 100 && status <= 599) found.status = status;
  const show = SHOWN_REQUESTS.find((value) => value === search['show']);
  const span = SPANS.find((value) => value === search['span']);
  const sort = REQUEST_ORDERS.find((value) => value === search['sort']);
  return { ...found, ...(show ? { show } : {}), ...(span ? { span } : {}), ...(sort ? { sort } : {}) };
}
