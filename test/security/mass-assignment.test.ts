/**
 * A write takes the fields that its description names and no other. Two organisations that are alike are written to in
 * the same way, one with every other name that any view, table or attacker knows beside the right fields: afterwards
 * they are alike still.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '#http/route.ts';
import type { TestApi } from '#identity/testing.ts';
import { fillCatalogue, furnish, type Household, pictureOf, startWholeApi } from '../matrix/whole-api.ts';
import { ENDS_SESSION, isForMembers, pathIn, rightBody, WRITES } from './whole-household.ts';
import { bodySchemaOf, everyPropertyName, propertiesOf } from './written-bodies.ts';

const ATTACKERS_NAMES = [
  'isAdmin',
  'is_admin',
  'admin',
  'isPlatformAdmin',
  'platform_admin',
  'superuser',
  'roles',
  'permissions',
  'orgId',
  'organization_id',
  'tenant_id',
  'userId',
  'allowed_routes',
  'constructor',
  'prototype',
  '$set',
];
/** A second body of this name must not be written beside the first in a world where names are taken. */
const LEFT_OUT = [...ENDS_SESSION, 'session.switch_organisation'];

test('no field that a write does not name is taken from its body', { timeout: 600_000 }, async (t) => {
  const api = await startWholeApi(t);
  await fillCatalogue(api.env, api.db);
  const victim = await furnish(api, 'victim');
  const columns = await api.db.query<{ name: string }>(
    `select distinct column_name as name from information_schema.columns where table_schema = 'public' order by 1`,
  );
  const names = new Set([...everyPropertyName(), ...columns.map(({ name }) => name), ...ATTACKERS_NAMES]);
  const spared = await pictureOf(api.db, victim.owner.orgId);
  let written = 0;
  let tried = 0;
  for (const route of WRITES.filter((one) => one.body && isForMembers(one) && !LEFT_OUT.includes(one.name))) {
    tried += 1;
    const [plain, planted] = [await furnish(api, `plain${tried}`), await furnish(api, `plant${tried}`)];
    for (const { owner } of [plain, planted]) {
      await api.db.query('update users set is_platform_admin = true where id = $1', [owner.userId]);
    }
    const schema = bodySchemaOf(route);
    const own = new Set(Object.keys(schema ? propertiesOf(schema) : {}));
    const extras = [...names]
      .filter((name) => !own.has(name))
      .map((name) => [name, plantedValue(name, victim)]);
    const right = await send(api, route, plain, {});
    const untouched = await likeness(api, planted);
    const attack = await send(api, route, planted, Object.fromEntries(extras));
    if (right.status < 300) written += 1;
    // Some writes refuse what they do not know instead of leaving it out.
    if (attack.status === 422 && /Unrecognized key/.test(JSON.stringify(attack.body))) {
      requireAlike(await likeness(api, planted), untouched, route.name);
      continue;
    }
    assert.equal(attack.status, right.status, `${route.name}: ${JSON.stringify([right.body, attack.body])}`);
    assert.equal(normalised(JSON.stringify(attack.body)), normalised(JSON.stringify(right.body)), route.name);
    requireAlike(await likeness(api, planted), await likeness(api, plain), route.name);
  }
  assert.deepEqual(await pictureOf(api.db, victim.owner.orgId), spared);
  // Of writes that are refused for another reason the test would say nothing.
  assert.ok(written >= 20, `only ${written} writes were taken`);
});

function send(api: TestApi, route: Route, house: Household, extras: object) {
  const body = { ...extras, ...rightBody(route), ...unique(route, house) };
  return api.send(pathIn(route, house), { method: route.method, as: house.owner, body });
}

/** What may be only once in the whole installation. */
function unique({ name }: Route, { owner }: Household): object {
  const mark = owner.orgId.slice(-8);
  if (name === 'users.create') return { username: `u-${mark}`, email: `u-${mark}@example.test` };
  if (name === 'organisations.create') return { slug: `s-${mark}` };
  if (name === 'account.change') return { username: `n-${mark}` };
  return {};
}

/** What somebody would write there who wants what is not theirs. */
function plantedValue(name: string, { owner, things, keySecret }: Household): unknown {
  if (/^(org|organi[sz]ation|tenant)(_?id)?$/i.test(name)) return owner.orgId;
  if (/role|permission/.test(name)) return 'owner';
  if (/^is_?|admin|enabled|_verified$|superuser/i.test(name)) return true;
  if (/_at$|_until$/.test(name)) return '2000-01-01T00:00:00.000Z';
  if (/micros|price|balance|credit|budget|limit|count|priority/.test(name)) return 1_000_000_000;
  if (/hash|secret|token|password/.test(name)) return keySecret;
  const thing = Object.entries(things).find(([kind]) => name.startsWith(kind));
  return thing?.[1] ?? owner.userId;
}

/** Everything of the organisation and its owner's account, without what two of a kind never share. */
type Likeness = Readonly<Record<string, readonly string[]>>;

async function likeness(api: TestApi, { owner }: Household): Promise<Likeness> {
  const picture = await pictureOf(api.db, owner.orgId);
  const account = await api.db.query<{ row: string }>('select u::text as row from users u where id = $1', [
    owner.userId,
  ]);
  const roles = await api.db.query<{ role: string }>(
    'select role from memberships where user_id = $1 order by org_id',
    [owner.userId],
  );
  const tables = Object.entries(picture).map(([table, rows]) => [
    table,
    rows === null ? [] : normalised(rows).split('\n'),
  ]);
  return {
    ...Object.fromEntries(tables),
    account: account.map(({ row }) => normalised(row)),
    roles: roles.map(({ role }) => role),
  };
}

/** Says the rows that differ, and not the hundreds that do not. */
function requireAlike(attacked: Likeness, wanted: Likeness, told: string): void {
  for (const [table, rows] of Object.entries(wanted)) {
    const found = attacked[table] ?? [];
    const differing = [
      ...found.filter((row) => !rows.includes(row)),
      ...rows.filter((row) => !found.includes(row)),
    ];
    assert.deepEqual(differing, [], `${told}: ${table}`);
    assert.equal(found.length, rows.length, `${told}: ${table}`);
  }
}

/** Ids, secrets, times, counters and the two labels are the same word each. */
function normalised(text: string | undefined): string {
  return (text ?? '')
    .replaceAll(/pla(in|nt)\d+/g, 'label')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(\+\d\d|Z)?/g, 'time')
    .replaceAll(/\bv\d(\.[\w-]+){2,}/g, 'sealed')
    .replaceAll(/evt_[0-9a-f]{26}/g, 'event')
    .replaceAll(/whsec_[\w+/=-]+/g, 'secret')
    .replaceAll(/\\*x?[0-9a-f]{32,}/g, 'hex')
    .replaceAll(/inv_[a-z]+_[0-9a-z]{26}_\w{49}/g, 'token')
    .replaceAll(/[A-Za-z0-9+/]{40,}={0,2}/g, 'random')
    .replaceAll(/[0-9a-hjkmnp-tv-z]{26}/g, 'id')
    .replaceAll(/\b([uns]-)[0-9a-z]{8}\b/g, '$1mark')
    .replaceAll(/\bhosts-[0-9a-z]{16}\b/g, 'pool')
    .replaceAll(/…\w{4}|\b\w{4}…/g, 'hint')
    .replaceAll(/(^|\n)\((\d+,)+/g, '$1(n,');
}
