import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { parseUsdRate } from '#catalog/price.ts';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import { ORGANISATION_ROLES } from '#contracts/management.ts';
import { isAllowed } from '#contracts/permissions.ts';
import { UNWATCHED } from '#http/public-address.ts';
import { findStandings } from '#identity/sessions/stream-standings.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { apiRoutes, describedApiRoutes } from '../../bin/api-routes.ts';
import { RIGHT_BODIES as TENANT_BODIES } from '../../test/matrix/role-table.ts';
import { type EventHub, startEventHub } from './event-hub.ts';
import type { Route } from './route.ts';

/** Every route of the real api against everyone who should not get through. */
let routes: Route[];
before(() => {
  routes = describedApiRoutes('0');
});

const OFFER = { provider: 'mock', zone: 'mock-a', instance_type: 'MOCK-L4-1' };
const NO_WORKER = 'inst_01k9xq3v5w7y9z1b3d5f7h9j1m';

async function start(t: TestContext): Promise<TestApi> {
  let hub: EventHub | undefined;
  t.after(() => hub?.stop());
  return startTestApi(t, {
    routes: async ({ env, db }) => {
      hub = await startEventHub(env, db, { findStandings: findStandings(db) });
      await seedCatalogue(env, db);
      const price = { nanosPerHour: 750_000_000, currency: 'EUR', asOf: '2026-11-01' };
      const shape = {
        gpuCount: 1,
        gpuKind: 'L4',
        vramBytesPerGpu: 24 * 2 ** 30,
        vcpus: 8,
        memoryBytes: 48e9,
      };
      const offer = {
        zone: OFFER.zone,
        type: OFFER.instance_type,
        ...shape,
        price,
        availability: 'available',
      } as const;
      await syncOffers(env, db, 'mock', [offer]);
      return apiRoutes({
        env,
        db,
        settings: fixedSettings(readConfig({})),
        samples: {
          add: () => undefined,
          unwritten: () => [],
          flush: async () => undefined,
          stop: async () => undefined,
        },
        hub,
        isSecure: false,
        publicUrl: 'http://inventiv.test',
        publicAddress: UNWATCHED,
        reachKey: new Secret('reach'),
        usdRate: parseUsdRate('0.86@2026-11-01'),
        enabledProviders: ['mock'],
        keys: { control: new Secret('control'), dataPlane: new Secret('data') },
        first: readConfig({}),
        sealer: new Sealer(env.random, new Secret('k'.repeat(43))),
        offersMax: () => 25,
        desk: {
          record: async () => ({
            desired: 'serve',
            heartbeat_interval_ms: 4_000,
            dead_man_ms: 0,
            next_token: null,
            tunnels: null,
          }),
        },
        bundleFolder: '/nowhere',
        nodeBinaries: [],
        readVersion: () => ({ version: '0', worker_version: null, worker_sha256: null, gateway_url: null }),
      });
    },
  });
}

const ofMembers = () => routes.filter(({ policy }) => ['member', 'platform_admin'].includes(policy.allow));
const isStream = (route: Route) => route.success.contentType?.startsWith('text/event-stream') ?? false;
const send = (api: TestApi, route: Route, path: string, as: TestPerson | undefined, more: object = {}) =>
  api.send(path, {
    method: route.method,
    ...(as ? { as } : {}),
    ...(route.body ? { body: {} } : {}),
    ...more,
  });
const pathOf = (route: Route, id: string) => route.path.replaceAll(/:\w+/g, encodeURIComponent(id));

test('no route of members answers nobody, a made-up session, an API key or a worker', async (t) => {
  const api = await start(t);
  const made = `inv_session=inv_sess_${'0'.repeat(26)}_${'A'.repeat(49)}`;
  const strangers: Record<string, string>[] = [
    {},
    { cookie: made },
    { cookie: `${made}; ${made}` },
    { authorization: 'Bearer inv_key_x' },
    { authorization: `Bearer inv_wkr_${'0'.repeat(26)}_${'A'.repeat(49)}` },
  ];
  for (const route of ofMembers()) {
    for (const headers of strangers) {
      const { status, body } = await send(api, route, pathOf(route, NO_WORKER), undefined, { headers });
      assert.deepEqual(
        [status, body.code],
        [401, 'auth.required'],
        `${route.name} ${JSON.stringify(headers)}`,
      );
    }
  }
});

test('no route of workers answers people', async (t) => {
  const api = await start(t);
  const owner = await api.person();
  for (const route of routes.filter(({ policy }) => policy.allow === 'worker')) {
    const { body } = await send(api, route, route.path, owner);
    assert.equal(body.code, 'worker.bad_token', route.name);
  }
});

test('each role gets through exactly where its permissions say', async (t) => {
  const api = await start(t);
  const owner = await api.person();
  for (const role of ORGANISATION_ROLES) {
    for (const route of ofMembers().filter((one) => !isStream(one))) {
      // A session of its own each time, because one of the routes ends it.
      const as = await api.person(role, owner.orgId);
      const { body } = await send(api, route, pathOf(route, NO_WORKER), as);
      const isDenied = body?.code === 'auth.forbidden';
      const { policy } = route;
      const mayDoIt = policy.allow === 'member' && isAllowed(role, policy.action);
      assert.equal(!isDenied, mayDoIt, `${role} ${route.name}`);
    }
  }
});

test('no route changes anything without the header against forged requests', async (t) => {
  const api = await start(t);
  const as = await api.person();
  for (const route of ofMembers().filter(({ method }) => method !== 'GET')) {
    const { body } = await send(api, route, pathOf(route, NO_WORKER), as, {
      headers: { 'x-inventiv-csrf': '' },
    });
    assert.equal(body.code, 'request.csrf_header_missing', route.name);
  }
});

test('nothing of an organisation is seen or changed by the owner of another', async (t) => {
  const api = await start(t);
  const [mine, stranger] = [await api.person(), await api.person()];
  const post = (path: string, body: object) => api.send(path, { method: 'POST', as: mine, body });
  const key = (await post('/api/v1/api-keys', { name: 'mine-key' })).body;
  const made = await post('/api/v1/deployments', { name: 'mine-dep', model_id: 'Qwen/Qwen3-8B', ...OFFER });
  const credential = { token: 'mine-token' };
  const account = (
    await post('/api/v1/provider-accounts', { provider: 'mock', name: 'mine-acc', credential })
  ).body;
  const market = await agreeWithThird(api, mine);
  const ids = [made.body.id, made.body.instances[0].id, key.id, account.id, ...market] as string[];
  const before = await api.db.query('select id, wanted, state, is_archived from instances');
  const ofOrganisations = ofMembers().filter(({ policy }) => policy.allow === 'member');
  for (const route of ofOrganisations.filter((one) => !isStream(one) && one.name !== 'session.delete')) {
    for (const id of route.path.includes(':') ? ids : ['']) {
      // A right body, so that only the owner can be what is wrong.
      const body = RIGHT_BODIES[route.name] && id !== '' ? { body: RIGHT_BODIES[route.name] } : {};
      const answer = await send(api, route, pathOf(route, id), stranger, body);
      const text = JSON.stringify(answer.body);
      if (id !== '') assert.equal(answer.status, 404, `${route.name} ${id}: ${text}`);
      for (const own of [...ids, 'mine-key', 'mine-dep', 'mine-acc', 'mine-token', mine.orgId])
        assert(!text.includes(own), route.name);
    }
  }
  assert.deepEqual(await api.db.query('select id, wanted, state, is_archived from instances'), before);
  assert.equal((await api.db.query('select 1 from api_keys where revoked_at is null')).length, 1);
});

test('no text in any place of any route makes an error of ours', async (t) => {
  const api = await start(t);
  const as = await api.person();
  for (const route of routes.filter((one) => !isStream(one) && one.name !== 'session.delete')) {
    const requests = CORPUS.flatMap((text) => variationsOf(route, text));
    const check = async ({ path, body }: { path: string; body: object }) => {
      const answer = await send(api, route, path, as, route.body ? { body } : {});
      assert(
        answer.status < 500,
        `${route.name} ${path} ${JSON.stringify(body)}: ${JSON.stringify(answer.body)}`,
      );
    };
    // A few at once: of hundreds the last would wait past its limit on a busy machine, and be refused for that.
    for (let at = 0; at < requests.length; at += AT_ONCE) {
      await Promise.all(requests.slice(at, at + AT_ONCE).map(check));
    }
  }
});

/** A private offering with a plan, a contract and an entitlement: ids that concern two organisations and no other. */
async function agreeWithThird(api: TestApi, mine: TestPerson): Promise<string[]> {
  const third = await api.person();
  const post = async (as: TestPerson, path: string, body: object) => {
    const answer = await api.send(path, { method: 'POST', as, body });
    assert(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  const wanted = { code: 'mine-code', model_id: 'Qwen/Qwen3-8B', name: 'x', access: 'subscription' };
  const offering = await post(mine, '/api/v1/offerings', wanted);
  const offering_id = offering.id as string;
  await post(mine, `/api/v1/offerings/${offering_id}/publish`, {});
  const plan = await post(mine, '/api/v1/plans', {
    offering_id,
    name: 'x',
    fee_micros: 1,
    included_tokens: 1,
  });
  const agreed = { offering_id, consumer: third.orgId, price: PRICE };
  const contract = await post(mine, '/api/v1/contracts', agreed);
  const asked = await post(third, '/api/v1/access-requests', { offering: offering_id });
  await post(third, `/api/v1/contracts/${contract.id}/accept`, {});
  const { body } = await api.send('/api/v1/entitlements', { as: third });
  return [offering_id, plan.id, contract.id, asked.id, body.data[0].id];
}

const PRICE = { prompt_micros_per_1k: 1, completion_micros_per_1k: 1, cached_micros_per_1k: 1 };

/** Bodies of routes that change one thing by its id. */
const RIGHT_BODIES: Readonly<Record<string, object>> = {
  ...TENANT_BODIES,
  'organisation_settings.set': { value: 1 },
  'offerings.set_price': { price: PRICE },
  'contracts.set_price': { price: PRICE },
};

const AT_ONCE = 8;
const CORPUS = [
  "'; drop table users;--",
  '%',
  '\u0000',
  '../../etc/passwd',
  '<script>',
  'é'.repeat(90),
  '9'.repeat(40),
  '-1',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  Buffer.from('["2026-11-21T00:00:00.000Z","x"]').toString('base64url'),
];
/** Right values of every field, so that a wrong one is not hidden behind another. */
const QUERY = { from: '2026-11-20T00:00:00Z', to: '2026-11-21T00:00:00Z' };
const BODY = { name: 'a', login: 'a', password: 'a', model_id: 'Qwen/Qwen3-8B', expires_at: null, ...OFFER };

/** The text in the address, in each field of the query, and in each field of the body, one at a time. */
function variationsOf(route: Route, text: string): { path: string; body: object }[] {
  const path = route.path.replaceAll(/:\w+/g, encodeURIComponent(text));
  const shape = (route.query as { shape?: object } | undefined)?.shape ?? {};
  const base = 'from' in shape ? QUERY : {};
  const queries = Object.keys(shape).map((field) => new URLSearchParams({ ...base, [field]: text }));
  const bodies = route.body ? Object.keys(BODY).map((field) => ({ ...BODY, [field]: text })) : [BODY];
  return [
    ...bodies.map((body) => ({ path, body })),
    ...queries.map((query) => ({ path: `${path}?${query}`, body: BODY })),
  ];
}
