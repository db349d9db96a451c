import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { reasonToEnd } from '#http/stream-guard.ts';
import { hashToken } from '#kernel/token.ts';
import { ensurePersonalWorkspaces } from '../accounts/personal-workspace.ts';
import { createAuthenticator } from '../authenticator.ts';
import { findSessionByToken } from '../queries.ts';
import { identityRoutes } from '../routes.ts';
import { TestBrowser } from '../test-browser.ts';
import { createUser, identityDeps, startTestApi, type TestApi } from '../testing.ts';
import { endSessionsInOrganisation } from './end-sessions.ts';
import { credentialOf, findStandings } from './stream-standings.ts';

const PASSWORD = 'three blind little mice';

const start = (t: TestContext): Promise<TestApi> =>
  startTestApi(t, { routes: (parts) => identityRoutes(identityDeps(parts)) });

async function signedIn(api: TestApi, login = 'ada'): Promise<TestBrowser> {
  const browser = new TestBrowser(api);
  assert.equal((await browser.signIn(login, PASSWORD)).status, 200);
  return browser;
}

const personalOf = async (browser: TestBrowser) => {
  const { body } = await browser.send('GET', '/api/v1/account');
  return body.organisations.find(({ kind }: { kind: string }) => kind === 'personal').id as string;
};

test('people see where they are signed in, and end one session or all others', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const [one, two, three] = [await signedIn(api), await signedIn(api), await signedIn(api)];
  const { body } = await one.send('GET', '/api/v1/sessions');
  assert.equal(body.data.length, 3);
  const current = body.data.filter(({ is_current }: { is_current: boolean }) => is_current);
  assert.equal(current.length, 1);
  assert.deepEqual(
    [current[0].user_agent, current[0].address, current[0].method],
    ['Test/1.0', '127.0.0.1', 'password'],
  );
  const mine = current[0].id as string;
  const theirs = (await two.send('GET', '/api/v1/sessions')).body.data.find(
    ({ is_current }: { is_current: boolean }) => is_current,
  ).id;
  assert.equal((await one.send('DELETE', `/api/v1/sessions/${theirs}`)).status, 204);
  assert.deepEqual(
    [await one.isSignedIn(), await two.isSignedIn(), await three.isSignedIn()],
    [true, false, true],
  );
  assert.equal((await one.send('DELETE', `/api/v1/sessions/${theirs}`)).body.code, 'session.not_found');
  assert.deepEqual((await one.send('DELETE', '/api/v1/sessions')).body, { ended: 1 });
  assert.equal(await three.isSignedIn(), false);
  const left = (await one.send('GET', '/api/v1/sessions')).body.data.map(({ id }: { id: string }) => id);
  assert.deepEqual(left, [mine]);
});

test('nobody sees or ends the session of somebody else', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  await createUser(api.env, api.db, { username: 'eve', password: PASSWORD });
  const [ada, eve] = [await signedIn(api), await signedIn(api, 'eve')];
  const [session] = (await ada.send('GET', '/api/v1/sessions')).body.data;
  assert.equal((await eve.send('GET', '/api/v1/sessions')).body.data.length, 1);
  assert.equal((await eve.send('DELETE', `/api/v1/sessions/${session.id}`)).status, 404);
  await eve.send('DELETE', '/api/v1/sessions');
  assert.equal(await ada.isSignedIn(), true);
});

test('each session acts in an organisation of its own, and gets a new token where its role is higher', async (t) => {
  const api = await start(t);
  const { userId } = await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const other = await api.person('owner');
  await api.db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'user', app_now())`,
    [other.orgId, userId],
  );
  const [one, two] = [await signedIn(api), await signedIn(api)];
  const before = one.cookies.get('inv_session');
  const go = (browser: TestBrowser, organisation_id: string) =>
    browser.send('POST', '/api/v1/session/organisation', { organisation_id });
  const moved = await go(one, other.orgId);
  assert.deepEqual([moved.status, moved.body.organisation.role], [200, 'user']);
  assert.equal(one.cookies.get('inv_session'), before, 'fewer rights need no new token');
  assert.notEqual((await two.send('GET', '/api/v1/session')).body.organisation.id, other.orgId);
  const thief = one.copy();
  const personal = await go(one, await personalOf(one));
  assert.deepEqual([personal.body.organisation.kind, personal.body.organisation.role], ['personal', 'owner']);
  assert.notEqual(one.cookies.get('inv_session'), before);
  assert.deepEqual([await one.isSignedIn(), await thief.isSignedIn()], [true, false]);
  const strange = await api.person('owner');
  for (const id of [strange.orgId, 'org_none', "'"]) {
    assert.equal((await go(one, id)).body.code, 'organisation.not_found', id);
  }
});

test('who leaves an organisation goes on in the personal workspace, and open streams there end', async (t) => {
  const api = await start(t);
  const { userId, orgId } = await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const ada = await signedIn(api);
  const headers = { cookie: `inv_session=${ada.cookies.get('inv_session')}` };
  const authenticator = createAuthenticator(api.db, async () => undefined);
  const caller = await authenticator.user({ headers } as never);
  assert(caller?.orgId === orgId);
  const whyToEnd = async () => {
    const standings = await findStandings(api.db)([caller.sessionId]);
    const owner = { viewer: caller, credential: credentialOf(headers) };
    return reasonToEnd(owner, standings.get(caller.sessionId));
  };
  assert.equal(await whyToEnd(), undefined);
  await api.db.query('delete from memberships where user_id = $1 and org_id = $2', [userId, orgId]);
  assert.equal(await whyToEnd(), 'member_removed');
  const { status, body } = await ada.send('GET', '/api/v1/session');
  assert.deepEqual([status, body.organisation.kind, body.organisation.role], [200, 'personal', 'owner']);
  const [session] = (await ada.send('GET', '/api/v1/sessions')).body.data;
  assert.equal(session.organisation.id, body.organisation.id);
});

test('a personal workspace is nobody else’s: nobody joins it, its owner stays, and it stays', async (t) => {
  const api = await start(t);
  const { userId } = await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const ada = await signedIn(api);
  const other = await api.person();
  const id = await personalOf(ada);
  const refused: [string, string, unknown[]][] = [
    [
      `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'user', app_now())`,
      'personal_workspace_is_closed',
      [id, other.userId],
    ],
    [
      `update memberships set role = 'user' where org_id = $1 and user_id = $2`,
      'personal_workspace_stays',
      [id, userId],
    ],
    [`update memberships set user_id = $2 where org_id = $1`, 'personal_workspace_stays', [id, other.userId]],
    [`delete from memberships where org_id = $1 and user_id = $2`, 'personal_workspace_stays', [id, userId]],
    [
      `update organisations set kind = 'team', personal_user_id = null where id = $1`,
      'personal_workspace_stays',
      [id],
    ],
    [
      `update organisations set personal_user_id = $2 where id = $1`,
      'personal_workspace_stays',
      [id, other.userId],
    ],
    [`delete from organisations where id = $1`, 'personal_workspace_stays', [id]],
  ];
  for (const [sql, constraint, values] of refused) {
    await assert.rejects(api.db.query(sql, values), { constraint }, sql);
  }
});

test('users from before there were personal workspaces get theirs at the next start, once', async (t) => {
  const api = await start(t);
  const people = await Promise.all(Array.from({ length: 3 }, () => api.person()));
  const made = await Promise.all([
    ensurePersonalWorkspaces(api.env, api.db),
    ensurePersonalWorkspaces(api.env, api.db),
  ]);
  assert.equal(await ensurePersonalWorkspaces(api.env, api.db), 0);
  assert(made[0] + made[1] >= people.length);
  const rows = await api.db.query<{ personal_user_id: string; role: string }>(
    `select o.personal_user_id, m.role from organisations o
     join memberships m on m.org_id = o.id and m.user_id = o.personal_user_id where o.kind = 'personal'
     order by o.id`,
  );
  const owners = new Set<string>(rows.map((row) => row.personal_user_id));
  assert.deepEqual(owners, new Set<string>(people.map(({ userId }) => userId)));
});

test('a session that is not used ends, one that is used goes on to its end', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const ada = await signedIn(api);
  await api.db.query(`update sessions set last_seen_at = app_now() - interval '23 hours'`);
  assert.equal(await ada.isSignedIn(), true);
  const [row] = await api.db.query<{ is_fresh: boolean }>(
    `select last_seen_at > app_now() - interval '1 hour' as is_fresh from sessions`,
  );
  assert.equal(row?.is_fresh, true, 'its use was noted');
  await api.db.query(`update sessions set last_seen_at = app_now() - interval '25 hours'`);
  assert.equal(await ada.isSignedIn(), false);
  assert.deepEqual((await ada.send('GET', '/api/v1/sessions')).status, 401);
  await api.db.query(`update sessions set last_seen_at = app_now(), expires_at = app_now()`);
  assert.equal(await ada.isSignedIn(), false);
});

test('a token that a browser brings along is never the one of the session it gets', async (t) => {
  const api = await start(t);
  await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  await createUser(api.env, api.db, { username: 'eve', password: PASSWORD });
  const eve = await signedIn(api, 'eve');
  const planted = eve.cookies.get('inv_session') ?? '';
  const victim = new TestBrowser(api);
  victim.cookies.set('inv_session', planted);
  await victim.signIn('ada', PASSWORD);
  assert.notEqual(victim.cookies.get('inv_session'), planted);
  assert.equal((await findSessionByToken(api.db, planted))?.view.user.username, 'eve');
  const stored = await api.db.query<{ token_hash: string }>('select token_hash from sessions');
  assert(stored.some(({ token_hash }) => token_hash === hashToken(victim.cookies.get('inv_session') ?? '')));
  const out = victim.copy();
  await victim.send('DELETE', '/api/v1/session');
  assert.equal(await out.isSignedIn(), false, 'nor is it after a sign-out');
});

test('ending sessions in one organisation leaves those in others', async (t) => {
  const api = await start(t);
  const { userId, orgId } = await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const [one, two] = [await signedIn(api), await signedIn(api)];
  await two.send('POST', '/api/v1/session/organisation', { organisation_id: await personalOf(two) });
  assert.equal(await api.db.transaction((tx) => endSessionsInOrganisation(tx, { orgId }, userId)), 1);
  assert.deepEqual([await one.isSignedIn(), await two.isSignedIn()], [false, true]);
});
