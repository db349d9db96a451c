import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERROR_CATALOGUE } from '#kernel/error-catalogue.ts';
import { describedApiRoutes } from '../../bin/api-routes.ts';
import { isOpenApiCurrent, renderOpenApi } from '../../bin/write-openapi.ts';

test('docs/reference/openapi.json says what the routes say; make openapi writes it', () => {
  assert(isOpenApiCurrent(), 'stale: run `make openapi`');
});

test('every operation has its own name, and every reference leads somewhere', () => {
  const text = renderOpenApi();
  const ids = [...text.matchAll(/"operationId": "([^"]+)"/g)].map((match) => match[1]);
  assert.equal(new Set(ids).size, ids.length);
  const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  for (const [, name] of text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)) {
    assert(name !== undefined && name in components.schemas, name);
  }
  assert(!text.includes('#/$defs/'));
});

test('no two routes have the same name or the same address', () => {
  const routes = describedApiRoutes('0');
  const names = routes.map((route) => route.name);
  const addresses = routes.map((route) => `${route.method} ${route.path}`);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(addresses).size, addresses.length);
});

test('what creates something expensive or secret can be repeated safely', () => {
  const creates = describedApiRoutes('0').filter(
    (route) => route.method === 'POST' && route.success.status === 201,
  );
  assert.deepEqual(
    creates.filter((route) => !route.idempotent).map((route) => route.name),
    [],
  );
});

interface Described {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly tags: { name: string; description: string; 'x-displayName': string }[];
  readonly components: {
    readonly schemas: Record<string, Schema>;
    readonly responses: Record<string, { description: string; content: Record<string, Content> }>;
    readonly securitySchemes: Record<string, { description: string }>;
  };
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: string[];
  readonly security: Record<string, unknown>[];
  readonly parameters?: { name: string; in: string; description?: string; schema: Schema }[];
  readonly requestBody?: { content: Record<string, Content> };
  readonly responses: Record<
    string,
    { $ref?: string; description?: string; content?: Record<string, Content> }
  >;
}
type Schema = Record<string, unknown>;
interface Content {
  readonly schema?: Schema;
  readonly examples?: Record<string, { value: { code: string; status: number } }>;
}

const described = () => JSON.parse(renderOpenApi()) as Described;
const operationsOf = ({ paths }: Described) =>
  Object.values(paths).flatMap((methods) => Object.values(methods));

test('every operation, parameter, group, answer and scheme is described, with its types', () => {
  const document = described();
  const problems: string[] = [];
  const tags = new Map(document.tags.map((tag) => [tag.name, tag]));
  for (const one of operationsOf(document)) {
    const say = (what: string) => problems.push(`${one.operationId}: ${what}`);
    if (!one.summary || !one.description) say('no summary or description');
    if (one.tags.length !== 1 || !tags.get(one.tags[0] ?? '')?.description)
      say('its group has no sentence: add it to TAGS in src/http/openapi-texts.ts');
    for (const { name, description, schema } of one.parameters ?? []) {
      if (!description)
        say(`${name} is not described: .describe() it, or add it to src/http/openapi-texts.ts`);
      if (!isTyped(schema)) say(`${name} has no type`);
    }
    if (!one.responses['default']) say('no default answer');
    for (const [status, { $ref, description, content }] of Object.entries(one.responses)) {
      if ($ref === undefined && !description) say(`its answer ${status} is not described`);
      for (const { schema } of Object.values(content ?? {}))
        if (!schema || !isTyped(schema)) say(`its answer ${status} has no form`);
    }
    for (const scheme of one.security.flatMap((needed) => Object.keys(needed)))
      if (!document.components.securitySchemes[scheme]?.description) say(`${scheme} is no scheme`);
  }
  assert.deepEqual(problems, []);
});

test('no part of a body or an answer is of any form, but the values of free records', () => {
  const document = described();
  const problems: string[] = [];
  const look = (value: unknown, place: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const isFree = /\/(additionalProperties|default|propertyNames|security)$/.test(place);
    if (Object.keys(value).length === 0 && !Array.isArray(value) && !isFree) problems.push(place);
    for (const [key, inner] of Object.entries(value)) look(inner, `${place}/${key}`);
  };
  look(document.paths, 'paths');
  look(document.components.schemas, 'schemas');
  assert.deepEqual(problems, []);
});

test('every error code is an example of the status it has, and one of the codes of a problem', () => {
  const { components } = described();
  const shown = Object.entries(components.responses).flatMap(([name, { content }]) =>
    Object.entries(content['application/problem+json']?.examples ?? {}).map(([code, { value }]) => {
      assert.deepEqual([`Error${value.status}`, value.code], [name, code]);
      return code;
    }),
  );
  const byName = (a: string, b: string) => a.localeCompare(b, 'en');
  const codes = Object.keys(ERROR_CATALOGUE).toSorted(byName);
  assert.deepEqual(shown.toSorted(byName), codes);
  assert.deepEqual(new Set(components.schemas['ErrorCode']?.['enum'] as string[]), new Set(codes));
});

test('the types of the client are those of the description; make api-types writes them', () => {
  const tool = fileURLToPath(new URL('../../tools/api-types/write-api-types.mjs', import.meta.url));
  const ended = spawnSync(process.execPath, [tool, '--check'], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(ended.status, 0, ended.stderr);
});

function isTyped(schema: Schema): boolean {
  return ['type', '$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const'].some((keyword) => keyword in schema);
}
