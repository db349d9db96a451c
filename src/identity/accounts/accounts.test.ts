import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { NewMail } from '#contracts/mail.ts';
import { Secret } from '#kernel/secret.ts';
import { ensureFirstAdmin } from '../commands/ensure-first-admin.ts';
import { identityRoutes } from '../routes.ts';
import { TestBrowser } from '../test-browser.ts';
import { identityDeps, startTestApi, type TestApi } from '../testing.ts';

const PASSWORD = 'three blind little mice';
const OTHER = 'see how they run away';

interface Stage {
  readonly api: TestApi;
  readonly mails: NewMail[];
  /** Signed in as the first administrator. */
  readonly admin: TestBrowser;
  browser(): TestBrowser;
  /** A user with `PASSWORD`, made by the administrator and by the mailed link. */
  createUser(username: string): Promise<string>;
  lastToken(): string;
}

async function start(t: TestContext): Promise<Stage> {
  const mails: NewMail[] = [];
  const api = await startTestApi(t, { routes: (parts) => identityRoutes(identityDeps(parts, { mails })) });
  const first = { username: 'root', email: 'root@example.test', organisationName: 'Main' };
  await ensureFirstAdmin(api.env, api.db, { ...first, password: new Secret(PASSWORD) });
  const admin = new TestBrowser(api);
  assert.equal((await admin.signIn('root', PASSWORD)).status, 200);
  const lastToken = () => /#token=(\S+)$/.exec(mails.at(-1)?.values['link'] ?? '')?.[1] ?? '';
  return {
    api,
    mails,
    admin,
    browser: () => new TestBrowser(api),
    lastToken,
    async createUser(username) {
      const body = { username, email: `${username}@example.test` };
      const made = await admin.send('POST', '/api/v1/users', body);
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const set = { token: lastToken(), password: PASSWORD };
      assert.equal((await admin.send('POST', '/api/v1/password-reset/confirm', set)).status, 204);
      return made.body.id;
    },
  };
}

test('an administrator makes an account, and its owner sets the password by the mailed link, once', async (t) => {
  const { admin, mails, browser, lastToken } = await start(t);
  const wanted = { username: 'ada', email: 'ada@example.test', language: 'fr' };
  const made = await admin.send('POST', '/api/v1/users', wanted);
  assert.equal(made.status, 201);
  assert.equal(made.body.has_password, false);
  const [mail] = mails;
  assert.deepEqual([mail?.template, mail?.to, mail?.language], ['account_created', 'ada@example.test', 'fr']);
  assert.match(mail?.values['link'] ?? '', /^http:\/\/inventiv\.test\/reset-password#token=inv_link_/);
  const ada = browser();
  assert.equal((await ada.signIn('ada', 'none')).status, 401, 'without a password nobody signs in');
  const confirm = (password: string) =>
    ada.send('POST', '/api/v1/password-reset/confirm', { token: lastToken(), password });
  const weak = await confirm('ada-ada-ada-ada');
  assert.equal(weak.status, 422);
  assert.equal(weak.body.errors[0].path, 'password');
  assert.equal((await confirm(PASSWORD)).status, 204, 'a refused password leaves the link');
  assert.equal((await confirm(OTHER)).body.code, 'account.link_invalid');
  const signedIn = await ada.signIn('ADA@example.test', PASSWORD);
  assert.equal(signedIn.status, 200);
  assert.deepEqual([signedIn.body.organisation.kind, signedIn.body.organisation.role], ['personal', 'owner']);
  assert.equal(signedIn.body.user.language, 'fr');
});

test('of many that use one link at once, one does', async (t) => {
  const { admin, api, browser, lastToken } = await start(t);
  await admin.send('POST', '/api/v1/users', { username: 'ada', email: 'ada@example.test' });
  const token = lastToken();
  const passwords = Array.from({ length: 6 }, (_, i) => `${PASSWORD} number ${i}`);
  const answers = await Promise.all(
    passwords.map((password) =>
      browser().send('POST', '/api/v1/password-reset/confirm', { token, password }),
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 422, 422, 422, 422, 422]);
  const stored = JSON.stringify(await api.db.query('select * from account_links'));
  assert(!stored.includes(token), 'the table has a hash only');
});

test('a reset mails a link to who has an account and says the same to who has none', async (t) => {
  const { api, mails, browser, createUser, lastToken } = await start(t);
  await createUser('ada');
  const [thief, ada] = [browser(), browser()];
  await thief.signIn('ada', PASSWORD);
  mails.length = 0;
  const ask = (login: string) => browser().send('POST', '/api/v1/password-reset', { login });
  const [known, unknown] = [await ask('ada'), await ask('nobody')];
  assert.deepEqual([known.status, known.body], [202, '']);
  assert.deepEqual([unknown.status, unknown.body], [202, '']);
  assert.equal(mails.length, 1);
  const former = lastToken();
  await ask('ada@example.test');
  const set = (token: string) =>
    ada.send('POST', '/api/v1/password-reset/confirm', { token, password: OTHER });
  assert.equal((await set(former)).status, 422, 'a newer link replaces the former one');
  assert.equal((await set(lastToken())).status, 204);
  assert.equal(await thief.isSignedIn(), false, 'all sessions have ended');
  assert.equal((await ada.signIn('ada', PASSWORD)).status, 401);
  assert.equal((await ada.signIn('ada', OTHER)).status, 200);
  assert.equal(mails.at(-1)?.template, 'password_changed');
  await ask('ada');
  const late = lastToken();
  await api.db.query(`update account_links set expires_at = app_now() where used_at is null`);
  assert.equal((await set(late)).status, 422, 'an hour later it is worth nothing');
});

test('asking for links again and again is slowed down, whether or not the account exists', async (t) => {
  const { api, browser } = await start(t);
  for (const login of ['root', 'nobody']) {
    const ask = () => browser().send('POST', '/api/v1/password-reset', { login });
    await Promise.all(Array.from({ length: 5 }, ask));
    await api.db.query(`update login_failures set last_at = app_now() + interval '10 minutes'`);
    assert.equal((await ask()).status, 429, login);
    await api.db.query(`delete from login_failures`);
  }
});

test('who changes the password stays signed in under a new token, and nobody else does', async (t) => {
  const { browser, createUser, mails, api } = await start(t);
  await createUser('ada');
  const [here, there] = [browser(), browser()];
  await here.signIn('ada', PASSWORD);
  await there.signIn('ada', PASSWORD);
  const stolen = here.copy();
  const change = (current_password: string, new_password: string) =>
    here.send('POST', '/api/v1/account/password', { current_password, new_password });
  const wrong = await change('wrong', OTHER);
  assert.deepEqual([wrong.status, wrong.body.code], [403, 'auth.wrong_password']);
  assert.equal((await change(PASSWORD, 'short')).status, 422);
  assert.equal((await change(PASSWORD, '123456789012')).status, 422);
  assert.equal(await there.isSignedIn(), true, 'what was refused changed nothing');
  assert.equal((await change(PASSWORD, OTHER)).status, 200);
  assert.deepEqual(
    [await here.isSignedIn(), await there.isSignedIn(), await stolen.isSignedIn()],
    [true, false, false],
  );
  assert.equal(mails.at(-1)?.template, 'password_changed');
  assert.equal((await browser().signIn('ada', PASSWORD)).status, 401);
  // Guessing the present password with a stolen session is slowed down as well.
  for (let i = 0; i < 5; i++) await change('wrong', OTHER);
  await api.db.query(`update login_failures set last_at = app_now() + interval '10 minutes'`);
  assert.equal((await change(OTHER, PASSWORD)).status, 429);
});

test('another address counts when its link is opened, needs the password, and the former one is told', async (t) => {
  const { browser, createUser, mails, lastToken } = await start(t);
  await createUser('ada');
  const ada = browser();
  await ada.signIn('ada', PASSWORD);
  mails.length = 0;
  const change = (body: object) => ada.send('PATCH', '/api/v1/account', body);
  assert.equal((await change({ email: 'new@example.test' })).status, 403);
  const asked = await change({ email: 'new@example.test', password: PASSWORD });
  assert.deepEqual([asked.body.email, asked.body.pending_email], ['ada@example.test', 'new@example.test']);
  assert.deepEqual(
    mails.map(({ to, template }) => [to, template]),
    [['new@example.test', 'email_changed']],
  );
  const token = lastToken();
  const confirm = () => browser().send('POST', '/api/v1/email-confirmation', { token });
  assert.equal((await confirm()).status, 204);
  assert.equal((await confirm()).status, 422);
  assert.equal((await ada.send('GET', '/api/v1/account')).body.email, 'new@example.test');
  assert.equal(mails.at(-1)?.to, 'ada@example.test');
  assert.equal(mails.at(-1)?.values['link'], undefined);
});

test('the address of another account is refused without a word about it', async (t) => {
  const { browser, createUser, mails } = await start(t);
  await createUser('ada');
  await createUser('eve');
  const eve = browser();
  await eve.signIn('eve', PASSWORD);
  mails.length = 0;
  const free = await eve.send('PATCH', '/api/v1/account', { email: 'free@example.test', password: PASSWORD });
  const taken = await eve.send('PATCH', '/api/v1/account', { email: 'ADA@example.test', password: PASSWORD });
  assert.equal(free.status, taken.status);
  assert.deepEqual(
    mails.map(({ to }) => to),
    ['free@example.test'],
  );
  const name = await eve.send('PATCH', '/api/v1/account', { username: 'Ada' });
  assert.deepEqual([name.status, name.body.code], [409, 'account.username_taken']);
});

test('nobody makes themselves an administrator, and only administrators see other accounts', async (t) => {
  const { admin, browser, createUser } = await start(t);
  const id = await createUser('eve');
  const eve = browser();
  await eve.signIn('eve', PASSWORD);
  assert.equal((await eve.send('PATCH', '/api/v1/account', { is_platform_admin: true })).status, 422);
  const asks: [string, string, unknown?][] = [
    ['GET', '/api/v1/users'],
    ['GET', `/api/v1/users/${id}`],
    ['GET', `/api/v1/users/${id}/history`],
    ['PATCH', `/api/v1/users/${id}`, { is_platform_admin: true }],
    ['POST', '/api/v1/users', { username: 'x1', email: 'x@example.test', is_platform_admin: true }],
    ['POST', `/api/v1/users/${id}/password-link`],
    ['DELETE', `/api/v1/users/${id}/totp`],
    ['DELETE', `/api/v1/users/${id}/sessions`],
  ];
  for (const [method, path, body] of asks) {
    assert.equal((await eve.send(method, path, body)).status, 403, `${method} ${path}`);
  }
  assert.deepEqual((await admin.send('DELETE', `/api/v1/users/${id}/sessions`)).body, { ended: 1 });
  assert.equal(await eve.isSignedIn(), false);
  const history = await admin.send('GET', `/api/v1/users/${id}/history`);
  assert.deepEqual(
    history.body.data.map(({ action }: { action: string }) => action),
    ['user.signed_out', 'password.set_by_link', 'user.created'],
  );
});

test('who is disabled is out at once, and comes back with nothing that was open', async (t) => {
  const { admin, browser, createUser, lastToken } = await start(t);
  const id = await createUser('ada');
  const ada = browser();
  await ada.signIn('ada', PASSWORD);
  await browser().send('POST', '/api/v1/password-reset', { login: 'ada' });
  const token = lastToken();
  const change = (body: object) => admin.send('PATCH', `/api/v1/users/${id}`, body);
  assert.equal((await change({ is_disabled: true })).body.is_disabled, true);
  assert.equal(await ada.isSignedIn(), false);
  assert.equal((await browser().signIn('ada', PASSWORD)).body.code, 'auth.bad_credentials');
  const confirm = () => browser().send('POST', '/api/v1/password-reset/confirm', { token, password: OTHER });
  assert.equal((await confirm()).status, 422);
  assert.equal((await admin.send('POST', `/api/v1/users/${id}/password-link`)).body.code, 'user.is_disabled');
  await change({ is_disabled: false });
  assert.deepEqual([await ada.isSignedIn(), (await confirm()).status], [false, 422]);
  assert.equal((await browser().signIn('ada', PASSWORD)).status, 200);
});

test('one platform administrator always stays, also when two take the rights from each other at once', async (t) => {
  const { admin, api, browser, createUser } = await start(t);
  const root = (await admin.send('GET', '/api/v1/account')).body.id as string;
  const alone = await admin.send('PATCH', `/api/v1/users/${root}`, { is_platform_admin: false });
  assert.deepEqual([alone.status, alone.body.code], [409, 'user.last_admin']);
  assert.equal((await admin.send('PATCH', `/api/v1/users/${root}`, { is_disabled: true })).status, 409);
  const id = await createUser('ada');
  for (let round = 0; round < 5; round++) {
    await api.db.query('update users set is_platform_admin = true');
    const [one, two] = [browser(), browser()];
    await one.signIn('root', PASSWORD);
    await two.signIn('ada', PASSWORD);
    await Promise.all([
      one.send('PATCH', `/api/v1/users/${id}`, { is_platform_admin: false }),
      two.send('PATCH', `/api/v1/users/${root}`, { is_platform_admin: false }),
    ]);
    const [row] = await api.db.query<{ count: number }>(
      'select count(*) as count from users where is_platform_admin and disabled_at is null',
    );
    assert.equal(row?.count, 1);
  }
});

test('accounts are found by a part of name or address, page by page, and signs of patterns stand for themselves', async (t) => {
  const { admin, createUser } = await start(t);
  for (const name of ['ada_1', 'ada_2', 'adam', 'bob']) await createUser(name);
  const names = async (query: string) => {
    const { body } = await admin.send('GET', `/api/v1/users?${query}`);
    return { names: body.data.map(({ username }: { username: string }) => username), next: body.next_cursor };
  };
  assert.deepEqual((await names('search=ADA_')).names, ['ada_2', 'ada_1']);
  assert.deepEqual((await names('search=%25')).names, []);
  const first = await names('limit=2');
  const second = await names(`limit=2&after=${first.next}`);
  assert.deepEqual([...first.names, ...second.names], ['bob', 'adam', 'ada_2', 'ada_1']);
  assert.deepEqual((await names('state=disabled')).names, []);
  assert.equal((await admin.send('GET', '/api/v1/users?after=x')).status, 422);
});

test('a repeated create answers what it answered, and names and addresses are given once', async (t) => {
  const { admin, api, mails } = await start(t);
  const body = { username: 'ada', email: 'ada@example.test' };
  const create = (more: object = {}, key = 'k') =>
    api.send('/api/v1/users', {
      method: 'POST',
      body: { ...body, ...more },
      headers: { cookie: `inv_session=${admin.cookies.get('inv_session')}`, 'idempotency-key': key },
    });
  const [one, two] = [await create(), await create()];
  assert.deepEqual(one.body, two.body);
  assert.equal(mails.length, 1);
  assert.equal((await create({ email: 'other@example.test' }, 'l')).body.code, 'account.username_taken');
  assert.equal(
    (await create({ username: 'other', email: 'Ada@Example.test' }, 'm')).body.code,
    'account.email_taken',
  );
  for (const wrong of [
    { username: 'a b' },
    { username: '-x' },
    { email: 'x' },
    { language: 'xx' },
    { id: 'user_1' },
  ]) {
    assert.equal((await create(wrong, 'n')).status, 422, JSON.stringify(wrong));
  }
});
