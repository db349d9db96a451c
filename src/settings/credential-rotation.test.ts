/** What a check sees of an account at its provider, and how one credential takes over from another. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod';
import { fixedSettings } from '#config/settings.ts';
import { startTestApi, type TestPerson } from '#identity/testing.ts';
import { listAccountUses } from '#instances/queries.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { type Inspection, type RightFinding, wholeInspection } from '#providers/inspection.ts';
import { type Capabilities, type Provider, ProviderError } from '#providers/provider.ts';
import { openDirectory } from './account-directory.ts';
import { chooseAccount } from './account-queries.ts';
import { accountRoutes } from './account-routes.ts';
import { checkProviderAccountHandler } from './jobs/check-provider-account.ts';
import { rotateCredentialHandler } from './jobs/rotate-credential.ts';
import { judgeInspection, tidyInspection } from './judge-inspection.ts';
import { configOf } from './testing.ts';

const PATH = '/api/v1/provider-accounts';
const CANARY = 'canary-71e0c2';
const WHOLE = wholeInspection({ parts: [], volumesOutliveServer: false } as unknown as Capabilities, [
  'a',
  'b',
]);

type Answer = () => Promise<Inspection>;

/** A provider that answers each token as it is told. */
class Cloud {
  readonly answers = new Map<string, Answer>();
  readonly asked: string[] = [];

  tells(token: string, change: Partial<Inspection>): void {
    this.answers.set(token, async () => ({ ...WHOLE, ...change }));
  }

  refuses(token: string, kind: 'auth' | 'retryable' | 'permission'): void {
    const facts = { kind, provider: 'mock', operation: 'inspect', outcomeUnknown: false };
    this.answers.set(token, () => Promise.reject(new ProviderError(`no: ${token}`, facts)));
  }

  adapterOf(token: string): Provider {
    const provider: Partial<Provider> = {
      id: 'mock',
      inspect: () => {
        this.asked.push(token);
        return this.answers.get(token)?.() ?? Promise.resolve(WHOLE);
      },
      listOffers: async () => [{ zone: 'a' }, { zone: 'b' }] as never,
      listOwned: async (_context, _installation, zones) => {
        this.asked.push(`owned ${zones.join(' ')}`);
        return [];
      },
    };
    return provider as Provider;
  }
}

async function start(t: TestContext) {
  let sealer: Sealer | undefined;
  const api = await startTestApi(t, {
    routes: ({ env, db }) => {
      sealer = new Sealer(env.random, new Secret('a'.repeat(43)));
      return accountRoutes({
        env,
        db,
        sealer,
        enabledProviders: ['mock'],
        credentialOf: () => z.strictObject({ token: z.string().min(1) }),
        usesOf: listAccountUses,
      });
    },
  });
  assert(sealer);
  const cloud = new Cloud();
  const accounts = openDirectory({
    env: api.env,
    db: api.db,
    sealer,
    enabledProviders: ['mock'],
    own: [],
    adapterOf: (_id, credential) => cloud.adapterOf(String(credential.reveal()['token'])),
  });
  const settings = fixedSettings(configOf({ PROVIDER_TIMEOUT_MS: '1000' }));
  const deps = { env: api.env, db: api.db, settings, accounts, installationId: 'ins_test' };
  const owner = await api.person();
  const created = await api.send(PATH, {
    method: 'POST',
    as: owner,
    body: { provider: 'mock', name: 'main', credential: { token: 'first-token' } },
  });
  const id: string = created.body.id;
  const send = (method: string, path = '', body?: unknown) =>
    api.send(`${PATH}/${id}${path}`, { method, as: owner, ...(body === undefined ? {} : { body }) });
  const check = async () => {
    await send('POST', '/test');
    await runJob(api, checkProviderAccountHandler(deps), owner, id);
    return (await send('GET')).body.check;
  };
  const rotateTo = (token: string) => send('POST', '/rotate', { credential: { token } });
  const runRotation = (env = api.env) => runJob(api, rotateCredentialHandler({ ...deps, env }), owner, id);
  return { api, cloud, accounts, owner, id, send, check, rotateTo, runRotation };
}

function runJob(
  { env, db }: Awaited<ReturnType<typeof startTestApi>>,
  handler: JobHandler,
  { orgId }: TestPerson,
  subjectId: string,
): Promise<JobOutcome> {
  const lease: Lease = {
    kind: handler.kind,
    subjectId,
    orgId,
    correlationId: newId(env, 'correlation'),
    attempts: 1,
    signal: new AbortController().signal,
    apply: (work) => db.transaction(work),
  };
  return handler.run(lease);
}

const lacking = (right: RightFinding['right'], isNeeded = true): RightFinding => {
  return { right, state: 'missing', isNeeded, name: `cloud:${right}` };
};

test('a check keeps whose account it is, its rights, quotas and zones, and shows them', async (t) => {
  const { cloud, check, send, api } = await start(t);
  assert.equal((await send('GET')).body.check.inspection, null);
  cloud.tells('first-token', {
    identity: { account: 'project-7', principal: 'robot' },
    expiresAtMs: Date.parse('2099-01-01T00:00:00Z'),
    rights: [...WHOLE.rights, lacking('images.read', false)],
    quotas: [{ resource: 'gpus', zone: 'a', limit: 2, used: 2 }],
    zones: [
      { zone: 'a', isReachable: true, error: null },
      { zone: 'b', isReachable: false, error: 'retryable' },
    ],
  });
  const seen = await check();
  assert.deepEqual([seen.state, seen.error], ['ok', null]);
  assert.equal(
    seen.message,
    'These zones cannot be reached: b. These quotas are used up: gpus in a (2).',
    'what is no obstacle is told',
  );
  assert.deepEqual(
    [seen.inspection.account, seen.inspection.principal, seen.inspection.expires_at],
    ['project-7', 'robot', '2099-01-01T00:00:00.000Z'],
  );
  assert.deepEqual(seen.inspection.zones[1], { zone: 'b', is_reachable: false, error: 'retryable' });
  assert.ok(cloud.asked.includes('owned a'), 'a zone that is away holds nobody up');
  // Again, it is the same.
  const again = await check();
  assert.deepEqual({ ...again, checked_at: null }, { ...seen, checked_at: null });
  await send('PATCH', '', { credential: { token: 'other-token' } });
  assert.equal((await send('GET')).body.check.inspection, null, 'it says nothing of another credential');
  const audited = await api.db.query<{ action: string }>(
    `select action from audit_log where action like 'provider_accounts.%' order by seq`,
  );
  assert.ok(audited.some(({ action }) => action === 'provider_accounts.test'));
});

test('no machine is ordered on an account that lacks a right or was refused, and the answer says why', async (t) => {
  const { api, cloud, check, owner, id, send } = await start(t);
  const choose = () =>
    api.db.transaction((tx) => chooseAccount(tx, owner, { providerId: 'mock', accountId: undefined }));
  assert.equal(await choose(), id, 'one that was never tried is taken at its word');
  cloud.tells('first-token', {
    rights: [...WHOLE.rights, lacking('servers.write'), lacking('keys.read', false)],
  });
  assert.deepEqual((await check()).error, 'permission');
  const refused = await choose().then(
    () => assert.fail('it was chosen'),
    (error: Error & { code: string; publicMessage: string; details: unknown }) => error,
  );
  assert.equal(refused.code, 'provider_account.unusable');
  assert.match(
    refused.publicMessage,
    /main: The account lacks rights that are needed: servers\.write \(cloud:servers\.write\)\. Test it again/,
  );
  assert.deepEqual(refused.details, {
    errors: [{ path: 'account_id', message: 'servers.write is missing (cloud:servers.write)' }],
  });
  cloud.refuses('first-token', 'auth');
  assert.deepEqual((await check()).inspection, null);
  await assert.rejects(choose(), { code: 'provider_account.unusable' });
  cloud.refuses('first-token', 'retryable');
  await check();
  assert.equal(await choose(), id, 'a provider that was away says nothing against the account');
  cloud.tells('first-token', { rights: [lacking('servers.write')] });
  await check();
  await send('PATCH', '', { credential: { token: 'better-token' } });
  assert.equal(await choose(), id, 'another credential was not refused yet');
});

test('no part of a credential is kept, however a provider repeats it, and what it says is cut to size', async (t) => {
  const { api, cloud, check, send } = await start(t);
  await send('PATCH', '', { credential: { token: CANARY } });
  cloud.tells(CANARY, {
    identity: { account: `is ${CANARY}`, principal: CANARY },
    rights: [{ ...lacking('servers.write'), name: `${CANARY}:x` }],
    quotas: [{ resource: 'q'.repeat(5_000), zone: CANARY, limit: 1, used: 1 }],
    zones: Array.from({ length: 5_000 }, (_, i) => ({
      zone: `${i}-${CANARY}`,
      isReachable: true,
      error: null,
    })),
  });
  const seen = await check();
  assert.equal(seen.inspection.account, 'is [secret]');
  assert.equal(seen.inspection.zones.length, 500);
  assert.equal(seen.inspection.quotas[0].resource.length, 200);
  cloud.refuses(CANARY, 'permission');
  await check();
  const rows = JSON.stringify(
    await api.db.query(`select to_jsonb(a) - 'credential' as row from provider_accounts a`),
  );
  const events = JSON.stringify(await api.db.query('select * from events'));
  assert.ok(!rows.includes(CANARY) && !events.includes(CANARY));
  const credential = { project: 'project-1', secret_key: 'hidden-key', key_id: 'key-id-1' };
  const identity = { account: 'project-1', principal: 'key-id-1 hidden-key' };
  assert.deepEqual(
    tidyInspection({ ...WHOLE, identity }, credential).identity,
    { account: 'project-1', principal: 'key-id-1 [secret]' },
    'what says who an account is stays',
  );
  const expired = judgeInspection({ ...WHOLE, expiresAtMs: 5 }, 6);
  assert.equal(expired.error, 'auth');
});

test('a new credential is tried before it takes over, calls under way finish with the former one, which is forgotten', async (t) => {
  const { api, cloud, accounts, id, send, check, rotateTo, runRotation } = await start(t);
  await check();
  const underWay = Promise.withResolvers<Inspection>();
  cloud.answers.set('first-token', () => underWay.promise);
  const before = await accounts.find('mock', id);
  const call = before?.inspect({ signal: new AbortController().signal, correlationId: 'cor_1' });
  const asked = await rotateTo('second-token');
  assert.deepEqual([asked.status, asked.body.rotation.state, asked.body.version], [202, 'testing', 1]);
  assert.equal(await accounts.find('mock', id), before, 'the former one is used until then');
  assert.deepEqual(await runRotation(), { done: true });
  const { body } = await send('GET');
  assert.deepEqual([body.rotation.state, body.version, body.check.state], ['done', 2, 'ok']);
  assert.ok(Date.parse(body.rotation.former_until) > Date.parse(body.rotation.at));
  assert.notEqual(await accounts.find('mock', id), before);
  underWay.resolve(WHOLE);
  assert.deepEqual(await call, WHOLE, 'what began before ended well');
  const [row] = await api.db.query<{ text: string; next: unknown }>(
    `select credential as text, next_credential as next from provider_accounts`,
  );
  assert.equal(row?.next, null);
  const trial = await accounts.open('mock', id, 'present');
  cloud.asked.length = 0;
  await trial?.inspect({ signal: new AbortController().signal, correlationId: 'cor_1' });
  assert.deepEqual(cloud.asked, ['second-token'], 'nothing of the former one is left');
  assert.deepEqual(await runRotation(), { done: true }, 'nothing is left to do');
});

test('a new credential that is refused, lacks a right or is of another account changes nothing', async (t) => {
  const { cloud, accounts, id, check, rotateTo, runRotation, send } = await start(t);
  cloud.tells('first-token', { identity: { account: 'ours', principal: null } });
  await check();
  const before = await accounts.find('mock', id);
  cloud.refuses('wrong-token', 'auth');
  cloud.tells('weak-token', {
    rights: [lacking('servers.write')],
    identity: { account: 'ours', principal: null },
  });
  cloud.tells('strange-token', { identity: { account: 'theirs', principal: null } });
  const expected = [
    ['wrong-token', 'auth', /wrong, expired or revoked/],
    ['weak-token', 'permission', /servers\.write/],
    ['strange-token', 'other_account', /is of theirs, .* on ours/],
  ] as const;
  for (const [token, error, message] of expected) {
    await rotateTo(token);
    assert.deepEqual(await runRotation(), { done: true });
    const { rotation, version } = (await send('GET')).body;
    assert.deepEqual([rotation.state, rotation.error, version], ['refused', error, 1]);
    assert.match(rotation.message, message);
    assert.equal(await accounts.open('mock', id, 'next'), undefined, 'it was forgotten');
  }
  assert.equal(await accounts.find('mock', id), before);
  const malformed = await send('POST', '/rotate', { credential: { token: '' } });
  assert.equal(malformed.body.code, 'provider_account.bad_credential');
});

test('a provider that is away is asked again, killed runs are taken up, and the last one given counts', async (t) => {
  const { api, cloud, accounts, id, rotateTo, runRotation, send } = await start(t);
  cloud.refuses('second-token', 'retryable');
  await rotateTo('second-token');
  assert.deepEqual(await runRotation(), { againInMs: 10_000 });
  assert.equal((await send('GET')).body.rotation.state, 'testing');
  cloud.answers.delete('second-token');
  const dies = (at: string) => ({
    ...api.env,
    crashPoint: async (name: string) => {
      if (name === at) throw new Error('killed');
    },
  });
  await assert.rejects(runRotation(dies('rotate-credential.commit')), /killed/);
  assert.equal((await send('GET')).body.version, 1);
  // Another one comes while the run is between its trial and its commit.
  const changed = {
    ...api.env,
    crashPoint: async (name: string) => {
      if (name === 'rotate-credential.commit') await rotateTo('third-token');
    },
  };
  assert.deepEqual(await runRotation(changed), { againInMs: 0 }, 'what was tried is not wanted any more');
  await assert.rejects(runRotation(dies('rotate-credential.committed')), /killed/);
  assert.deepEqual(await runRotation(), { done: true });
  const { version, rotation } = (await send('GET')).body;
  assert.deepEqual([version, rotation.state], [2, 'done'], 'once, however often it was run');
  cloud.asked.length = 0;
  await (await accounts.open('mock', id, 'present'))?.inspect({
    signal: new AbortController().signal,
    correlationId: 'cor_1',
  });
  assert.deepEqual(cloud.asked, ['third-token']);
  await api.db.query(`update provider_accounts set rotation_at = app_now() - interval '1 hour'`);
  cloud.refuses('fourth-token', 'retryable');
  await rotateTo('fourth-token');
  await api.db.query(`update provider_accounts set rotation_at = app_now() - interval '1 hour'`);
  assert.deepEqual(await runRotation(), { done: true });
  assert.equal((await send('GET')).body.rotation.error, 'retryable', 'not for ever');
});

test('a check that ends after another credential took over says nothing of that one', async (t) => {
  const { cloud, check, rotateTo, runRotation, send } = await start(t);
  cloud.answers.set('first-token', async () => {
    cloud.answers.delete('first-token');
    await rotateTo('second-token');
    assert.deepEqual(await runRotation(), { done: true });
    return { ...WHOLE, rights: [lacking('servers.write')] };
  });
  await check();
  const { version, check: seen } = (await send('GET')).body;
  assert.deepEqual([version, seen.state, seen.error], [2, 'ok', null]);
});

test('a trial is called off, and an untried replacement ends it too', async (t) => {
  const { api, send, rotateTo, runRotation, cloud } = await start(t);
  await rotateTo('second-token');
  const cancelled = await send('DELETE', '/rotation');
  assert.deepEqual([cancelled.status, cancelled.body.rotation.state], [200, 'none']);
  assert.deepEqual(await runRotation(), { done: true });
  assert.deepEqual(cloud.asked, []);
  await rotateTo('second-token');
  const patched = await send('PATCH', '', { credential: { token: 'third-token' } });
  assert.deepEqual([patched.body.rotation.state, patched.body.version], ['none', 2]);
  await rotateTo('fourth-token');
  assert.equal((await send('DELETE')).status, 204);
  const left = await api.db.query('select credential, next_credential from provider_accounts');
  assert.deepEqual(left, [{ credential: null, next_credential: null }]);
});
