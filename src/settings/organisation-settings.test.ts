/** What an organisation sets for its own machines, and which value counts of all that there are. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { SETTING_NAMES, type SettingName } from '#config/settings.ts';
import { startTestApi, type TestPerson } from '#identity/testing.ts';
import { reconcileSettings } from '#instances/reconcile-settings.ts';
import { organisationSettingsRoutes } from './organisation-routes.ts';
import { settingsRoutes } from './routes.ts';
import { definitionOf, mayBeSetFor, problemOf, SettingValues, type StoredValue } from './setting-values.ts';
import { keepSettings } from './settings-keeper.ts';
import { configOf, rulesOf, until } from './testing.ts';

const PATH = '/api/v1/organisation/settings';
const NAME = 'DRAIN_DEADLINE_MS';

async function start(t: TestContext) {
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ db }) => {
      const deps = { db, ...rulesOf() };
      return [...settingsRoutes(deps), ...organisationSettingsRoutes(deps)];
    },
  });
  const put = (as: TestPerson, body: unknown, name = NAME) =>
    api.send(`${PATH}/${name}`, { method: 'PUT', as, body });
  const see = async (as: TestPerson, query = '') => {
    const { body } = await api.send(`${PATH}${query}`, { as });
    const one = body.data.find((each: { name: string }) => each.name === NAME);
    return [one.value, one.origin, one.inherited.value, one.inherited.origin];
  };
  return { api, put, see };
}

test('an organisation sets its own value, sees what it replaces, and takes it away; others have theirs', async (t) => {
  const { api, put, see } = await start(t);
  const [ours, theirs, root] = [await api.person(), await api.person(), await api.person('user')];
  await api.db.query('update users set is_platform_admin = true where id = $1', [root.userId]);
  const forAll = await api.send(`/api/v1/settings/${NAME}`, {
    method: 'PUT',
    as: root,
    body: { value: 40_000 },
  });
  assert.equal(forAll.status, 200, JSON.stringify(forAll.body));
  assert.deepEqual(await see(ours), [40_000, 'global', 40_000, 'global']);
  const made = await put(ours, { value: 50_000 });
  assert.deepEqual([made.status, made.body.changed_by], [200, `user:${ours.userId}`]);
  await put(ours, { value: 60_000, provider: 'mock' });
  assert.deepEqual(await see(ours), [50_000, 'organisation', 40_000, 'global']);
  assert.deepEqual(await see(ours, '?provider=mock'), [60_000, 'organisation', 40_000, 'global']);
  assert.deepEqual(await see(ours, '?provider=other'), [50_000, 'organisation', 40_000, 'global']);
  assert.deepEqual(await see(theirs), [40_000, 'global', 40_000, 'global']);
  await put(theirs, { value: 70_000 });
  assert.deepEqual(await see(ours), [50_000, 'organisation', 40_000, 'global']);
  const gone = await api.send(`${PATH}/${NAME}`, { method: 'DELETE', as: ours });
  assert.deepEqual([gone.body.value, gone.body.origin], [40_000, 'global']);
  const changes = await api.send(`${PATH}/${NAME}/changes?limit=2`, { as: ours });
  assert.deepEqual(
    changes.body.data.map((one: Record<string, unknown>) => [
      one['provider'],
      one['old_value'],
      one['new_value'],
    ]),
    [
      [null, 50_000, null],
      ['mock', null, 60_000],
    ],
  );
  const rest = await api.send(`${PATH}/${NAME}/changes?after=${changes.body.next_cursor}`, { as: ours });
  assert.equal(rest.body.data.length, 1, 'and nothing of the other organisation');
  const global = await api.send('/api/v1/settings', { as: ours });
  const one = global.body.data.find((each: { name: string }) => each.name === NAME);
  assert.deepEqual([one.value, one.origin, one.overrides], [40_000, 'global', []]);
  const audited = await api.db.query<{ org_id: string; action: string }>(
    `select org_id, action from audit_log where action like 'organisation_settings.%' order by seq`,
  );
  assert.deepEqual(
    audited.map(({ org_id, action }) => [org_id, action]),
    [
      [ours.orgId, 'organisation_settings.set'],
      [ours.orgId, 'organisation_settings.set'],
      [theirs.orgId, 'organisation_settings.set'],
      [ours.orgId, 'organisation_settings.unset'],
    ],
  );
});

test('managers read, users do not, and what is not theirs or out of range is refused', async (t) => {
  const { api, put } = await start(t);
  const owner = await api.person();
  for (const role of ['admin', 'manager', 'user'] as const) {
    const person = await api.person(role, owner.orgId);
    assert.equal((await put(person, { value: 50_000 })).status, role === 'admin' ? 200 : 403, role);
    assert.equal((await api.send(PATH, { as: person })).status, role === 'user' ? 403 : 200, role);
  }
  const refusals = [
    [{ value: -1 }, NAME, 'setting.bad_value', /from 0 to 7200000/],
    [{ value: 'soon' }, NAME, 'setting.bad_value', /whole number/],
    [{ value: 'maybe' }, 'WORKER_AUTO_REINSTALL', 'setting.bad_value', /one of/],
    [{ value: 9_000 }, 'JOB_LEASE_MS', 'setting.not_per_organisation', /platform administrator/],
    [{ value: 9_000 }, 'PROVIDER_TIMEOUT_MS', 'setting.not_per_organisation', /platform administrator/],
    [{ value: 9_000, provider: 'nowhere' }, NAME, 'provider.not_enabled', /Enabled: mock, other/],
    [{ value: 1 }, 'NO_SUCH_MS', 'setting.not_found', /./],
  ] as const;
  for (const [body, name, code, detail] of refusals) {
    const answer = await put(owner, body, name);
    assert.deepEqual([answer.body.code, answer.status >= 400], [code, true], name);
    assert.match(answer.body.detail, detail);
  }
  const listed = await api.send(PATH, { as: owner });
  for (const { scope } of listed.body.data) assert.equal(scope, 'organisation');
});

test('a change reaches the running processes, and the machines of that organisation alone', async (t) => {
  const { api, put } = await start(t);
  const { env, db } = api;
  const keeper = await keepSettings(env, db, configOf(), { pollMs: 600_000 });
  t.after(() => keeper.stop());
  const [ours, theirs] = [await api.person(), await api.person()];
  const drain = (orgId: string) => reconcileSettings(keeper, 'mock', orgId as never).drainDeadlineMs;
  assert.equal(drain(ours.orgId), 30_000);
  await put(ours, { value: 50_000 });
  await until(env, () => drain(ours.orgId) === 50_000);
  assert.equal(drain(theirs.orgId), 30_000);
  await api.send(`${PATH}/${NAME}`, { method: 'DELETE', as: ours });
  await until(env, () => drain(ours.orgId) === 30_000);
});

const ORGANISATIONS = ['', 'org_a', 'org_b'] as const;
const PROVIDERS = ['', 'mock', 'other'] as const;

/** A value of a setting, sometimes one that does not fit. */
function valueFor(name: SettingName): fc.Arbitrary<unknown> {
  const definition = definitionOf(name);
  const right =
    definition.kind === 'integer'
      ? fc.integer({ min: definition.min, max: definition.max })
      : definition.kind === 'choice'
        ? fc.constantFrom(...definition.choices)
        : fc.string();
  return fc.oneof(
    { weight: 5, arbitrary: right },
    { weight: 1, arbitrary: fc.constantFrom(null, -1, 'x', 1.5, {}) },
  );
}

const rowOf = fc.constantFrom(...SETTING_NAMES).chain((name) =>
  fc.record({
    name: fc.constant(name as string),
    orgId: fc.constantFrom(...ORGANISATIONS),
    providerId: fc.constantFrom(...PROVIDERS),
    value: valueFor(name),
    updatedBy: fc.constant('x'),
    updatedAt: fc.constant(new Date(0)),
  }),
);

test('whatever is stored, the value that counts is the nearest one that fits, and its origin says where it is from', () => {
  const environment = fc.record({ DRAIN_DEADLINE_MS: fc.constantFrom('', '31000') });
  const rows = fc.uniqueArray(rowOf, {
    maxLength: 40,
    selector: ({ name, orgId, providerId }) => `${name}/${orgId}/${providerId}`,
  });
  fc.assert(
    fc.property(rows, environment, (stored, variables) => {
      const first = configOf(variables);
      const unfit: StoredValue[] = [];
      const values = new SettingValues(first, stored, (row) => unfit.push(row));
      for (const name of new Set([NAME, ...stored.map((row) => row.name as SettingName)] as SettingName[])) {
        for (const orgId of ORGANISATIONS) {
          for (const providerId of PROVIDERS) {
            const nearest = expected(
              stored.filter((row) => !unfit.includes(row)),
              name,
              orgId,
              providerId,
            );
            const { value, origin } = values.effective(name, providerId, orgId);
            assert.deepEqual(value, nearest ? nearest.value : first.values[name]);
            assert.equal(origin, originOf(nearest) ?? (first.given.has(name) ? 'environment' : 'default'));
            const seen = values.get(name, providerId || undefined, orgId || undefined);
            assert.deepEqual(seen, value, 'however it is asked for');
          }
        }
      }
      // What does not fit, or may not be set there, is passed over and told, and nothing else is.
      for (const row of stored) {
        const name = row.name as SettingName;
        const fits = mayBeSetFor(name, row) && problemOf(name, row.value) === undefined;
        assert.equal(unfit.includes(row), !fits, JSON.stringify(row));
      }
    }),
    { numRuns: 300 },
  );
});

/** As the guide says it, line by line. */
function expected(rows: readonly StoredValue[], name: string, orgId: string, providerId: string) {
  const at = (org: string, provider: string) =>
    rows.find((row) => row.name === name && row.orgId === org && row.providerId === provider);
  if (orgId !== '') {
    const own = (providerId !== '' && at(orgId, providerId)) || at(orgId, '');
    if (own) return own;
  }
  return (providerId !== '' && at('', providerId)) || at('', '') || undefined;
}

function originOf(row: StoredValue | undefined): string | undefined {
  if (!row) return undefined;
  return row.orgId !== '' ? 'organisation' : row.providerId !== '' ? 'provider' : 'global';
}
