import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORGANISATION_ROLES } from '#contracts/management.ts';
import { hashToken } from '#kernel/token.ts';
import type { TestPerson } from '../testing.ts';
import { startOrganisationsApi, tokenOf } from './testing.ts';

type Api = Awaited<ReturnType<typeof startOrganisationsApi>>;

const INVITATIONS = '/api/v1/organisation/invitations';
const PASSWORD = 'a long enough password';

const invite = (api: Api, as: TestPerson, body: object) =>
  api.send(INVITATIONS, { method: 'POST', as, body });
const open = (api: Api, token: string) =>
  api.send('/api/v1/invitations/open', { method: 'POST', body: { token } });
const accept = (api: Api, as: TestPerson, token: string) =>
  api.send('/api/v1/invitations/accept', { method: 'POST', as, body: { token } });
const join = (api: Api, token: string, username: string) =>
  api.send('/api/v1/invitations/join', { method: 'POST', body: { token, username, password: PASSWORD } });
const emailOf = async (api: Api, { userId }: TestPerson) =>
  (await api.db.query<{ email: string }>('select email from users where id = $1', [userId]))[0]?.email ?? '';
const passHour = (api: Api) => api.db.query(`update invitations set sent_at = sent_at - interval '2 hours'`);

test('an invitation goes out by mail alone, and makes an account and a membership in one step', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  const made = await invite(api, owner, { email: 'new@example.test', role: 'manager', language: 'fr' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const [mail] = api.mails;
  const token = tokenOf(mail);
  assert.deepEqual([mail?.to, mail?.template, mail?.language], ['new@example.test', 'invitation', 'fr']);
  assert.ok(!JSON.stringify(made.body).includes(token), 'who invites does not see the link');
  const stored = await api.db.query<{ token_hash: string }>('select token_hash from invitations');
  assert.deepEqual(stored, [{ token_hash: hashToken(token) }]);

  const seen = (await open(api, token)).body;
  assert.deepEqual([seen.email, seen.role, seen.has_account], ['new@example.test', 'manager', false]);
  const joined = await join(api, token, 'newcomer');
  assert.deepEqual([joined.status, joined.body.role], [200, 'manager'], JSON.stringify(joined.body));
  const login = { login: 'newcomer', password: PASSWORD };
  const session = await api.send('/api/v1/session', { method: 'POST', body: login });
  assert.deepEqual(
    [session.body.organisation.id, session.body.organisation.role, session.body.user.is_platform_admin],
    [owner.orgId, 'manager', false],
  );
  for (const answer of [await open(api, token), await join(api, token, 'second')]) {
    assert.deepEqual([answer.status, answer.body.code], [404, 'invitation.invalid'], 'it is used once');
  }
  const list = (await api.send(INVITATIONS, { as: owner })).body.data;
  assert.deepEqual([list.length, list[0].state], [1, 'accepted']);
});

test('two who take one link at once: one comes in', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  await invite(api, owner, { email: 'race@example.test' });
  const token = tokenOf(api.mails[0]);
  const answers = await Promise.all([join(api, token, 'race-a'), join(api, token, 'race-b')]);
  assert.deepEqual(
    answers.map(({ status }) => status).filter((status) => status === 200),
    [200],
  );
  assert.equal((await api.db.query(`select 1 from users where username like 'race-%'`)).length, 1);
});

test('an account takes only what was sent to its own address', async (t) => {
  const api = await startOrganisationsApi(t);
  const [owner, guest, thief] = [await api.person(), await api.person(), await api.person()];
  const email = (await emailOf(api, guest)).toUpperCase();
  assert.equal((await invite(api, owner, { email, role: 'admin' })).status, 201);
  const token = tokenOf(api.mails[0]);
  assert.equal((await open(api, token)).body.has_account, true);
  assert.equal((await accept(api, thief, token)).body.code, 'invitation.other_address');
  assert.equal((await join(api, token, 'somebody')).body.code, 'invitation.account_exists');
  const accepted = await accept(api, guest, token);
  assert.deepEqual([accepted.status, accepted.body.role], [200, 'admin'], JSON.stringify(accepted.body));
  const mine = (await api.send('/api/v1/organisations', { as: guest })).body.data;
  assert.equal(mine.length, 2);
  assert.equal((await invite(api, owner, { email })).body.code, 'member.exists');
});

test('each role invites into the roles that it may give, then and when it is taken up', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  const may = { owner: ORGANISATION_ROLES, admin: ['admin', 'user'], manager: ['manager', 'user'], user: [] };
  for (const actor of ORGANISATION_ROLES) {
    const as = await api.person(actor, owner.orgId);
    for (const role of ORGANISATION_ROLES) {
      const { status } = await invite(api, as, { email: `${actor}-${role}@example.test`, role });
      assert.equal(status, (may[actor] as string[]).includes(role) ? 201 : 403, `${actor} invites ${role}`);
    }
  }
  const admin = await api.person('admin', owner.orgId);
  await invite(api, admin, { email: 'later@example.test', role: 'admin' });
  const token = tokenOf(api.mails.at(-1));
  await api.db.query(`update memberships set role = 'manager' where user_id = $1`, [admin.userId]);
  assert.equal((await join(api, token, 'later')).body.code, 'invitation.invalid', 'the inviter has fallen');
  await api.db.query(`delete from memberships where user_id = $1`, [admin.userId]);
  assert.equal((await join(api, token, 'later')).body.code, 'invitation.invalid', 'the inviter has left');
  assert.equal((await api.db.query(`select 1 from users where username = 'later'`)).length, 0);
});

test('a link sent again replaces the one before; revoked and expired ones open nothing', async (t) => {
  const api = await startOrganisationsApi(t);
  const [owner, stranger] = [await api.person(), await api.person()];
  const made = (await invite(api, owner, { email: 'a@example.test' })).body;
  const again = (as = owner) => api.send(`${INVITATIONS}/${made.id}/resend`, { method: 'POST', as });
  const revoke = (as = owner) => api.send(`${INVITATIONS}/${made.id}`, { method: 'DELETE', as });
  assert.equal((await again()).body.code, 'invitation.too_many', 'not twice within a minute');
  assert.equal((await invite(api, owner, { email: 'A@example.test' })).body.code, 'invitation.exists');
  await passHour(api);
  assert.equal((await again(stranger)).body.code, 'invitation.not_found');
  assert.equal((await revoke(stranger)).body.code, 'invitation.not_found');
  assert.equal((await again()).status, 200);
  const [first, second] = api.mails.map(tokenOf);
  assert.equal((await open(api, first ?? '')).body.code, 'invitation.invalid');
  assert.equal((await open(api, second ?? '')).status, 200);
  await api.db.query(`update invitations set expires_at = app_now()`);
  assert.equal((await join(api, second ?? '', 'late')).body.code, 'invitation.invalid');
  assert.equal((await api.send(INVITATIONS, { as: owner })).body.data[0].state, 'expired');
  // An expired one is in nobody's way.
  assert.equal((await invite(api, owner, { email: 'a@example.test' })).status, 201);
  const newest = (await api.send(INVITATIONS, { as: owner })).body.data[0];
  const ended = await api.send(`${INVITATIONS}/${newest.id}`, { method: 'DELETE', as: owner });
  assert.equal(ended.body.state, 'revoked');
  assert.equal((await open(api, tokenOf(api.mails.at(-1)))).body.code, 'invitation.invalid');
  assert.equal((await revoke()).body.code, 'invitation.not_found', 'what has ended is not revoked');
});

test('mails to strangers are limited, and guessing links is slowed down', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  await api.db.query(
    `insert into invitations (org_id, id, email, role, language, token_hash, invited_by, created_at, sent_at, expires_at, revoked_at)
     select $1, 'invt_' || n, n || '@example.test', 'user', 'en', 'hash' || n, $2, app_now(), app_now(), app_now(), app_now()
     from generate_series(1, 100) n`,
    [owner.orgId, owner.userId],
  );
  const limited = await invite(api, owner, { email: 'one@example.test' });
  assert.deepEqual([limited.status, limited.body.code], [429, 'invitation.too_many']);
  assert.equal(api.mails.length, 0);
  await passHour(api);
  assert.equal((await invite(api, owner, { email: 'one@example.test' })).status, 201);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => open(api, `inv_invt_${'0'.repeat(26)}_x`)),
  );
  assert.ok(answers.some(({ status }) => status === 429));
});

test('bad addresses, roles, names and passwords are refused, and the link stays good', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  for (const body of [
    { email: 'no' },
    { email: 'a@b.example', role: 'root' },
    { email: 'a@b.example', orgId: 'x' },
  ]) {
    assert.equal((await invite(api, owner, body)).body.code, 'request.invalid', JSON.stringify(body));
  }
  await invite(api, owner, { email: 'b@example.test' });
  const token = tokenOf(api.mails[0]);
  const attempt = (body: object) =>
    api.send('/api/v1/invitations/join', {
      method: 'POST',
      body: { token, username: 'bb', password: PASSWORD, ...body },
    });
  for (const bad of [
    { password: 'short' },
    { username: 'a b' },
    { username: '@' },
    { role: 'owner' },
    { email: 'x@y.z' },
  ]) {
    assert.equal((await attempt(bad)).body.code, 'request.invalid', JSON.stringify(bad));
  }
  const [taken] = await api.db.query<{ username: string }>('select username from users where id = $1', [
    owner.userId,
  ]);
  assert.equal(
    (await attempt({ username: taken?.username.toUpperCase() })).body.code,
    'account.username_taken',
  );
  assert.equal((await attempt({})).status, 200);
});
