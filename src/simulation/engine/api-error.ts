/** An error as vLLM shows it: `{"error": {message, type, param, code}}` with the HTTP status as code. */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly param: string | null;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ApiError };

export function badRequest(message: string, param: string | null = null): ApiError {
  return { status: 400, type: 'BadRequestError', message, param };
}

export function modelNotFound(model: string): ApiError {
  return {
    status: 404,
    type: 'NotFoundError',
    message: `The model \`${model}\` does not exist.`,
    param: 'model',
  };
}

export function responseNotFound(id: string): ApiError {
  return {
    status: 404,
    type: 'invalid_request_error',
    message: `Response with id '${id}' not found.`,
    param: 'response_id',
  };
}

export const ROUTE_NOT_FOUND: ApiError = {
  status: 404,
  type: 'Not Found',
  message: 'Not Found',
  param: null,
};
export const METHOD_NOT_ALLOWED: ApiError = {
  status: 405,
  type: 'Method Not Allowed',
  message: 'Method Not Allowed',
  param: null,
};
export const UNAUTHORIZED: ApiError = {
  status: 401,
  type: 'Unauthorized',
  message: 'Unauthorized',
  param: null,
};
export const BODY_TOO_LARGE: ApiError = {
  status: 413,
  type: 'Request Entity Too Large',
  message: 'The request body is too large.',
  param: null,
};
export const STILL_LOADING: ApiError = {
  status: 503,
  type: 'Service Unavailable',
  message: 'The model is still loading.',
  param: null,
};
export const ENGINE_FAILED: ApiError = {
  status: 500,
  type: 'InternalServerError',
  message: 'EngineCore encountered an issue. See stack trace (above) for the root cause.',
  param: null,
};

export function errorBody(error: ApiError): string {
  const { message, type, param, status } = error;
  return JSON.stringify({ error: { message, type, param, code: status } });
}

/** The same for Anthropic's protocol, with vLLM's own names of the types. */
export function anthropicError({ message, type }: ApiError): unknown {
  return { type: 'error', error: { type, message } };
}
