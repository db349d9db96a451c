/**
 * Every route of the api against everybody who may come: nobody, a worker, an API key, each role at home, each role
 * of another organisation, an administrator of the platform. What is expected follows from the table beside this
 * file; a route that is not in it fails.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import type { Route } from '#http/route.ts';
import type { TestAnswer, TestApi, TestPerson } from '#identity/testing.ts';
import { describedApiRoutes } from '../../bin/api-routes.ts';
import { AUDIENCES, COMMON_PATHS, RIGHT_BODIES, ROWS, TENANT_PATHS, type Thing } from './role-table.ts';
import {
  fillCatalogue,
  furnish,
  type Household,
  pictureOf,
  startWholeApi,
  WORKER_TOKEN,
} from './whole-api.ts';

const ROUTES = describedApiRoutes('0');
const REFUSALS = ['auth.required', 'auth.forbidden', 'worker.bad_token'];
const UNKNOWN_WORKER = `inv_wkr_${'1'.repeat(26)}_${'B'.repeat(49)}`;

const isStream = (route: Route) => route.success.contentType?.startsWith('text/event-stream') ?? false;
const audienceOf = ({ name }: Route) => {
  const audience = AUDIENCES[name];
  assert.ok(audience, `${name} is not in test/matrix/role-table.ts: name the row of the specification`);
  return audience;
};
const isIn = (route: Route, role: OrganisationRole): boolean => {
  const audience = audienceOf(route);
  if (audience === 'anyone' || audience === 'worker' || audience === 'platform') return audience === 'anyone';
  return (ROWS[audience] as readonly OrganisationRole[]).includes(role);
};

interface Caller {
  readonly as?: TestPerson;
  readonly headers?: Readonly<Record<string, string>>;
}

function thingOf({ path }: Route): Thing | undefined {
  return TENANT_PATHS.find(([prefix]) => path.startsWith(prefix))?.[1];
}

/** The address of a thing, or of one of the same form that does not exist. */
function pathOf(route: Route, things: Household['things'], isUnknown = false): string {
  const named = thingOf(route);
  const id = named === undefined ? 'unknown' : things[named];
  const last = isUnknown ? `${id.slice(0, -4)}zzzz` : id;
  return route.path
    .replace(/:volume_id\b/, isUnknown ? `${things.volume.slice(0, -4)}zzzz` : things.volume)
    .replaceAll(/:\w+/g, encodeURIComponent(last));
}

function send(api: TestApi, route: Route, path: string, caller: Caller): Promise<TestAnswer> {
  const body = RIGHT_BODIES[route.name] ?? {};
  return api.send(path, { method: route.method, ...caller, ...(route.body ? { body } : {}) });
}

const refusalOf = ({ body }: TestAnswer): string | undefined =>
  REFUSALS.includes(body?.code) ? body.code : undefined;

test('the table names every route, and no other', () => {
  const named = new Set(Object.keys(AUDIENCES));
  const live = new Set(ROUTES.map(({ name }) => name));
  assert.deepEqual(
    [...live].filter((name) => !named.has(name)),
    [],
    'routes without a line in test/matrix/role-table.ts',
  );
  assert.deepEqual(
    [...named].filter((name) => !live.has(name)),
    [],
    'lines of routes that are gone',
  );
});

test('every address that names a thing says whose it is', () => {
  for (const route of ROUTES.filter(({ path }) => path.includes(':'))) {
    const isCommon = COMMON_PATHS.some((prefix) => route.path.startsWith(prefix));
    assert.notEqual(
      thingOf(route) !== undefined,
      isCommon,
      `${route.name}: put its path into TENANT_PATHS or COMMON_PATHS of test/matrix/role-table.ts`,
    );
  }
});

test('nobody, workers and API keys get exactly where the table says', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  const strangers: [string, Caller][] = [
    ['nobody', {}],
    ['a worker', { headers: { authorization: `Bearer ${WORKER_TOKEN}` } }],
    ['an unknown worker', { headers: { authorization: `Bearer ${UNKNOWN_WORKER}` } }],
    ['an API key', { headers: { authorization: `Bearer ${house.keySecret}` } }],
    ['an API key in its own header', { headers: { 'x-api-key': house.keySecret } }],
  ];
  for (const route of ROUTES) {
    const audience = audienceOf(route);
    for (const [who, caller] of strangers) {
      const expected = audience === 'worker' ? 'worker.bad_token' : 'auth.required';
      const isFree = audience === 'anyone' || (audience === 'worker' && who === 'a worker');
      const answer = await send(api, route, pathOf(route, house.things), caller);
      // A machine shows its own token to register; that it is refused there is no matter of roles.
      if (audience === 'anyone' && route.path.startsWith('/internal/')) continue;
      assert.equal(refusalOf(answer), isFree ? undefined : expected, `${who} at ${route.name}`);
    }
  }
});

// Once as in service, and once without the wall around rows, which would hide a store that forgets the organisation.
for (const isWalled of [true, false]) {
  const where = isWalled ? 'behind the wall' : 'before the stores alone';
  test(`each role of another organisation finds nothing and changes nothing, ${where}`, async (t) => {
    await requireNothingForeign(await startWholeApi(t, { isWalled }));
  });
}

/** One's own audit log names what one asked for oneself; it must name nothing else. */
function secretsFrom({ name }: Route, { secrets, things }: Household): readonly string[] {
  const typed = new Set(name.startsWith('audit.') ? Object.values(things) : []);
  return secrets.filter((secret) => !typed.has(secret));
}

/** Whatever is asked for by its id is answered like what was never there. */
async function requireNothingForeign(api: TestApi): Promise<void> {
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  const foreign = await furnish(api, 'elsewhere');
  const before = await pictureOf(api.db, house.owner.orgId);
  for (const role of ORGANISATION_ROLES) {
    for (const route of ROUTES.filter((one) => !isStream(one))) {
      const as = await api.person(role, foreign.owner.orgId);
      const answer = await send(api, route, pathOf(route, house.things), { as });
      const told = `${role} of another organisation at ${route.name}: ${JSON.stringify(answer.body)}`;
      for (const secret of secretsFrom(route, house)) {
        assert.ok(!JSON.stringify(answer.body).replace(answer.body?.request_id, '').includes(secret), told);
      }
      if (thingOf(route) === undefined || !isIn(route, role)) continue;
      const unknown = await send(api, route, pathOf(route, house.things, true), { as });
      assert.equal(answer.status, 404, told);
      assert.deepEqual([unknown.status, unknown.body.code], [404, answer.body.code], told);
    }
  }
  assert.deepEqual(await pictureOf(api.db, house.owner.orgId), before);
}

test('each role at home, and an administrator of the platform, get exactly where the table says', async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const house = await furnish(api);
  for (const route of ROUTES.filter((one) => !isStream(one))) {
    const audience = audienceOf(route);
    if (audience === 'anyone') continue;
    for (const role of ORGANISATION_ROLES) {
      const as = await api.person(role, house.owner.orgId);
      const refusal = refusalAtHome(audience, isIn(route, role));
      const answer = await send(api, route, pathOf(route, house.things), { as });
      assert.equal(refusalOf(answer), refusal, `${role} at ${route.name}: ${JSON.stringify(answer.body)}`);
    }
    // Apart from roles: an administrator of the platform has no more in an organisation than their role there.
    const admin = await api.person('user', house.owner.orgId);
    await api.db.query('update users set is_platform_admin = true where id = $1', [admin.userId]);
    const mayDoIt = audience === 'platform' || isIn(route, 'user');
    const answer = await send(api, route, pathOf(route, house.things), { as: admin });
    assert.equal(
      refusalOf(answer),
      refusalAtHome(audience, mayDoIt),
      `an administrator of the platform at ${route.name}`,
    );
  }
});

test("no column that is named in a body reaches another organisation, or anybody's account", async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const [house, foreign] = [await furnish(api), await furnish(api, 'elsewhere')];
  const columns = await api.db.query<{ name: string }>(
    `select distinct column_name as name from information_schema.columns where table_schema = 'public' order by 1`,
  );
  const planted = Object.fromEntries(columns.map(({ name }) => [name, plantedValue(name, foreign)]));
  const before = await pictureOf(api.db, foreign.owner.orgId);
  const accounts = () =>
    api.db.query('select id, email, is_platform_admin, disabled_at from users order by id');
  const known = await accounts();
  for (const route of ROUTES.filter((one) => one.body && audienceOf(one) !== 'anyone')) {
    const right = RIGHT_BODIES[route.name] ?? {};
    const path = pathOf(route, house.things);
    const body = { ...planted, ...right };
    await api.send(path, { method: route.method, as: house.owner, body });
    assert.deepEqual(await pictureOf(api.db, foreign.owner.orgId), before, route.name);
    assert.deepEqual(await accounts(), known, route.name);
  }
});

/** What somebody would write into this column who wants what is not theirs. */
function plantedValue(column: string, { owner, things }: Household): unknown {
  if (column === 'org_id') return owner.orgId;
  if (column === 'role') return 'owner';
  if (/^is_/.test(column)) return true;
  if (/_at$|_until$/.test(column)) return null;
  const thing = column.replace(/_id$/, '') as Thing;
  return things[thing] ?? owner.userId;
}

function refusalAtHome(audience: string, mayDoIt: boolean): string | undefined {
  if (audience === 'worker') return 'worker.bad_token';
  return mayDoIt ? undefined : 'auth.forbidden';
}
