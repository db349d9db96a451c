import createClient from 'openapi-fetch';
import type { paths } from '#contracts/openapi-types.gen.ts';
import { ProblemError, readProblem } from './problem-error.ts';

const TIMEOUT_MS = 20_000;

/** Headers of every request that changes something: a foreign site cannot send them. */
export const CSRF_HEADERS = { 'X-Inventiv-Csrf': '1' } as const;

/**
 * The management api on our own origin, with the session cookie. Addresses, parameters, bodies and answers are typed
 * by the description that the routes themselves write, so a page that asks for what is not there does not compile.
 */
export const api = createClient<paths>({
  credentials: 'same-origin',
  headers: { Accept: 'application/json' },
  fetch: guardedFetch,
});

/**
 * What the api answered; nothing where the status says all.
 * @throws {ProblemError} on an error answer, on none, and after 20 s.
 */
export async function answerOf<R extends { data?: unknown }>(
  sent: Promise<R>,
): Promise<Exclude<R['data'], undefined>> {
  const { data } = await sent;
  // Errors were thrown on the way: what has no data here has none by its declaration.
  return data as Exclude<R['data'], undefined>;
}

/** The gateway's list, in its own form. @throws {ProblemError} */
export async function fetchServedModels(signal: AbortSignal): Promise<{ data: { id: string }[] }> {
  const response = await guardedFetch(new Request('/v1/models', { signal, credentials: 'same-origin' }));
  return (await response.json()) as { data: { id: string }[] };
}

/** A key that no other create of any tab shares. */
export function newIdempotencyKey(): string {
  // NOTE: crypto.randomUUID exists only on https and localhost; consoles are also opened by plain address.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined: a parameter that is not given is not sent. */
export function given<const T extends object>(values: T): Given<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
}

async function guardedFetch(request: Request): Promise<Response> {
  if (request.method !== 'GET')
    for (const [name, value] of Object.entries(CSRF_HEADERS)) request.headers.set(name, value);
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(request, { signal: AbortSignal.any([request.signal, limit]) }).catch(
    (error: unknown) => {
      if (request.signal.aborted) throw error;
      const code = limit.aborted ? 'network.timeout' : 'network.unreachable';
      throw new ProblemError({ status: 0, code, detail: code }, error);
    },
  );
  if (!response.ok) throw await readProblem(response);
  return response;
}
