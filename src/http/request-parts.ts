import type * as z from 'zod';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { refuseUnkeepable } from './json-body.ts';
import type { Route } from './route.ts';

export interface RequestParts {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** Parses what came in by the route's schemas; unknown fields are dropped. @throws request.invalid */
export function parseRequest(route: Route, raw: RequestParts): RequestParts {
  const errors: FormError[] = [];
  const parse = (schema: z.ZodType | undefined, value: unknown) => schema && parseInto(errors, schema, value);
  // The body's texts were checked as it was read; these come from the address.
  refuseUnkeepable(raw.params);
  refuseUnkeepable(raw.query);
  const parts = {
    params: parse(route.params, raw.params),
    query: parse(route.query, raw.query),
    body: parse(route.body, raw.body ?? {}),
  };
  if (errors.length > 0) throw new AppError('request.invalid', { details: { errors } });
  return parts;
}

/** A body alone, as the route's would be. @throws request.invalid */
export function parseBody<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const errors: FormError[] = [];
  const data = parseInto(errors, schema, value);
  if (data === undefined || errors.length > 0) throw new AppError('request.invalid', { details: { errors } });
  return data;
}

interface FormError {
  readonly path: string;
  readonly message: string;
}

function parseInto<S extends z.ZodType>(
  errors: FormError[],
  schema: S,
  value: unknown,
): z.output<S> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues.slice(0, 20)) {
    errors.push({ path: issue.path.map(String).join('.').slice(0, 200), message: issue.message });
  }
  return undefined;
}

/** The answer as its schema declares it: fields that are not declared never leave. */
export function serialiseAnswer(env: Env, route: Route, body: unknown): string | undefined {
  const schema = route.success.body;
  if (!schema) return undefined;
  const result = schema.safeParse(body);
  if (!result.success) {
    env.log.error(
      { route: route.name, issues: result.error.issues.slice(0, 5) },
      'an answer does not have the form that its route declares',
    );
    throw new AppError('internal.unexpected', { cause: result.error });
  }
  return JSON.stringify(result.data);
}
