import type { Problem } from '#contracts/problem.ts';

/** An error answer of the api, or the lack of any answer (`network.*` codes, made here). */
export class ProblemError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly fields: readonly { path: string; message: string }[];

  constructor(problem: Partial<Problem> & { code: string; detail: string; status: number }, cause?: unknown) {
    super(problem.detail, { cause });
    this.name = 'ProblemError';
    this.status = problem.status;
    this.code = problem.code;
    this.requestId = problem.request_id ?? null;
    this.fields = problem.errors ?? [];
  }
}

/** Refusals of a sign-in or of a code: they say nothing of a session that is there. */
const NOT_OF_SESSION: ReadonlySet<string> = new Set([
  'auth.bad_credentials',
  'auth.bad_code',
  'auth.code_required',
  'oidc.failed',
]);

export function isUnauthenticated(error: unknown): boolean {
  return error instanceof ProblemError && error.status === 401 && !NOT_OF_SESSION.has(error.code);
}

/** Reads an error answer of either shape: problem+json of /api, or the OpenAI shape of /v1. */
export async function readProblem(response: Response): Promise<ProblemError> {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const body: unknown = await response.json().catch(() => null);
  const fallback = {
    status: response.status,
    code: `http.${response.status}`,
    detail: response.statusText || `HTTP ${response.status}`,
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
  if (typeof body !== 'object' || body === null) return new ProblemError(fallback);
  if ('error' in body) {
    const { error } = body as { error: { message?: string; code?: string | null } };
    return new ProblemError({
      ...fallback,
      detail: error.message ?? fallback.detail,
      code: error.code ?? fallback.code,
    });
  }
  return new ProblemError({ ...fallback, ...(body as Partial<Problem>) });
}
