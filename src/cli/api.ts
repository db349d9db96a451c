/** The management api for a person's words: the generated client with the session of the file. */
import createClient, { type Client } from 'openapi-fetch';
import { Agent, fetch, Request, type RequestInit, type Response } from 'undici';
import type { paths } from '#contracts/openapi-types.gen.ts';
import { CliError, EXIT } from './cli-error.ts';
import { readProblem } from './problem-error.ts';
import type { SignIn } from './session-file.ts';

const TIMEOUT_MS = 60_000;

export interface ApiOptions {
  readonly signIn: SignIn;
  /** A session goes on under another token where its rights change: whoever keeps the old one is signed out. */
  readonly keepCookie: (cookie: string) => void;
}

export interface Api {
  readonly client: Client<paths>;
  /** What has no form in the description: the stream of events, and everything of the gateway. */
  fetch(path: string, init?: RequestInit & { readonly isStream?: boolean }): Promise<Response>;
  close(): Promise<void>;
}

export function openApi({ signIn, keepCookie }: ApiOptions): Api {
  const agent = new Agent({ connect: { timeout: 10_000 }, headersTimeout: 0, bodyTimeout: 0 });
  let cookie = signIn.cookie;
  const send = async (request: Request, isStream: boolean): Promise<Response> => {
    // The gateway takes a key; the api itself knows sessions alone.
    const isInference = new URL(request.url).pathname.startsWith('/v1/');
    if (isInference && signIn.key !== undefined) request.headers.set('authorization', `Bearer ${signIn.key}`);
    else if (cookie !== undefined) request.headers.set('cookie', cookie);
    if (request.method !== 'GET') request.headers.set('x-inventiv-csrf', '1');
    const limits = isStream ? [] : [AbortSignal.timeout(TIMEOUT_MS)];
    const signal = AbortSignal.any([request.signal, ...limits]);
    const response = await fetch(request, { dispatcher: agent, signal, redirect: 'manual' }).catch(
      (error: unknown) => {
        throw request.signal.aborted ? error : unreachable(signIn.url, error);
      },
    );
    const renewed = response.headers.getSetCookie().find((line) => /^inv_session=\w+;/.test(line));
    if (renewed) {
      cookie = renewed.split(';', 1)[0] ?? '';
      keepCookie(cookie);
    }
    if (!response.ok) throw await readProblem(response);
    return response;
  };
  const client = createClient<paths>({
    baseUrl: signIn.url,
    // The same classes as a browser's, as undici makes them.
    Request: Request as unknown as typeof globalThis.Request,
    fetch: ((request: unknown) => send(request as Request, false)) as never,
  });
  return {
    client,
    fetch: (path, { isStream = false, ...init } = {}) => send(new Request(signIn.url + path, init), isStream),
    close: () => agent.destroy(),
  };
}

/** What the api answered; errors were thrown on the way. */
export async function answerOf<R extends { data?: unknown }>(
  sent: Promise<R>,
): Promise<Exclude<R['data'], undefined>> {
  return (await sent).data as Exclude<R['data'], undefined>;
}

function unreachable(url: string, error: unknown): CliError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new CliError(
    EXIT.unavailable,
    `${url} does not answer (${why}): is it up, and is the address right? inventiv login --url URL names another`,
    { code: 'network.unreachable', cause: error },
  );
}
