/** The OpenAPI 3.1 document of declared routes: what the server checks is what the document says. */
import * as z from 'zod';
import { isAllowed } from '#contracts/permissions.ts';
import { problemSchema } from '#contracts/problem.ts';
import { ORGANISATION_ROLES } from '#contracts/roles.ts';
import { errorCodeSchema, errorResponses, errorsOf } from './openapi-errors.ts';
import { PARAMETERS, TAGS } from './openapi-texts.ts';
import type { Policy, Route } from './route.ts';

export interface OpenApiOptions {
  readonly version: string;
  /** Schemas that appear under a name of their own instead of being repeated. */
  readonly named: Readonly<Record<string, z.ZodType>>;
}

type Json = Record<string, unknown>;

/** Routes for workers and the pages that describe the interface are not part of it. */
export function openApiDocument(routes: readonly Route[], options: OpenApiOptions): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries({ ...options.named, Problem: problemSchema })) {
    registry.add(schema, { id });
  }
  const schemas: Json = {};
  const convert = (schema: z.ZodType, io: 'input' | 'output') => {
    const {
      $schema: _,
      $defs,
      ...json
    } = z.toJSONSchema(schema, {
      metadata: registry,
      io,
      override: describeTextBoolean,
    }) as Json;
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
  Object.assign(schemas, { Problem: withErrorCode(convert(problemSchema, 'output'), schemas) });
  schemas['ErrorCode'] = errorCodeSchema();
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
      responses: errorResponses(),
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}

function isPublished(route: Route): boolean {
  return !['worker', 'docs'].includes(tagOf(route));
}

type Convert = (schema: z.ZodType, io: 'input' | 'output') => Json;

function operation(route: Route, convert: Convert): Json {
  const parameters = [
    ...parametersOf(route.params, 'path', convert),
    ...parametersOf(route.query, 'query', convert),
    ...(route.idempotent ? [IDEMPOTENCY_PARAMETER] : []),
  ];
  return {
    operationId: route.name,
    tags: [tagOf(route)],
    summary: route.summary,
    description: whoMay(route.policy),
    security: securityOf(route),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: convert(route.body, 'input') } },
          },
        }
      : {}),
    responses: { [String(route.success.status)]: successOf(route, convert), ...errorsOf(route) },
  };
}

function securityOf({ policy, method }: Route): Json[] {
  if (!['member', 'platform_admin'].includes(policy.allow)) return [];
  return [{ session: [], ...(method === 'GET' ? {} : { csrf: [] }) }];
}

function whoMay(policy: Policy): string {
  switch (policy.allow) {
    case 'anyone':
      return `Needs no session: ${policy.because}.`;
    case 'worker':
      return 'For workers, each for its own instance.';
    case 'platform_admin':
      return 'For platform administrators.';
    case 'member': {
      const roles = ORGANISATION_ROLES.filter((role) => isAllowed(role, policy.action));
      return `For members with the right \`${policy.action}\`: ${roles.join(', ')}.`;
    }
  }
}

function successOf(route: Route, convert: Convert): Json {
  const { body, contentType, status } = route.success;
  if (contentType !== undefined) {
    const [type = ''] = contentType.split(';', 1);
    const schema = body
      ? convert(body, 'output')
      : { type: 'string', description: TEXT_FORMS[type] ?? 'Text of this type.' };
    return { description: route.summary, content: { [type]: { schema } } };
  }
  if (status >= 300) {
    const Location = { description: 'Where the browser goes on.', schema: { type: 'string' } };
    return { description: 'Goes on at another address', headers: { Location } };
  }
  if (!body) return { description: 'Done; the answer has no body' };
  return { description: route.summary, content: { 'application/json': { schema: convert(body, 'output') } } };
}

const TEXT_FORMS: Readonly<Record<string, string>> = {
  'text/csv': 'A head line, then one line for each row.',
  'application/jsonl': 'One JSON object in each line.',
  'text/event-stream': 'Server-sent events: see the reference of events.',
};

const SECURITY_SCHEMES = {
  session: { type: 'apiKey', in: 'cookie', name: 'inv_session', description: 'Set by signing in.' },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Inventiv-Csrf',
    description:
      'The header `X-Inventiv-Csrf: 1` with each request that changes something: a page of another site cannot send it.',
  },
};

const IDEMPOTENCY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key answers the same for 24 hours instead of creating again.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};
function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query', convert: Convert): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = convert(schema, 'input') as {
    properties?: Json;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => {
    const { description = PARAMETERS[name], ...rest } = property as Json;
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function describeTag(name: string): Json {
  const [title = name, description = ''] = (TAGS[name] ?? name).split(': ', 2);
  return { name, 'x-displayName': title, description };
}

function tagOf(route: Route): string {
  return route.name.split('.', 1)[0] ?? 'system';
}

/** A boolean in an address is a text of these two; zod accepts a few more, which nobody needs to know. */
function describeTextBoolean({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Json }) {
  const { def } = zodSchema._zod;
  if (def.type !== 'pipe' || jsonSchema['type'] !== 'string') return;
  const ends = [def.in, def.out].map((end) => end._zod.def.type);
  if (ends[0] === 'string' && ends[1] === 'boolean') jsonSchema['enum'] = ['true', 'false'];
}

/** The code of a problem is one of those that there are. */
function withErrorCode(problem: Json, schemas: Json): Json {
  const whole = (problem['$ref'] ? schemas['Problem'] : problem) as { properties?: Json };
  return { ...whole, properties: { ...whole.properties, code: { $ref: '#/components/schemas/ErrorCode' } } };
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
