import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertView } from '#contracts/alerts.ts';
import { startTestApi } from '#identity/testing.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import { closeAlert, raiseAlert } from './alerts.ts';
import { alertRoutes } from './routes.ts';

test('an alert is open once per cause and subject, is seen again, is closed, and may come back', async (t) => {
  const api = await startTestApi(t, { asRole: 'api', routes: ({ db }) => alertRoutes({ db }) });
  const as = await api.person('user');
  const subject = { kind: 'instance', id: 'inst_x' };
  const alert = {
    code: 'TERMINATION_STALLED',
    severity: 'critical',
    orgId: as.orgId,
    subject,
    correlationId: newId(api.env, 'correlation'),
  } as const;
  const raise = (details: Record<string, unknown>) =>
    api.db.transaction((tx) => raiseAlert(api.env, tx, { ...alert, details }));
  const raised = await Promise.all([raise({ n: 1 }), raise({ n: 1 }), raise({ n: 1 })]);
  assert.deepEqual(raised.filter(Boolean).length, 1, 'of many at once one is new');
  assert.equal(await raise({ n: 2 }), false);
  const open = await api.send('/api/v1/alerts', { as });
  assert.equal(open.status, 200);
  const [shown] = open.body.data as AlertView[];
  assert.equal(open.body.data.length, 1);
  assert.deepEqual([shown?.code, shown?.details, shown?.closed_at], [alert.code, { n: 2 }, null]);
  const close = () => api.db.transaction((tx) => closeAlert(tx, subject, alert.code, 'OTHER'));
  assert.deepEqual(await close(), [alert.code]);
  assert.deepEqual(await close(), []);
  assert.deepEqual((await api.send('/api/v1/alerts', { as })).body.data, []);
  assert.equal((await api.send('/api/v1/alerts?state=closed', { as })).body.data.length, 1);
  assert.equal(await raise({ n: 3 }), true, 'it comes back as another one');
  assert.equal((await api.send('/api/v1/alerts?state=all', { as })).body.data.length, 2);
});

test("members see their organisation's alerts, platform administrators also the installation's", async (t) => {
  const api = await startTestApi(t, { asRole: 'api', routes: ({ db }) => alertRoutes({ db }) });
  const mine = await api.person('owner');
  const theirs = await api.person('owner');
  const correlationId = newId(api.env, 'correlation');
  for (const orgId of [mine.orgId, theirs.orgId, null] as (OrgId | null)[]) {
    const subject = { kind: 'thing', id: orgId ?? 'all' };
    await api.db.transaction((tx) =>
      raiseAlert(api.env, tx, { code: 'STUCK', severity: 'warning', orgId, subject, correlationId }),
    );
  }
  const seen = async () =>
    ((await api.send('/api/v1/alerts', { as: mine })).body.data as AlertView[]).map((row) => row.org_id);
  assert.deepEqual(await seen(), [mine.orgId]);
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [mine.userId]);
  assert.deepEqual(new Set(await seen()), new Set([mine.orgId, null]));
  const pages: unknown[] = [];
  let after = '';
  do {
    const { body } = await api.send(`/api/v1/alerts?limit=1${after && `&after=${after}`}`, { as: mine });
    pages.push(...body.data);
    after = body.next_cursor ?? '';
  } while (after);
  assert.equal(pages.length, 2);
  assert.equal((await api.send('/api/v1/alerts?state=odd', { as: mine })).status, 422);
});

test('opening and closing is told once, to the organisation or for the installation', async (t) => {
  const api = await startTestApi(t, { asRole: 'api', routes: ({ db }) => alertRoutes({ db }) });
  const mine = await api.person('owner');
  const told = async () => {
    const rows = await api.db.query<{ org: string | null; summary: object }>(
      `select org_id as org, summary from events where type = 'alert.changed' order by xid, seq`,
    );
    await api.db.query('delete from events');
    return rows;
  };
  const raise = (orgId: OrgId | null) => {
    const subject = { kind: 'thing', id: orgId ?? 'all' };
    const correlationId = newId(api.env, 'correlation');
    const alert = { code: 'STUCK', severity: 'warning', orgId, subject, correlationId } as const;
    return api.db.transaction((tx) => raiseAlert(api.env, tx, alert));
  };
  const close = (id: string) => api.db.transaction((tx) => closeAlert(tx, { kind: 'thing', id }, 'STUCK'));
  await raise(mine.orgId);
  await raise(mine.orgId);
  assert.deepEqual(await told(), [{ org: mine.orgId, summary: { code: 'STUCK', is_open: true } }]);
  await close(mine.orgId);
  await close(mine.orgId);
  assert.deepEqual(await told(), [{ org: mine.orgId, summary: { code: 'STUCK', is_open: false } }]);
  await raise(null);
  assert.deepEqual(await told(), [{ org: null, summary: { code: 'STUCK', is_open: true } }]);
  await close('all');
  assert.deepEqual(await told(), [{ org: null, summary: { code: 'STUCK', is_open: false } }]);
});
