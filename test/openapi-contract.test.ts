/** What the api answers, against what its description says: every read, as somebody who may do all of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '#http/route.ts';
import type { TestApi } from '#identity/testing.ts';
import { describedApiRoutes } from '../bin/api-routes.ts';
import { assertDeclared, DOCUMENT, isDocumented } from './contract/declared-answer.ts';
import { type Json, schemaProblem } from './contract/json-schema.ts';
import { TENANT_PATHS } from './matrix/role-table.ts';
import { fillCatalogue, furnish, type Household, startWholeApi } from './matrix/whole-api.ts';

const READS = describedApiRoutes('0').filter((route) => route.method === 'GET' && isDocumented(route));
/** They answer a stream, or send the browser elsewhere: their own tests read them. */
const NOT_JSON = ['events.stream', 'login.oidc_start', 'login.oidc_callback'];
const DELIVERY = 'a delivery';
const RANGE = { from: '2026-11-20T00:00:00Z', to: '2026-11-20T00:20:00Z' };

test('the test sees a difference: a wrong type, a missing field, one too many, a wrong word', () => {
  const schema: Json = {
    type: 'object',
    properties: { id: { type: 'string' }, state: { enum: ['on', 'off'] } },
    required: ['id'],
    additionalProperties: false,
  };
  const problem = (value: unknown) => schemaProblem(DOCUMENT, schema, value);
  assert.equal(problem({ id: 'a', state: 'on' }), undefined);
  assert.match(String(problem({ id: 1 })), /id is not of type "string"/);
  assert.match(String(problem({})), /id is missing/);
  assert.match(String(problem({ id: 'a', more: 1 })), /more is not declared/);
  assert.match(String(problem({ id: 'a', state: 'half' })), /is none of/);
  assert.match(String(problem([])), /is not of type "object"/);
});

const FLAVOUR = {
  ...{ name: 'fast', gpu_vendor: 'nvidia', gpu_family: 'hopper', image: 'own/vllm:1', args: ['--x'] },
  ...{ environment: { A: '1' }, mounts: [{ source: '/data', target: '/data' }], devices: ['/dev/gdrdrv'] },
};

test('every read answers with success, and exactly in the form that is declared', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  await api.db.query('update users set is_platform_admin = true where id = $1', [house.owner.userId]);
  const ids = await moreIds(api, house);
  for (const route of READS.filter(({ name }) => !NOT_JSON.includes(name))) {
    const path = pathOf(route, house, ids);
    const answer = await api.send(path, { as: house.owner });
    assert.equal(answer.status, route.success.status, `${route.name}: ${JSON.stringify(answer.body)}`);
    assertDeclared(route, answer);
  }
});

test('what is not there and what is refused has the declared form too', async (t) => {
  const api = await startWholeApi(t);
  const as = await api.person('user');
  for (const route of describedApiRoutes('0').filter(({ name }) => !NOT_JSON.includes(name))) {
    const path = route.path.replaceAll(/:\w+/g, 'nothing');
    for (const who of [{}, { as }]) {
      const body = route.body ? { body: {} } : {};
      assertDeclared(route, await api.send(path, { method: route.method, ...who, ...body }));
      if (route.name.startsWith('session')) break;
    }
  }
});

/** Ids of what a household has not: two sides, or the whole installation's. */
async function moreIds(
  api: TestApi,
  { owner: as, things }: Household,
): Promise<Readonly<Record<string, string>>> {
  const post = async (path: string, body: object) => {
    const answer = await api.send(path, { method: 'POST', as, body });
    assert.ok(answer.status < 300, `${path}: ${JSON.stringify(answer.body)}`);
    return answer.body.id as string;
  };
  const consumer = await api.person();
  const price = { prompt_micros_per_1k: 1, completion_micros_per_1k: 1, cached_micros_per_1k: 1 };
  const wanted = { code: 'code', model_id: 'Qwen/Qwen3-8B', name: 'x', access: 'per_token' };
  const offering = await post('/api/v1/offerings', wanted);
  const agreed = { offering_id: offering, consumer: consumer.orgId, price };
  return {
    [DELIVERY]: await post(`/api/v1/webhooks/${things.webhook}/test`, {}),
    '/api/v1/models/:': 'Qwen/Qwen3-8B',
    '/api/v1/users/:': as.userId,
    '/api/v1/wallets/:': as.orgId,
    '/api/v1/settings/:': 'JOB_LEASE_MS',
    '/api/v1/organisation/settings/:': 'BOOT_DEADLINE_MS',
    '/api/v1/offerings/:': offering,
    '/api/v1/contracts/:': await post('/api/v1/contracts', agreed),
    '/api/v1/reconcile/:': await post('/api/v1/reconcile', {}),
    '/api/v1/catalogue/sync/:': await post('/api/v1/catalogue/sync', {}),
    '/api/v1/catalogue/flavours/:': await post('/api/v1/catalogue/flavours', FLAVOUR),
  };
}

function pathOf(route: Route, { things }: Household, ids: Readonly<Record<string, string>>): string {
  const thing = TENANT_PATHS.find(([prefix]) => route.path.startsWith(prefix))?.[1];
  const common = Object.entries(ids).find(([prefix]) => route.path.startsWith(prefix))?.[1];
  const id = thing === undefined ? common : things[thing];
  assert.ok(
    id !== undefined || !route.path.includes(':'),
    `${route.name}: say in moreIds of this file which thing its address names`,
  );
  const path = route.path
    .replace(/:delivery_id\b/, ids[DELIVERY] ?? '')
    .replace(/:volume_id\b/, things.volume)
    .replaceAll(/:\w+/g, encodeURIComponent(id ?? ''));
  const shape = (route.query as { shape?: object } | undefined)?.shape ?? {};
  const query = Object.entries({
    ...RANGE,
    by: 'model',
    challenge: '0'.repeat(32),
    offering: ids['/api/v1/offerings/:'] ?? '',
  });
  return `${path}?${new URLSearchParams(query.filter(([name]) => name in shape))}`;
}
