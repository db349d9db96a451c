import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfig } from '#config/config.ts';
import type { NewMail } from '#contracts/mail.ts';
import type { Env } from '#kernel/env.ts';
import { Secret } from '#kernel/secret.ts';
import { identityRoutes } from '../routes.ts';
import { TestBrowser } from '../test-browser.ts';
import { createUser, identityDeps, startTestApi, type TestAnswer, type TestApi } from '../testing.ts';
import { parseGroupRoles, readOidcConfig } from './oidc-config.ts';
import { openSingleSignOn, readPerson } from './single-sign-on.ts';
import { CLIENT_ID, CLIENT_SECRET, startProvider, type TestProvider } from './test-provider.ts';

const PASSWORD = 'three blind little mice';
const ADA = { email: 'ada@example.test', email_verified: true, preferred_username: 'ada' };

interface Stage {
  readonly api: TestApi;
  readonly provider: TestProvider;
  readonly mails: NewMail[];
  /** Moves the clock of the sign-on alone. */
  readonly clock: { offsetMs: number };
  browser(): TestBrowser;
  begin(browser: TestBrowser, returnTo?: string): Promise<string>;
  comeBack(browser: TestBrowser, callback: URL): Promise<TestAnswer>;
  /** The whole way; gives where the browser ends up. */
  signIn(browser: TestBrowser, subject: string, returnTo?: string): Promise<string>;
}

async function start(t: TestContext, environment: Record<string, string> = {}): Promise<Stage> {
  const provider = await startProvider(t);
  const clock = { offsetMs: 0 };
  const mails: NewMail[] = [];
  const api = await startTestApi(t, {
    routes: (parts) => {
      const deps = identityDeps(parts, { mails });
      const values = {
        PUBLIC_URL: 'http://inventiv.test',
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: CLIENT_ID,
      };
      const scopes = { OIDC_SCOPES: 'openid email profile groups', SECRETS_DIR: '/nowhere' };
      const config = readOidcConfig(readConfig({ ...values, ...scopes, ...environment }));
      assert(config);
      const env: Env = {
        ...parts.env,
        clock: { ...parts.env.clock, now: () => parts.env.clock.now() + clock.offsetMs },
      };
      const withSecret = { ...config, clientSecret: new Secret(CLIENT_SECRET) };
      return identityRoutes({
        ...deps,
        singleSignOn: openSingleSignOn({ env, sealer: deps.sealer }, withSecret),
      });
    },
  });
  const begin = async (browser: TestBrowser, returnTo?: string) => {
    const query = returnTo === undefined ? '' : `?${new URLSearchParams({ return_to: returnTo })}`;
    const answer = await browser.send('GET', `/api/v1/login/oidc/start${query}`);
    assert.equal(answer.status, 303);
    return answer.headers.get('location') ?? '';
  };
  const comeBack = (browser: TestBrowser, callback: URL) =>
    browser.send('GET', `${callback.pathname}${callback.search}`);
  return {
    api,
    provider,
    mails,
    clock,
    browser: () => new TestBrowser(api),
    begin,
    comeBack,
    async signIn(browser, subject, returnTo) {
      const callback = await provider.visit(await begin(browser, returnTo), subject);
      return (await comeBack(browser, callback)).headers.get('location') ?? '';
    },
  };
}

const failed = (code: string) => `/login?error=${code}`;
const whoAmI = async (browser: TestBrowser) => (await browser.send('GET', '/api/v1/session')).body;

test('whom the provider knows signs in, is the same person the next time, and comes back to the same page', async (t) => {
  const { api, provider, signIn, browser, begin } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', { ...ADA, preferred_username: 'Ada Lovelace@corp' });
  const one = browser();
  assert.equal(await signIn(one, 'sub-1', '/deployments?tab=a'), '/deployments?tab=a');
  const first = await whoAmI(one);
  assert.deepEqual([first.user.username, first.organisation.kind], ['Ada-Lovelace', 'personal']);
  assert.equal(one.cookies.has('inv_oidc'), false, 'nothing of the attempt stays');
  // The address belongs to somebody else by now; the subject is who it was.
  provider.people.set('sub-1', { email: 'changed@example.test', email_verified: false });
  const two = browser();
  assert.equal(await signIn(two, 'sub-1'), '/');
  assert.equal((await whoAmI(two)).user.id, first.user.id);
  const sessions = (await two.send('GET', '/api/v1/sessions')).body.data;
  assert(sessions.every(({ method }: { method: string }) => method === 'oidc'));
  assert.equal((await api.db.query('select 1 from users')).length, 1);
  const entries = await api.db.query(
    `select actor_id, outcome, after from audit_log where action = 'login.oidc_callback'`,
  );
  const entry = {
    actor_id: first.user.id,
    outcome: 'done',
    after: { login: 'Ada-Lovelace', issuer: provider.issuer },
  };
  assert.deepEqual(entries, [entry, entry], 'and nothing of what the provider sent along');
  const url = new URL(await begin(browser()));
  assert.deepEqual(
    [url.searchParams.get('code_challenge_method'), url.searchParams.get('response_type')],
    ['S256', 'code'],
  );
  for (const name of ['state', 'nonce', 'code_challenge']) {
    assert((url.searchParams.get(name) ?? '').length >= 43, name);
  }
});

test('a callback that this browser did not begin leads nowhere', async (t) => {
  const { provider, browser, begin, comeBack } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', ADA);
  const attacker = browser();
  const callback = await provider.visit(await begin(attacker), 'sub-1');
  const victim = browser();
  assert.equal((await comeBack(victim, callback)).headers.get('location'), failed('oidc.failed'));
  // Not with an attempt of their own either, whose state is another.
  await begin(victim);
  assert.equal((await comeBack(victim, callback)).headers.get('location'), failed('oidc.failed'));
  assert.equal(await victim.isSignedIn(), false);
  const forged = browser();
  forged.cookies.set('inv_oidc', 'v1.x.y.z');
  assert.equal((await comeBack(forged, callback)).headers.get('location'), failed('oidc.failed'));
});

test('another state, nonce or challenge, a missing state, and another issuer are refused', async (t) => {
  const { provider, browser, begin, comeBack } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', ADA);
  for (const name of ['state', 'nonce', 'code_challenge']) {
    const ada = browser();
    const url = new URL(await begin(ada));
    url.searchParams.set(name, 'A'.repeat(43));
    const callback = await provider.visit(url.href, 'sub-1');
    assert.equal((await comeBack(ada, callback)).headers.get('location'), failed('oidc.failed'), name);
    assert.equal(await ada.isSignedIn(), false, name);
  }
  for (const change of [
    { state: '' },
    { state: 'other' },
    { iss: 'https://evil.test' },
    { code: 'guessed' },
  ]) {
    const ada = browser();
    const callback = await provider.visit(await begin(ada), 'sub-1');
    for (const [name, value] of Object.entries(change)) callback.searchParams.set(name, value);
    assert.equal(
      (await comeBack(ada, callback)).headers.get('location'),
      failed('oidc.failed'),
      JSON.stringify(change),
    );
  }
  const ada = browser();
  const twice = await provider.visit(await begin(ada), 'sub-1');
  twice.searchParams.append('state', 'other');
  assert.equal((await comeBack(ada, twice)).status, 422, 'two of one name have no meaning');
});

test('a code is worth one session, however often it is shown', async (t) => {
  const { api, provider, browser, begin, comeBack } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', ADA);
  const ada = browser();
  const callback = await provider.visit(await begin(ada), 'sub-1');
  const thief = ada.copy();
  assert.equal((await comeBack(ada, callback)).headers.get('location'), '/');
  assert.equal((await comeBack(thief, callback)).headers.get('location'), failed('oidc.failed'));
  assert.equal(await thief.isSignedIn(), false);
  assert.equal((await api.db.query('select 1 from sessions')).length, 1);
});

test('an attempt is over after ten minutes', async (t) => {
  const { provider, browser, begin, comeBack, clock } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', ADA);
  const ada = browser();
  const callback = await provider.visit(await begin(ada), 'sub-1');
  clock.offsetMs = 600_001;
  assert.equal((await comeBack(ada, callback)).headers.get('location'), failed('oidc.failed'));
});

test('nobody is sent to another site', async (t) => {
  const { provider, browser, signIn } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', ADA);
  for (const away of ['https://evil.test', '//evil.test', '/\\evil.test', '/..//evil.test']) {
    assert.equal(await signIn(browser(), 'sub-1', away), '/', away);
  }
});

test('an address that the provider has not verified makes and opens no account', async (t) => {
  const { api, provider, browser, signIn } = await start(t, {
    OIDC_CREATE_USERS: 'on',
    OIDC_LINK_BY_EMAIL: 'on',
  });
  await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  for (const claims of [{ email: ADA.email, email_verified: false }, { email: ADA.email }]) {
    provider.people.set('sub-1', claims);
    assert.equal(await signIn(browser(), 'sub-1'), failed('oidc.email_unverified'));
  }
  provider.people.set('sub-2', { preferred_username: 'ada' });
  assert.equal(await signIn(browser(), 'sub-2'), failed('oidc.no_account'));
  assert.deepEqual(await api.db.query('select 1 from user_identities'), []);
});

test('an account with a password is not taken over by its address, unless the setting says so', async (t) => {
  const strict = await start(t, { OIDC_CREATE_USERS: 'on' });
  const { userId } = await createUser(strict.api.env, strict.api.db, { username: 'ada', password: PASSWORD });
  strict.provider.people.set('sub-1', ADA);
  assert.equal(await strict.signIn(strict.browser(), 'sub-1'), failed('oidc.account_exists'));
  const ada = strict.browser();
  await ada.signIn('ada', PASSWORD);
  const link = (body: object) => ada.send('POST', '/api/v1/account/identities', body);
  assert.equal((await link({})).body.code, 'auth.wrong_password');
  const { body } = await link({ password: PASSWORD });
  const callback = await strict.provider.visit(body.authorization_url, 'sub-1');
  // Who began it is signed out meanwhile, or somebody else: nothing is linked.
  const elsewhere = ada.copy();
  elsewhere.cookies.delete('inv_session');
  assert.equal((await strict.comeBack(elsewhere, callback)).headers.get('location'), failed('oidc.failed'));
  const again = await link({ password: PASSWORD });
  const second = await strict.provider.visit(again.body.authorization_url, 'sub-1');
  assert.equal((await strict.comeBack(ada, second)).headers.get('location'), '/');
  const linked = strict.browser();
  await strict.signIn(linked, 'sub-1');
  assert.equal((await whoAmI(linked)).user.id, userId);
  assert.equal((await ada.send('GET', '/api/v1/account')).body.identities.length, 1);

  const trusting = await start(t, { OIDC_LINK_BY_EMAIL: 'on' });
  const made = await createUser(trusting.api.env, trusting.api.db, { username: 'ada', password: PASSWORD });
  trusting.provider.people.set('sub-9', ADA);
  const browser = trusting.browser();
  assert.equal(await trusting.signIn(browser, 'sub-9'), '/');
  assert.equal((await whoAmI(browser)).user.id, made.userId);
});

test('who signs in with the provider only gets no password by mail, and keeps the one way in', async (t) => {
  const { api, provider, browser, signIn, mails } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', { ...ADA, locale: 'fr-FR' });
  const ada = browser();
  await signIn(ada, 'sub-1');
  const reset = await browser().send('POST', '/api/v1/password-reset', { login: 'ada' });
  assert.deepEqual([reset.status, mails.length], [202, 0]);
  const change = { current_password: 'x', new_password: PASSWORD };
  assert.equal((await ada.send('POST', '/api/v1/account/password', change)).status, 403);
  const issuer = provider.issuer;
  const remove = (body: object) => ada.send('POST', '/api/v1/account/identities/remove', { issuer, ...body });
  assert.equal((await remove({})).body.code, 'oidc.only_way');
  // An administrator's link gives a password; then the other way may go.
  const root = await api.person();
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [root.userId]);
  const { id } = (await whoAmI(ada)).user;
  await api.send(`/api/v1/users/${id}/password-link`, { method: 'POST', as: root });
  assert.deepEqual([mails[0]?.template, mails[0]?.language], ['account_created', 'fr']);
  const token = /#token=(\S+)$/.exec(mails[0]?.values['link'] ?? '')?.[1];
  await browser().send('POST', '/api/v1/password-reset/confirm', { token, password: PASSWORD });
  await ada.signIn('ada', PASSWORD);
  assert.equal((await remove({ password: 'wrong' })).body.code, 'auth.wrong_password');
  assert.equal(
    (await remove({ password: PASSWORD, issuer: 'https://other.test' })).body.code,
    'oidc.not_linked',
  );
  assert.equal((await remove({ password: PASSWORD })).status, 204);
  assert.equal(await signIn(browser(), 'sub-1'), failed('oidc.account_exists'));
});

test('without a password, what changes the way one signs in needs a recent sign-in', async (t) => {
  const { api, provider, browser, signIn } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', ADA);
  const ada = browser();
  await signIn(ada, 'sub-1');
  const begin = () => ada.send('POST', '/api/v1/account/totp', {});
  assert.equal((await begin()).status, 200);
  await api.db.query(`update sessions set created_at = app_now() - interval '11 minutes'`);
  assert.equal((await begin()).body.code, 'auth.sign_in_again');
});

test('an identity belongs to one account', async (t) => {
  const { api, provider, browser, signIn, comeBack } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', { ...ADA, email: 'other@example.test' });
  await signIn(browser(), 'sub-1');
  await createUser(api.env, api.db, { username: 'eve', password: PASSWORD });
  const eve = browser();
  await eve.signIn('eve', PASSWORD);
  const { body } = await eve.send('POST', '/api/v1/account/identities', { password: PASSWORD });
  const callback = await provider.visit(body.authorization_url, 'sub-1');
  assert.equal((await comeBack(eve, callback)).headers.get('location'), failed('oidc.linked_elsewhere'));
});

test('who has no account gets one only where that is on, and from the domains that are allowed', async (t) => {
  const closed = await start(t);
  closed.provider.people.set('sub-1', ADA);
  assert.equal(await closed.signIn(closed.browser(), 'sub-1'), failed('oidc.no_account'));

  const open = await start(t, { OIDC_CREATE_USERS: 'on', OIDC_EMAIL_DOMAINS: 'Example.test, @other.test' });
  open.provider.people.set('in', { ...ADA, email: 'in@EXAMPLE.test' });
  open.provider.people.set('out', { ...ADA, email: 'out@evil-example.test' });
  open.provider.people.set('sub', { ...ADA, email: 'x@example.test@evil.test' });
  open.provider.people.set('unverified', { email: 'u@example.test', email_verified: false });
  assert.equal(await open.signIn(open.browser(), 'in'), '/');
  assert.equal(await open.signIn(open.browser(), 'out'), failed('oidc.domain_refused'));
  assert.equal(await open.signIn(open.browser(), 'sub'), failed('oidc.domain_refused'));
  assert.equal(await open.signIn(open.browser(), 'unverified'), failed('oidc.email_unverified'));
});

test('two first sign-ins at once make one account, and names that are taken get a number', async (t) => {
  const { api, provider, browser, begin, comeBack, signIn } = await start(t, { OIDC_CREATE_USERS: 'on' });
  await createUser(api.env, api.db, { username: 'ADA', password: PASSWORD });
  await api.db.query(`update users set email = 'else@example.test'`);
  provider.people.set('sub-1', ADA);
  const browsers = [browser(), browser()];
  const callbacks: URL[] = [];
  for (const one of browsers) callbacks.push(await provider.visit(await begin(one), 'sub-1'));
  const answers = await Promise.all(browsers.map((one, i) => comeBack(one, callbacks[i] as URL)));
  assert.deepEqual(
    answers.map(({ headers }) => headers.get('location')),
    ['/', '/'],
  );
  const names = await api.db.query<{ username: string }>('select username from users order by id');
  assert.deepEqual(
    names.map(({ username }) => username),
    ['ADA', 'ada-2'],
  );
  provider.people.set('sub-3', { email: 'z@example.test', email_verified: true, preferred_username: '日本' });
  await signIn(browser(), 'sub-3');
  assert.equal((await api.db.query(`select 1 from users where username = 'user'`)).length, 1);
});

test('who is disabled stays out, whatever the provider says', async (t) => {
  const { api, provider, browser, signIn } = await start(t, { OIDC_CREATE_USERS: 'on' });
  provider.people.set('sub-1', ADA);
  await signIn(browser(), 'sub-1');
  await api.db.query('update users set disabled_at = app_now()');
  assert.equal(await signIn(browser(), 'sub-1'), failed('oidc.no_account'));
});

test('groups give roles, anew at each sign-in, and take only what they gave', async (t) => {
  const map = 'cn=admins,dc=x=one:admin; staff=one:user; staff=two:manager; staff=gone:user';
  const { api, provider, browser, signIn } = await start(t, {
    OIDC_CREATE_USERS: 'on',
    OIDC_GROUP_ROLES: map,
  });
  const boss = await api.person('owner');
  const chief = await api.person('owner');
  await api.db.query(`update organisations set slug = 'one' where id = $1`, [boss.orgId]);
  await api.db.query(`update organisations set slug = 'two' where id = $1`, [chief.orgId]);
  const rolesWith = async (groups?: string[]) => {
    provider.people.set('sub-1', { ...ADA, ...(groups ? { groups } : {}) });
    const ada = browser();
    assert.equal(await signIn(ada, 'sub-1'), '/');
    const { organisations } = (await ada.send('GET', '/api/v1/account')).body;
    return Object.fromEntries(
      organisations
        .filter(({ kind }: { kind: string }) => kind === 'team')
        .map(({ slug, role }: { slug: string; role: string }) => [slug, role]),
    );
  };
  assert.deepEqual(await rolesWith(['staff', 'unknown']), { one: 'user', two: 'manager' });
  assert.deepEqual(await rolesWith(['staff', 'cn=admins,dc=x']), { one: 'admin', two: 'manager' });
  assert.deepEqual(await rolesWith(['cn=admins,dc=x']), { one: 'admin' });
  assert.deepEqual(await rolesWith(), {}, 'without the claim there are no groups');
  // A membership that a person gave is not the groups' to change.
  await api.db.query(
    `insert into memberships (org_id, user_id, role, created_at)
     select $1, id, 'manager', app_now() from users where username = 'ada'`,
    [boss.orgId],
  );
  assert.deepEqual(await rolesWith(['cn=admins,dc=x']), { one: 'manager' });
  assert.deepEqual(await rolesWith([]), { one: 'manager' });
});

test('the last owner stays when the group is gone, and older sessions end where the role changes', async (t) => {
  const { api, provider, browser, signIn } = await start(t, {
    OIDC_CREATE_USERS: 'on',
    OIDC_GROUP_ROLES: 'owners=one:owner; staff=one:user',
  });
  const boss = await api.person('owner');
  await api.db.query(`update organisations set slug = 'one' where id = $1`, [boss.orgId]);
  const as = async (groups: string[]) => {
    provider.people.set('sub-1', { ...ADA, groups });
    const ada = browser();
    await signIn(ada, 'sub-1');
    return ada;
  };
  const low = await as(['staff']);
  assert.equal((await whoAmI(low)).organisation.role, 'user');
  const high = await as(['owners']);
  assert.deepEqual([await low.isSignedIn(), (await whoAmI(high)).organisation.role], [false, 'owner']);
  const back = await as(['staff']);
  assert.equal((await whoAmI(back)).organisation.role, 'user');
  await as([]);
  assert.equal((await whoAmI(back)).organisation.kind, 'personal', 'who is out goes on there');
  await as(['owners']);
  await api.db.query(`delete from memberships where user_id = $1`, [boss.userId]);
  const still = await as([]);
  assert.equal((await whoAmI(still)).organisation.role, 'owner');
});

test('a provider that is away is said so, and is asked again the next time', async (t) => {
  const { browser, provider, signIn } = await start(t, { OIDC_ISSUER: 'http://127.0.0.1:1' });
  assert(provider);
  const ada = browser();
  for (let i = 0; i < 2; i++) {
    const answer = await ada.send('GET', '/api/v1/login/oidc/start');
    assert.equal(answer.headers.get('location'), failed('oidc.unavailable'));
  }
  assert(signIn);
});

test('without a provider only passwords are offered', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => identityRoutes(identityDeps(parts)) });
  const browser = new TestBrowser(api);
  assert.deepEqual((await browser.send('GET', '/api/v1/login')).body, { password: true, oidc: null });
  const start = await browser.send('GET', '/api/v1/login/oidc/start');
  assert.equal(start.headers.get('location'), failed('oidc.off'));
});

test('what is set up wrongly keeps the process from starting, with a line that says why', () => {
  const read = (values: Record<string, string>) =>
    readOidcConfig(
      readConfig({ OIDC_ISSUER: 'https://id.test', OIDC_CLIENT_ID: 'x', SECRETS_DIR: '/nowhere', ...values }),
    );
  assert.equal(read({ OIDC_ISSUER: '' }), undefined);
  assert.throws(() => read({ OIDC_CLIENT_ID: '' }), /OIDC_CLIENT_ID/);
  assert.throws(() => read({ OIDC_ISSUER: 'http://id.test' }), /https/);
  assert.throws(() => read({ OIDC_ISSUER: 'id.test' }), /https/);
  assert.throws(() => read({ OIDC_SCOPES: 'email' }), /openid/);
  for (const map of ['x', 'x=y', 'x=y:king', '=y:user', 'x=y:user:z', 'x=:user']) {
    assert.throws(() => read({ OIDC_GROUP_ROLES: map }), /OIDC_GROUP_ROLES/, map);
  }
  assert.deepEqual(parseGroupRoles(' a=b=one:user ;; c=two:owner;'), [
    { group: 'a=b', organisation: 'one', role: 'user' },
    { group: 'c', organisation: 'two', role: 'owner' },
  ]);
});

test('groups that the provider left out are not the same as none', () => {
  const claims = { iss: 'https://id.test', sub: 's', _claim_names: { groups: 'src1' } };
  assert.throws(() => readPerson(claims, 'groups'), /left out/);
  assert.deepEqual(readPerson({ ...claims, _claim_names: {}, groups: 'one' }, 'groups').groups, ['one']);
  assert.deepEqual(readPerson({ ...claims, _claim_names: {}, groups: ['a', 1, null] }, 'groups').groups, [
    'a',
  ]);
});
