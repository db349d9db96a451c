/** Two apis over one database, as two processes are: what is done at one ends the streams of the other, and says why. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Database } from '#database/database.ts';
import { type EventHub, type EventHubOptions, startEventHub } from '#http/event-hub.ts';
import { eventRoutes } from '#http/event-routes.ts';
import { createHttpServer } from '#http/server.ts';
import { openStream, type StreamReader } from '#http/test-stream.ts';
import type { Env } from '#kernel/env.ts';
import { changeUser } from '../accounts/manage-users.ts';
import { createAuthenticator } from '../authenticator.ts';
import { identityRoutes } from '../routes.ts';
import { credentialOf, findStandings } from '../sessions/stream-standings.ts';
import { TestBrowser } from '../test-browser.ts';
import { createUser, identityDeps, startTestApi, type TestApi, type TestPerson } from '../testing.ts';
import { finishDeletion } from './commands/delete-organisation.ts';
import { memberRoutes } from './member-routes.ts';

const PASSWORD = 'three blind little mice';
const NEXT_PASSWORD = 'see how they run away';
/** Long after every test has ended. */
const NEVER_MS = 3_600_000;

interface TwoApis {
  readonly api: TestApi;
  /** Hears of everything by notification and never looks by itself. */
  readonly told: string;
  /** Hears of nothing and looks by itself. */
  readonly looking: string;
}

async function start(t: TestContext): Promise<TwoApis> {
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: async ({ env, db }) => [
      ...identityRoutes(identityDeps({ env, db })),
      ...memberRoutes({ db }),
      ...(await streamRoutes(t, env, db, { recheckMs: NEVER_MS, pollMs: NEVER_MS })),
    ],
  });
  const { env, db } = api;
  const deaf: Database = { ...db, listen: async () => ({ stop: async () => undefined }) };
  const other = createHttpServer({
    env,
    db,
    authenticator: createAuthenticator(db, async () => undefined),
    routes: await streamRoutes(t, env, deaf, { recheckMs: 200, pollMs: 200 }),
    publicUrl: 'http://inventiv.test',
  });
  t.after(() => other.close());
  const looking = await other.listen({ host: '127.0.0.1', port: 0 });
  return { api, told: api.url, looking };
}

async function streamRoutes(t: TestContext, env: Env, db: Database, options: Partial<EventHubOptions>) {
  const hub: EventHub = await startEventHub(env, db, { findStandings: findStandings(db), ...options });
  t.after(() => hub.stop());
  return eventRoutes({ hub, credentialOf });
}

async function openBoth(t: TestContext, { told, looking }: TwoApis, cookie: string): Promise<StreamReader[]> {
  const readers = [await openStream(t, told, { cookie }), await openStream(t, looking, { cookie })];
  for (const reader of readers) await reader.until(() => reader.ids().length > 0);
  return readers;
}

async function requireReason(readers: readonly StreamReader[], reason: string, what: string): Promise<void> {
  for (const reader of readers) assert.equal(await reader.untilEnd(what), reason, what);
}

async function signedIn({ api }: TwoApis, login: string): Promise<TestBrowser> {
  const browser = new TestBrowser(api);
  assert.equal((await browser.signIn(login, PASSWORD)).status, 200);
  return browser;
}

const cookieOf = ({ cookies }: TestBrowser) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

test('streams of a member who is removed, leaves or gets another role end at both apis, and no others', async (t) => {
  const two = await start(t);
  const { api } = two;
  const owner = await api.person();
  const path = (one: TestPerson) => `/api/v1/organisation/members/${one.userId}`;
  const change = (one: TestPerson, role: string) =>
    api.send(path(one), { method: 'PATCH', as: owner, body: { role } });
  const remove = (one: TestPerson, as = owner) => api.send(path(one), { method: 'DELETE', as });
  const acts: [string, string, (one: TestPerson) => Promise<{ status: number }>][] = [
    ['removed', 'member_removed', (one) => remove(one)],
    ['leaving', 'member_removed', (one) => remove(one, one)],
    ['raised', 'role_changed', (one) => change(one, 'admin')],
    ['made an owner', 'session_ended', (one) => change(one, 'owner')],
    ['lowered', 'role_changed', (one) => change(one, 'user')],
  ];
  const others = await openBoth(t, two, (await api.person('admin', owner.orgId)).cookie);
  for (const [what, reason, act] of acts) {
    const one = await api.person('manager', owner.orgId);
    await api.db.query(
      `insert into organisations (id, slug, name, kind, personal_user_id, created_at)
       values ($1, $1, 'Own', 'personal', $2, app_now())`,
      [`org-${one.userId.slice(5)}`, one.userId],
    );
    const readers = await openBoth(t, two, one.cookie);
    assert.equal((await act(one)).status, 200, what);
    await requireReason(readers, reason, what);
  }
  assert(others.every(({ isClosed }) => !isClosed));
});

test('streams end when their session is signed out, revoked, or its token replaced by a new password', async (t) => {
  const two = await start(t);
  const { api } = two;
  await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const [one, gone, revoked] = [
    await signedIn(two, 'ada'),
    await signedIn(two, 'ada'),
    await signedIn(two, 'ada'),
  ];
  const streams = await Promise.all([one, gone, revoked].map((of) => openBoth(t, two, cookieOf(of))));
  assert.equal((await gone.send('DELETE', '/api/v1/session')).status, 204);
  await requireReason(streams[1] ?? [], 'session_ended', 'signed out');
  assert.deepEqual((await one.send('DELETE', '/api/v1/sessions')).body, { ended: 1 });
  await requireReason(streams[2] ?? [], 'session_ended', 'revoked');
  assert(streams[0]?.every(({ isClosed }) => !isClosed));
  const other = await openBoth(t, two, cookieOf(await signedIn(two, 'ada')));
  const change = { current_password: PASSWORD, new_password: NEXT_PASSWORD };
  const changed = await one.send('POST', '/api/v1/account/password', change);
  assert(changed.status < 300, JSON.stringify(changed.body));
  await requireReason(streams[0] ?? [], 'token_replaced', 'its own session');
  await requireReason(other, 'session_ended', 'the others');
  const back = await openBoth(t, two, cookieOf(one));
  assert(back.every(({ isClosed }) => !isClosed));
});

test('streams end when their user is disabled, moves elsewhere, or their organisation is deleted', async (t) => {
  const two = await start(t);
  const { api } = two;
  const { orgId } = await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  await api.db.query(
    `insert into users (id, username, email, password_hash, is_platform_admin, created_at)
     values ('user_root', 'root', 'root@x.test', 'none', true, app_now())`,
  );
  const ada = await signedIn(two, 'ada');
  const moving = await openBoth(t, two, cookieOf(ada));
  const personal = (await ada.send('GET', '/api/v1/account')).body.organisations.find(
    ({ kind }: { kind: string }) => kind === 'personal',
  );
  const moved = await ada.send('POST', '/api/v1/session/organisation', { organisation_id: personal.id });
  assert.equal(moved.status, 200);
  await requireReason(moving, 'organisation_switched', 'moved');

  const staying = await signedIn(two, 'ada');
  const deleted = await openBoth(t, two, cookieOf(staying));
  await api.db.query('update organisations set deletion_asked_at = app_now() where id = $1', [orgId]);
  await api.db.transaction((tx) => finishDeletion(tx, { orgId }, async () => true));
  await requireReason(deleted, 'organisation_deleted', 'deleted');

  const { userId } = await createUser(api.env, api.db, { username: 'bob', password: PASSWORD });
  const disabled = await openBoth(t, two, cookieOf(await signedIn(two, 'bob')));
  const by = { actor: 'test', correlationId: 'cor_1' } as never;
  await changeUser(identityDeps({ env: api.env, db: api.db }), userId, { is_disabled: true }, by);
  await requireReason(disabled, 'user_disabled', 'disabled');
});

test('what nobody is told of is seen all the same: a session that expires, or that is not used', async (t) => {
  const two = await start(t);
  const { api } = two;
  for (const change of [
    'expires_at = app_now()',
    `idle_ms = 1000, last_seen_at = app_now() - interval '2 seconds'`,
  ]) {
    const one = await api.person();
    const stream = await openStream(t, two.looking, { cookie: one.cookie });
    await stream.until(() => stream.ids().length > 0);
    await api.db.query(`update sessions set ${change} where id = $1`, [one.sessionId]);
    await requireReason([stream], 'session_expired', change);
  }
});

test('a listener that was cut off looks again as soon as it is back', async (t) => {
  const { api, told } = await start(t);
  const one = await api.person();
  const stream = await openStream(t, told, { cookie: one.cookie });
  await stream.until(() => stream.ids().length > 0);
  const cut = () =>
    api.db.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and query ilike 'listen %' and pid <> pg_backend_pid()`,
    );
  assert((await cut()).length > 0, 'somebody listened');
  // Without a notification, which nobody would hear.
  await api.db.query('update sessions set revoked_at = app_now() where id = $1', [one.sessionId]);
  await requireReason([stream], 'session_ended', 'after the cut');
});
