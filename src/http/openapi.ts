/** The OpenAPI 3.1 document of declared routes: what the server checks is what the document says. */
import * as z from 'zod';
import { problemSchema } from '#contracts/problem.ts';
import type { Route } from './route.ts';

export interface OpenApiOptions {
  readonly version: string;
  /** Schemas that appear under a name of their own instead of being repeated. */
  readonly named: Readonly<Record<string, z.ZodType>>;
}

type Json = Record<string, unknown>;

/** What each group of routes is about; the part before the colon is its title. */
const TAGS: Readonly<Record<string, string>> = {
  session: 'Session: sign in, sign out, who am I',
  sessions: 'Sessions: where you are signed in',
  login: 'Sign-in: how people may sign in, single sign-on',
  account: 'Account: your own, and how you sign in',
  password_reset: 'Password reset: a new password by a mailed link',
  email_confirmation: 'E-mail confirmation: a new address by a mailed link',
  users: 'Users: all accounts, for platform administrators',
  api_keys: 'API keys: with which programs use the models',
  models: 'Models: what can be deployed',
  catalogue: 'Catalogue: machines that can be rented, their prices and what fits them',
  deployments: 'Deployments: models on machines',
  instances: 'Instances: rented machines, their progress, history, volumes and samples',
  costs: 'Costs: what was and is spent',
  usage: 'Usage: requests and tokens',
  events: 'Events: facts as they happen',
  system: 'System: version and health',
};

/** Routes for workers and the pages that describe the interface are not part of it. */
export function openApiDocument(routes: readonly Route[], options: OpenApiOptions): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...options.named, Problem: problemSchema })) {
    registry.add(schema, { id });
  }
  const schemas: Json = {};
  const convert = (schema: z.ZodType, io: 'input' | 'output') => {
    const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { metadata: registry, io }) as Json;
    for (const [id, definition] of Object.entries(($defs ?? {}) as Json))
      schemas[id] = withLocalRefs(definition);
    return withLocalRefs(json) as Json;
  };
  const paths: Record<string, Json> = {};
  const published = routes.filter((route) => isPublished(route));
  for (const route of published) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, convert) };
  }
  const used = new Set(published.map(tagOf));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Inventiv Agents',
      version: options.version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'The management interface. Errors are `application/problem+json` with a stable `code`. ' +
        'Inference is at `/v1`, in the form of the OpenAI API.',
    },
    servers: [{ url: '/' }],
    tags: [...used].sort((a, b) => (a < b ? -1 : 1)).map(describeTag),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'inv_session', description: 'Set by signing in.' },
      },
    },
  };
}

function isPublished(route: Route): boolean {
  return !['worker', 'docs'].includes(tagOf(route));
}

type Convert = (schema: z.ZodType, io: 'input' | 'output') => Json;

function operation(route: Route, convert: Convert): Json {
  const isUnsafe = route.method !== 'GET';
  const isForMembers = ['member', 'platform_admin'].includes(route.policy.allow);
  const parameters = [
    ...parametersOf(route.params, 'path', convert),
    ...parametersOf(route.query, 'query', convert),
    ...(route.idempotent ? [IDEMPOTENCY_PARAMETER] : []),
    ...(isUnsafe && isForMembers ? [CSRF_PARAMETER] : []),
  ];
  return {
    operationId: route.name,
    tags: [tagOf(route)],
    summary: route.summary,
    security: isForMembers ? [{ session: [] }] : [],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: convert(route.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [String(route.success.status)]: successOf(route, convert),
      default: {
        description: 'An error',
        content: { 'application/problem+json': { schema: convert(problemSchema, 'output') } },
      },
    },
  };
}

function successOf(route: Route, convert: Convert): Json {
  const { body, contentType } = route.success;
  if (contentType !== undefined) {
    return { description: route.summary, content: { [contentType.split(';', 1)[0] ?? '']: {} } };
  }
  if (!body) return { description: 'Done' };
  return { description: route.summary, content: { 'application/json': { schema: convert(body, 'output') } } };
}

const IDEMPOTENCY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key answers the same for 24 hours instead of creating again.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};
const CSRF_PARAMETER = {
  name: 'X-Inventiv-Csrf',
  in: 'header',
  required: true,
  description: 'Proves that the request does not come from a page of another site.',
  schema: { type: 'string', const: '1' },
};

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query', convert: Convert): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = convert(schema, 'input') as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function describeTag(name: string): Json {
  const [title = name, description = ''] = (TAGS[name] ?? name).split(': ', 2);
  return { name, 'x-displayName': title, description };
}

function tagOf(route: Route): string {
  return route.name.split('.', 1)[0] ?? 'system';
}

function withLocalRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLocalRefs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'id' || typeof (value as Json)['$ref'] !== 'string')
      .map(([key, inner]) => [
        key,
        key === '$ref' && typeof inner === 'string'
          ? inner.replace('#/$defs/', '#/components/schemas/')
          : withLocalRefs(inner),
      ]),
  );
}
