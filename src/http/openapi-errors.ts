/** The error answers of the OpenAPI document: each status once, with every code that it may carry as an example. */
import { STATUS_CODES } from 'node:http';
import { ERROR_CATALOGUE, type ErrorCode } from '#kernel/error-catalogue.ts';
import { AppError } from '#kernel/errors.ts';
import { statusOf, toProblem } from './problem.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];
const EXAMPLE_REQUEST_ID = 'req_01k9xq3v5w7y9z1b3d5f7h9j1m';

const EXPLANATIONS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read, or could be read in two ways',
  401: 'Nobody is signed in, or the credential is wrong',
  402: 'There is nothing left to pay with',
  403: 'The role does not allow it, or the request comes from another site',
  404: 'There is no such thing in this organisation',
  405: 'The address does not take this method',
  409: 'The state of the thing does not allow it',
  410: 'It was shut out for good',
  413: 'The body is larger than the route accepts',
  415: 'The body is not JSON',
  422: 'A field does not have the expected form; `errors` names each',
  429: 'Too often or too much; `Retry-After` says when again',
  500: 'A fault of ours; quote the request id',
  503: 'It cannot be served now; `Retry-After` says when again',
  504: 'What had to answer did not answer in time',
};

/** `components.responses`: one for each status that any code has. */
export function errorResponses(): Record<string, Json> {
  const byStatus = Map.groupBy(CODES, (code) => statusOf(new AppError(code)));
  const statuses = [...byStatus.keys()].sort((a, b) => a - b);
  return {
    Error: { description: 'Another error, in the same form', content: problemContent({}) },
    ...Object.fromEntries(
      statuses.map((status) => [nameOf(status), responseOf(status, byStatus.get(status) ?? [])]),
    ),
  };
}

/** Every code there is, as a schema of its own. */
export function errorCodeSchema(): Json {
  return {
    type: 'string',
    description: 'Stable name of what happened, for programs. Explained at `/api/docs/errors`.',
    enum: [...CODES].sort(),
  };
}

/** What an operation may answer beside its success; anything else has the same form under `default`. */
export function errorsOf(route: Route): Record<string, Json> {
  const isUnsafe = route.method !== 'GET';
  const isForMembers = ['member', 'platform_admin'].includes(route.policy.allow);
  const takesInput = Boolean(route.params ?? route.query ?? route.body);
  const statuses = [
    400,
    ...(isForMembers || isUnsafe ? [401] : []),
    403,
    ...(route.params || isUnsafe ? [404] : []),
    ...(isUnsafe ? [409, 413, 415] : []),
    ...(takesInput ? [422] : []),
    ...(isUnsafe ? [429] : []),
    500,
    503,
  ];
  return Object.fromEntries([
    ...statuses.map((status) => [String(status), { $ref: `#/components/responses/${nameOf(status)}` }]),
    ['default', { $ref: '#/components/responses/Error' }],
  ]);
}

function nameOf(status: number): string {
  return `Error${status}`;
}

function responseOf(status: number, codes: readonly ErrorCode[]): Json {
  const examples = codes.map((code) => [
    code,
    { summary: ERROR_CATALOGUE[code].message, value: toProblem(new AppError(code), EXAMPLE_REQUEST_ID) },
  ]);
  const description = EXPLANATIONS[status] ?? STATUS_CODES[status] ?? 'An error';
  return { description, content: problemContent({ examples: Object.fromEntries(examples) }) };
}

function problemContent(more: Json): Json {
  return { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' }, ...more } };
}
