import { ProblemError, readProblem } from './problem-error.ts';

const TIMEOUT_MS = 20_000;

interface CallOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Makes a repeated create harmless; see `newIdempotencyKey`. */
  idempotencyKey?: string;
}

/**
 * Calls the management api on our own origin with the session cookie.
 * @throws {ProblemError} on an error answer, on none, and after 20 s.
 */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (!response.ok) throw await readProblem(response);
  // Some answers say all with their status.
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** A key that no other create of any tab shares. */
export function newIdempotencyKey(): string {
  // NOTE: crypto.randomUUID exists only on https and localhost; consoles are also opened by plain address.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Headers of every request that changes something: a foreign site cannot send them. */
export const CSRF_HEADERS = { 'X-Inventiv-Csrf': '1' } as const;

async function send(path: string, { method = 'GET', body, signal, idempotencyKey }: CallOptions) {
  const headers = new Headers({ Accept: 'application/json' });
  if (method !== 'GET') for (const [name, value] of Object.entries(CSRF_HEADERS)) headers.set(name, value);
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    const code = limit.aborted ? 'network.timeout' : 'network.unreachable';
    throw new ProblemError({ status: 0, code, detail: code }, error);
  }
}

/** Builds a query string, leaving out what is undefined. */
export function query(values: Record<string, string | number | boolean | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
