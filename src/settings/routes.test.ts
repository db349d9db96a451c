import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SETTING_NAMES } from '#config/settings.ts';
import { startTestApi, type TestPerson } from '#identity/testing.ts';
import { settingsRoutes } from './routes.ts';
import { rulesOf } from './testing.ts';

async function start(t: TestContext) {
  const api = await startTestApi(t, { routes: ({ db }) => settingsRoutes({ db, ...rulesOf() }) });
  const admin = await api.person('user');
  await api.db.query('update users set is_platform_admin = true where id = $1', [admin.userId]);
  const put = (name: string, body: unknown, as: TestPerson = admin) =>
    api.send(`/api/v1/settings/${name}`, { method: 'PUT', as, body });
  return { api, admin, put };
}

test('definitions, values, a change for one provider, its history, and back', async (t) => {
  const { api, admin, put } = await start(t);
  const manager = await api.person('manager');
  const definitions = await api.send('/api/v1/settings/definitions', { as: manager });
  assert.deepEqual(
    definitions.body.data.map((one: { name: string }) => one.name),
    SETTING_NAMES,
  );
  const made = await put('BOOT_DEADLINE_MS', { value: 60_000, provider: 'mock' });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const listed = await api.send('/api/v1/settings?provider=mock', { as: manager });
  const one = listed.body.data.find((each: { name: string }) => each.name === 'BOOT_DEADLINE_MS');
  assert.deepEqual(one, made.body);
  assert.deepEqual(
    [one.value, one.origin, one.default, one.min, one.max, one.unit, one.scope, one.changed_by],
    [60_000, 'provider', 600_000, 500, 7_200_000, 'ms', 'organisation', `user:${admin.userId}`],
  );
  const path = '/api/v1/settings/BOOT_DEADLINE_MS';
  const gone = await api.send(`${path}?provider=mock`, { method: 'DELETE', as: admin });
  assert.deepEqual([gone.status, gone.body.value, gone.body.origin], [200, 600_000, 'default']);
  const first = (await api.send(`${path}/changes?limit=1`, { as: manager })).body;
  const second = (await api.send(`${path}/changes?limit=1&after=${first.next_cursor}`, { as: manager })).body;
  assert.deepEqual(
    [...first.data, ...second.data].map((each) => [each.provider, each.old_value, each.new_value]),
    [
      ['mock', 60_000, null],
      ['mock', null, 60_000],
    ],
  );
  assert.deepEqual([first.has_more, second.has_more], [true, false]);
});

test('only a platform administrator writes, and users of an organisation do not read', async (t) => {
  const { api, put } = await start(t);
  for (const role of ['owner', 'admin', 'manager', 'user'] as const) {
    const person = await api.person(role);
    assert.equal((await put('JOB_LEASE_MS', { value: 9_000 }, person)).body.code, 'auth.forbidden', role);
    const gone = await api.send('/api/v1/settings/JOB_LEASE_MS', { method: 'DELETE', as: person });
    assert.equal(gone.status, 403, role);
    for (const path of ['', '/definitions', '/JOB_LEASE_MS/changes']) {
      const { status } = await api.send(`/api/v1/settings${path}`, { as: person });
      assert.equal(status, role === 'user' ? 403 : 200, `${role} ${path}`);
    }
  }
});

test('what cannot be is refused with what to do', async (t) => {
  const { api, put } = await start(t);
  const conflict = await put('WORKER_SILENT_MS', { value: 5_000 });
  assert.deepEqual([conflict.status, conflict.body.code], [422, 'setting.conflict']);
  assert.match(conflict.body.detail, /HEARTBEAT_INTERVAL_MS is 4000.*change HEARTBEAT_INTERVAL_MS first/);
  assert.equal(conflict.body.errors[0].path, 'value');
  const wide = await put('HEALTH_CACHE_MS', { value: 30_000 });
  assert.deepEqual([wide.status, wide.body.code], [422, 'setting.bad_value']);
  assert.match(wide.body.detail, /from 0 to 29999/);
  assert.equal((await put('NO_SUCH_MS', { value: 1 })).status, 404);
  for (const body of [
    {},
    { value: null },
    { value: [1] },
    { value: 1, extra: 1 },
    { value: 1, provider: '../x' },
  ]) {
    assert.equal((await put('JOB_LEASE_MS', body)).body.code, 'request.invalid', JSON.stringify(body));
  }
  const odd = await api.send('/api/v1/settings/JOB_LEASE_MS/changes?after=x', { as: await api.person() });
  assert.equal(odd.status, 422);
});
