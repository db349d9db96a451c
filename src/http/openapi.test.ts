import assert from 'node:assert/strict';
import { test } from 'node:test';
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
