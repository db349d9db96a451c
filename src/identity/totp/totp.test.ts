import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Secret as OtpSecret, TOTP } from 'otpauth';
import { countByKey, resealAll } from '#database/sealed-rows.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { identityRoutes } from '../routes.ts';
import { TestBrowser } from '../test-browser.ts';
import { createUser, identityDeps, startTestApi, type TestApi } from '../testing.ts';
import { SEALED_TOTP, takeAppCode, takeCode } from './one-time-codes.ts';

const PASSWORD = 'three blind little mice';
const STEP_MS = 30_000;

interface Stage {
  readonly api: TestApi;
  readonly userId: string;
  readonly ada: TestBrowser;
  /** The code of the step that is `steps` away from now. */
  codeAt(steps: number): string;
  readonly recoveryCodes: string[];
  browser(): TestBrowser;
  /** As if no code had been taken yet. */
  forgetTaken(): Promise<unknown>;
}

/** A user who has turned codes on. */
async function start(t: TestContext): Promise<Stage> {
  const api = await startTestApi(t, { routes: (parts) => identityRoutes(identityDeps(parts)) });
  const { userId } = await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const browser = () => new TestBrowser(api);
  const ada = browser();
  await ada.signIn('ada', PASSWORD);
  const begun = await ada.send('POST', '/api/v1/account/totp', { password: PASSWORD });
  assert.equal(begun.status, 200);
  const secret = OtpSecret.fromBase32(begun.body.secret);
  const codeAt = (steps: number) =>
    new TOTP({ secret, algorithm: 'SHA1', digits: 6, period: 30 }).generate({
      timestamp: Date.now() + steps * STEP_MS,
    });
  const confirmed = await ada.send('POST', '/api/v1/account/totp/confirm', { code: codeAt(0) });
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  const forgetTaken = () => api.db.query('update user_totp set last_step = null');
  await forgetTaken();
  return { api, userId, ada, codeAt, recoveryCodes: confirmed.body.recovery_codes, browser, forgetTaken };
}

test('with codes on, the password alone opens nothing, and a code does once', async (t) => {
  const { browser, codeAt, api } = await start(t);
  const without = await browser().signIn('ada', PASSWORD);
  assert.deepEqual([without.status, without.body.code], [401, 'auth.code_required']);
  assert.equal((await browser().signIn('ada', 'wrong', codeAt(0))).body.code, 'auth.bad_credentials');
  const code = codeAt(0);
  assert.equal((await browser().signIn('ada', PASSWORD, `${code.slice(0, 3)} ${code.slice(3)}`)).status, 200);
  assert.equal(
    (await browser().signIn('ada', PASSWORD, code)).body.code,
    'auth.bad_code',
    'not a second time',
  );
  await api.db.query('delete from login_failures');
  // Those around now count, but none that is older than the last that was taken.
  assert.equal((await browser().signIn('ada', PASSWORD, codeAt(1))).status, 200);
  assert.equal((await browser().signIn('ada', PASSWORD, code)).status, 401);
});

test('a code that arrives many times at once is taken once', async (t) => {
  const { browser, codeAt } = await start(t);
  const code = codeAt(0);
  const answers = await Promise.all(Array.from({ length: 5 }, () => browser().signIn('ada', PASSWORD, code)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('codes far from now, of other forms, or of another account are refused', async (t) => {
  const { api, userId, codeAt } = await start(t);
  const deps = identityDeps(api);
  for (const code of [codeAt(-10), codeAt(10), '', '12345', '1234567', 'abcdef', '١٢٣٤٥٦', "' or 1=1"]) {
    assert.equal(await takeCode(deps, api.db, userId as never, code), false, code);
  }
  const other = await createUser(api.env, api.db, { username: 'eve', password: PASSWORD });
  assert.equal(await takeAppCode(deps, api.db, other.userId, codeAt(0)), false);
  // The sealed secret of one row, moved to another, opens nothing.
  await api.db.query(
    `insert into user_totp (user_id, secret, confirmed_at, created_at)
     select $1, secret, app_now(), app_now() from user_totp`,
    [other.userId],
  );
  await assert.rejects(takeAppCode(deps, api.db, other.userId, codeAt(0)), /another place/);
});

test('guessing codes is slowed down, and a password without a code in between sets nothing back', async (t) => {
  const { api, browser } = await start(t);
  for (let i = 0; i < 5; i++) {
    await browser().signIn('ada', PASSWORD, '000000');
    await browser().signIn('ada', PASSWORD);
  }
  await api.db.query(`update login_failures set last_at = app_now() + interval '10 minutes'`);
  assert.equal((await browser().signIn('ada', PASSWORD, '000001')).status, 429);
});

test('a recovery code stands in for the device, once, and new ones replace the former', async (t) => {
  const { api, ada, browser, recoveryCodes } = await start(t);
  assert.equal(recoveryCodes.length, 10);
  const [first = '', second = ''] = recoveryCodes;
  assert.match(first, /^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
  assert(!JSON.stringify(await api.db.query('select * from user_recovery_codes')).includes(first));
  assert.equal((await browser().signIn('ada', PASSWORD, first.toUpperCase())).status, 200);
  assert.equal((await browser().signIn('ada', PASSWORD, first)).status, 401);
  const account = await ada.send('GET', '/api/v1/account');
  assert.deepEqual(account.body.totp, { is_on: true, recovery_codes_left: 9 });
  assert.equal((await ada.send('POST', '/api/v1/account/totp/recovery-codes', {})).status, 403);
  const renewed = await ada.send('POST', '/api/v1/account/totp/recovery-codes', { password: PASSWORD });
  assert.equal(renewed.body.recovery_codes.length, 10);
  assert.equal((await browser().signIn('ada', PASSWORD, second)).status, 401);
});

test('codes are on only after one was given back, and off only with the password', async (t) => {
  const api = await startTestApi(t, { routes: (parts) => identityRoutes(identityDeps(parts)) });
  await createUser(api.env, api.db, { username: 'ada', password: PASSWORD });
  const [ada, elsewhere] = [new TestBrowser(api), new TestBrowser(api)];
  await ada.signIn('ada', PASSWORD);
  const post = (path: string, body: object) => ada.send('POST', `/api/v1/account/totp${path}`, body);
  assert.equal((await post('', { password: 'wrong' })).body.code, 'auth.wrong_password');
  await post('', { password: PASSWORD });
  assert.equal((await elsewhere.signIn('ada', PASSWORD)).status, 200, 'one that was only begun asks nothing');
  const { body } = await post('', { password: PASSWORD });
  assert.match(body.uri, /^otpauth:\/\/totp\/.*ada.*secret=/);
  assert(!JSON.stringify(await api.db.query('select * from user_totp')).includes(body.secret));
  assert.equal((await post('/confirm', { code: '000000' })).body.code, 'auth.bad_code');
  const totp = new TOTP({
    secret: OtpSecret.fromBase32(body.secret),
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
  });
  const stolen = ada.copy();
  assert.equal((await post('/confirm', { code: totp.generate() })).status, 200);
  assert.deepEqual(
    [await ada.isSignedIn(), await stolen.isSignedIn(), await elsewhere.isSignedIn()],
    [true, false, false],
  );
  assert.equal((await post('', { password: PASSWORD })).body.code, 'totp.already_on');
  assert.equal((await post('/stop', {})).status, 403);
  assert.equal((await post('/stop', { password: PASSWORD })).status, 204);
  assert.equal((await post('/stop', { password: PASSWORD })).body.code, 'totp.not_on');
  assert.equal((await new TestBrowser(api).signIn('ada', PASSWORD)).status, 200);
});

test('an administrator turns codes off for who lost everything, which signs them out', async (t) => {
  const { api, userId, ada, browser } = await start(t);
  await createUser(api.env, api.db, { username: 'root', password: PASSWORD });
  await api.db.query(`update users set is_platform_admin = true where username = 'root'`);
  const root = browser();
  await root.signIn('root', PASSWORD);
  assert.equal((await root.send('DELETE', `/api/v1/users/${userId}/totp`)).status, 204);
  assert.equal(await ada.isSignedIn(), false);
  assert.equal((await browser().signIn('ada', PASSWORD)).status, 200);
  assert.equal((await root.send('DELETE', `/api/v1/users/${userId}/totp`)).body.code, 'totp.not_on');
});

test('secrets are sealed anew with another master key, and codes go on', async (t) => {
  const { api, userId, codeAt } = await start(t);
  const { env, db } = api;
  const sealer = new Sealer(env.random, new Secret('n'.repeat(43)), new Secret('k'.repeat(43)));
  const onlyNew = new Sealer(env.random, new Secret('n'.repeat(43)));
  const reseal = () => resealAll({ env, db, sealer }, [SEALED_TOTP]);
  assert.deepEqual(await reseal(), { rows: 1, unreadable: [] });
  assert.deepEqual(await reseal(), { rows: 0, unreadable: [] });
  assert.deepEqual(
    (await countByKey(db, [SEALED_TOTP])).map(({ keyId }) => keyId),
    [onlyNew.keyId],
  );
  assert.equal(await takeAppCode({ env, sealer: onlyNew }, db, userId as never, codeAt(0)), true);
});
