import type { Problem } from '#contracts/problem.ts';
import { CliError, EXIT, type ExitCode } from './cli-error.ts';

const EXIT_BY_STATUS: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.signedOut,
  403: EXIT.forbidden,
  404: EXIT.notFound,
  409: EXIT.conflict,
  410: EXIT.conflict,
  413: EXIT.usage,
  415: EXIT.usage,
  422: EXIT.usage,
  429: EXIT.unavailable,
  502: EXIT.unavailable,
  503: EXIT.unavailable,
  504: EXIT.unavailable,
};

/** Only what the sentence of the api does not say already. */
const NEXT: Readonly<Record<string, string>> = {
  'auth.required': 'Your session has ended: inventiv login',
  'auth.invalid_api_key': 'Sign in with another one: inventiv login --key',
  'auth.code_required':
    'This account uses one-time codes: sign in in a terminal, where the code is asked for',
};

/** An error answer of either form, problem+json of the api or that of the OpenAI API, as the end of a word. */
export async function readProblem(response: {
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}): Promise<CliError> {
  const body = parse(await response.text().catch(() => ''));
  const inner = (body['error'] ?? {}) as { message?: string; code?: string | null };
  const problem = body as Partial<Problem>;
  const code = problem.code ?? inner.code ?? undefined;
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const sentence = problem.detail ?? inner.message ?? `The server answered with status ${response.status}.`;
  const fields = (problem.errors ?? []).map(({ path, message }) => `${path || 'body'}: ${message}`);
  const retryAfter = response.headers.get('retry-after');
  const parts = [
    sentence,
    ...(fields.length > 0 ? [fields.join('; ')] : []),
    ...(code !== undefined && NEXT[code] ? [NEXT[code]] : []),
    ...(retryAfter ? [`Try again in ${retryAfter} s.`] : []),
    ...(response.status >= 500 && requestId ? [`Request id: ${requestId}`] : []),
  ];
  return new CliError(EXIT_BY_STATUS[response.status] ?? EXIT.failed, parts.join(' '), { code, requestId });
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
