import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as z from 'zod';
import { fixedSettings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { resealAll } from '#database/sealed-rows.ts';
import { hashRequest } from '#http/idempotency.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { listAccountUses } from '#instances/queries.ts';
import type { Lease } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import { Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { wholeInspection } from '#providers/inspection.ts';
import { type Capabilities, type Provider, ProviderError } from '#providers/provider.ts';
import {
  type AccountDirectory,
  type Credential,
  openDirectory,
  SEALED_ACCOUNTS,
} from './account-directory.ts';
import { chooseAccount } from './account-queries.ts';
import { accountRoutes } from './account-routes.ts';
import { CHECK_ACCOUNT } from './commands/manage-account.ts';
import { checkProviderAccountHandler } from './jobs/check-provider-account.ts';
import { requireMasterKey } from './master-key.ts';
import { configOf, until } from './testing.ts';

const CAPABILITIES = { parts: [], volumesOutliveServer: false } as unknown as Capabilities;
const CANARY = 'canary-4f1c9a';
const PATH = '/api/v1/provider-accounts';
const tokenForm = z.strictObject({ token: z.string().min(1) });
const keyOf = (letter: string) => new Secret(letter.repeat(43));

interface Made {
  readonly providerId: string;
  readonly credential: Credential;
  readonly provider: Provider;
}

/** An api, and the directory of an orchestrator on the same database, whose adapters do what `listOffers` says. */
async function start(t: TestContext) {
  let sealer: Sealer | undefined;
  const sealerOf = (api: Pick<TestApi, 'env'>) => (sealer ??= new Sealer(api.env.random, keyOf('a')));
  const api = await startTestApi(t, {
    routes: ({ env, db }) =>
      accountRoutes({
        env,
        db,
        sealer: sealerOf({ env }),
        enabledProviders: ['mock', 'other'],
        credentialOf: (id) => (id === 'mock' || id === 'off' ? tokenForm : undefined),
        usesOf: listAccountUses,
      }),
  });
  const made: Made[] = [];
  const calls: string[] = [];
  const behaviour = { listOffers: async () => [{ zone: 'a' }, { zone: 'b' }, { zone: 'a' }] as unknown[] };
  const adapterOf = (providerId: string, secret: Secret<Credential>) => {
    const credential = secret.reveal();
    const provider = {
      id: providerId,
      inspect: async () => wholeInspection(CAPABILITIES, ['a', 'b']),
      listOffers: () => behaviour.listOffers(),
      listOwned: async (_context: unknown, installation: string, zones: string[]) => {
        calls.push(`${credential['token']} ${installation} ${zones.join(',')}`);
        return [];
      },
    } as unknown as Provider;
    made.push({ providerId, credential, provider });
    return provider;
  };
  const own = { id: 'mock' } as Provider;
  const open = (enabledProviders: string[], key = sealerOf(api)) =>
    openDirectory({ env: api.env, db: api.db, sealer: key, enabledProviders, own: [own], adapterOf });
  const add = async (as: TestPerson, name = 'main', token = CANARY) => {
    const body = { provider: 'mock', name, credential: { token } };
    const answer = await api.send(PATH, { method: 'POST', as, body });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body.id as string;
  };
  return { api, own, made, calls, behaviour, open, add, directory: open(['mock']) };
}

function check(api: TestApi, accounts: AccountDirectory, accountId: string, orgId: string) {
  const handler = checkProviderAccountHandler({
    env: api.env,
    db: api.db,
    accounts,
    installationId: 'ins_test',
    settings: fixedSettings(configOf({ PROVIDER_TIMEOUT_MS: '200' })),
  });
  const lease: Lease = {
    kind: CHECK_ACCOUNT,
    subjectId: accountId,
    orgId,
    correlationId: newId(api.env, 'correlation'),
    attempts: 1,
    signal: new AbortController().signal,
    apply: (work) => api.db.transaction(work),
  };
  return handler.run(lease);
}

/** A row that other tests of this domain's neighbours make by their commands. */
async function insertInstance(db: Database, orgId: string, accountId: string, state = 'ready') {
  const seen = `set local session_replication_role = replica`;
  await db.transaction(async (tx) => {
    await tx.query(seen);
    await tx.query(
      `insert into instances (org_id, id, name, provider_id, zone, instance_type_id, model_id, engine, state,
         state_version, state_at, correlation_id, created_by, created_at, account_id)
       values ($1, 'inst_1', 'demo-1', 'mock', 'a', 'type_1', 'model_1', 'vllm', $3, 1, app_now(), 'cor_1', 'x',
         app_now(), $2)`,
      [orgId, accountId, state],
    );
  });
}

test('an account is made, renamed, given a new credential, listed and removed; nothing ever shows the credential', async (t) => {
  const { api, add } = await start(t);
  const owner = await api.person();
  const manager = await api.person('manager', owner.orgId);
  const id = await add(owner);
  const path = `${PATH}/${id}`;
  const renamed = await api.send(path, { method: 'PATCH', as: owner, body: { name: 'renamed' } });
  assert.deepEqual([renamed.body.name, renamed.body.version], ['renamed', 1]);
  const credential = { token: `${CANARY}-2` };
  const replaced = await api.send(path, { method: 'PATCH', as: owner, body: { credential } });
  assert.deepEqual([replaced.body.name, replaced.body.version], ['renamed', 2]);
  const listed = await api.send(PATH, { as: manager });
  assert.deepEqual(listed.body.data, [replaced.body]);
  assert.deepEqual((await api.send(path, { as: manager })).body, replaced.body);
  assert.deepEqual(replaced.body.check, {
    state: 'none',
    checked_at: null,
    error: null,
    message: null,
    inspection: null,
  });
  const again = { provider: 'mock', name: 'renamed', credential };
  const taken = await api.send(PATH, { method: 'POST', as: owner, body: again });
  assert.deepEqual([taken.status, taken.body.code], [409, 'provider_account.name_taken']);
  assert.equal((await api.send(path, { method: 'DELETE', as: owner })).status, 204);
  assert.equal((await api.send(path, { as: owner })).status, 404);
  await add(owner, 'renamed');
  const dump = JSON.stringify([
    renamed.body,
    replaced.body,
    listed.body,
    taken.body,
    await api.db.query('select * from provider_accounts'),
    await api.db.query('select * from events'),
    await api.db.query('select * from idempotency_keys'),
  ]);
  assert.ok(!dump.includes(CANARY));
  const left = await api.db.query('select credential, key_id from provider_accounts where id = $1', [id]);
  assert.deepEqual(left, [{ credential: null, key_id: null }], 'the credential goes with its account');
});

test('a repeated order to make an account makes one, and its kept hash cannot be had from the credential', async (t) => {
  const { api } = await start(t);
  const owner = await api.person();
  const post = (token: string) =>
    api.send(PATH, {
      method: 'POST',
      as: owner,
      body: { provider: 'mock', name: 'main', credential: { token } },
      headers: { 'idempotency-key': 'key-1' },
    });
  const [first, second] = [await post('weak'), await post('weak')];
  assert.deepEqual([first.status, second.status, second.body], [201, 201, first.body]);
  assert.equal(second.headers.get('idempotent-replayed'), 'true');
  assert.equal((await post('other')).body.code, 'request.idempotency_mismatch');
  const parts = { body: { provider: 'mock', name: 'main', credential: { token: 'weak' } } };
  const [row] = await api.db.query<{ request_hash: string }>('select request_hash from idempotency_keys');
  assert.notEqual(row?.request_hash, hashRequest('provider_accounts.create', parts));
  assert.equal((await api.db.query('select 1 from provider_accounts')).length, 1);
});

test('roles and organisations', async (t) => {
  const { api, add } = await start(t);
  const owner = await api.person();
  const id = await add(owner);
  const body = { provider: 'mock', name: 'x', credential: { token: 'x' } };
  const orders = [
    ['POST', PATH, body],
    ['PATCH', `${PATH}/${id}`, { name: 'x' }],
    ['POST', `${PATH}/${id}/test`, undefined],
    ['DELETE', `${PATH}/${id}`, undefined],
  ] as const;
  for (const [method, path, sent] of orders) {
    for (const role of ['manager', 'user'] as const) {
      const as = await api.person(role, owner.orgId);
      const init = sent === undefined ? { method, as } : { method, as, body: sent };
      assert.equal((await api.send(path, init)).body.code, 'auth.forbidden', `${role} ${method} ${path}`);
    }
  }
  const user = await api.person('user', owner.orgId);
  assert.equal((await api.send(PATH, { as: user })).status, 403);
  const stranger = await api.person();
  assert.deepEqual((await api.send(PATH, { as: stranger })).body, { data: [] });
  assert.equal((await api.send(`${PATH}/${id}`, { method: 'DELETE', as: stranger })).status, 404);
});

test('a credential of another form, and a provider that takes none, are refused without repeating it', async (t) => {
  const { api } = await start(t);
  const owner = await api.person();
  const post = (provider: string, credential: unknown) =>
    api.send(PATH, { method: 'POST', as: owner, body: { provider, name: 'x', credential } });
  for (const credential of [{}, { token: 5 }, { token: '' }, { token: CANARY, more: CANARY }]) {
    const { status, body } = await post('mock', credential);
    assert.deepEqual([status, body.code], [422, 'provider_account.bad_credential']);
    assert.match(body.errors[0].path, /^credential/);
    assert.ok(!JSON.stringify(body).includes(CANARY));
  }
  for (const provider of ['other', 'off', 'nowhere']) {
    assert.equal((await post(provider, { token: CANARY })).body.code, 'provider.not_enabled', provider);
  }
  for (const credential of [undefined, 'text', [CANARY], { a: { b: 1 } }]) {
    assert.equal((await post('mock', credential)).body.code, 'request.invalid');
  }
  assert.deepEqual(await api.db.query('select 1 from provider_accounts'), []);
});

test('the directory opens accounts on use, follows each change at once, and knows only enabled providers', async (t) => {
  const { api, own, made, add, directory, open } = await start(t);
  const owner = await api.person();
  const other = await api.person();
  const id = await add(owner);
  assert.equal(await directory.find('mock', null), own);
  assert.equal(await directory.find('other', null), undefined);
  assert.equal(made.length, 0, 'nothing is opened before it is used');
  const first = await directory.find('mock', id);
  assert.ok(first);
  assert.equal(await directory.find('mock', id), first, 'the adapter is kept');
  assert.deepEqual(made[0]?.credential, { token: CANARY });
  assert.equal(await directory.find('other', id), undefined);
  await api.send(`${PATH}/${id}`, { method: 'PATCH', as: owner, body: { name: 'new name' } });
  assert.equal(await directory.find('mock', id), first, 'a new name is no new credential');
  const credential = { token: 'another' };
  await api.send(`${PATH}/${id}`, { method: 'PATCH', as: owner, body: { credential } });
  assert.notEqual(await directory.find('mock', id), first);
  assert.deepEqual(made[1]?.credential, credential);
  const second = await add(other, 'theirs', 'theirs');
  const listed = async (from = directory) =>
    (await from.list()).map(({ accountId, orgId, providerId }) => [accountId, orgId, providerId]);
  assert.deepEqual(await listed(), [
    [null, null, 'mock'],
    [id, owner.orgId, 'mock'],
    [second, other.orgId, 'mock'],
  ]);
  assert.deepEqual(await listed(open(['other'])), []);
  assert.equal(await open(['other']).find('mock', id), undefined);
  assert.equal((await api.send(`${PATH}/${id}`, { method: 'DELETE', as: owner })).status, 204);
  assert.equal(await directory.find('mock', id), undefined);
  assert.equal((await directory.list()).length, 2);
});

test('a credential that was moved to another row or changed does not open, and the other accounts go on', async (t) => {
  const { api, add, directory } = await start(t);
  const [owner, other] = [await api.person(), await api.person()];
  const [mine, theirs] = [await add(owner), await add(other)];
  const copy = `update provider_accounts set credential = (select credential from provider_accounts where id = $2)
                where id = $1`;
  await api.db.query(copy, [theirs, mine]);
  await assert.rejects(directory.find('mock', theirs), { name: 'SealError' });
  assert.ok(await directory.find('mock', mine));
  assert.deepEqual(
    (await directory.list()).map(({ accountId }) => accountId),
    [null, mine],
  );
  await api.send(`${PATH}/${theirs}/test`, { method: 'POST', as: other });
  await check(api, directory, theirs, other.orgId);
  const { body } = await api.send(`${PATH}/${theirs}`, { as: other });
  assert.deepEqual([body.check.state, body.check.error], ['failed', 'unreadable']);
});

test('a process refuses to start with another master key while anything is sealed', async (t) => {
  const { api, add, open } = await start(t);
  const owner = await api.person();
  const wrong = new Sealer(api.env.random, keyOf('b'));
  const right = new Sealer(api.env.random, keyOf('a'));
  const config = configOf({ SECRETS_DIR: '/somewhere' });
  await requireMasterKey(api.db, config, wrong, SEALED_ACCOUNTS);
  const id = await add(owner);
  await requireMasterKey(api.db, config, right, SEALED_ACCOUNTS);
  const line =
    /^the secret file \/somewhere\/master_key is not the key that sealed 1 secrets in the database: put/;
  await assert.rejects(requireMasterKey(api.db, config, wrong, SEALED_ACCOUNTS), {
    name: 'StartError',
    message: line,
  });
  await assert.rejects(open(['mock'], wrong).find('mock', id), /another master key/);
  await api.send(`${PATH}/${id}`, { method: 'DELETE', as: owner });
  await requireMasterKey(api.db, config, wrong, SEALED_ACCOUNTS);
});

test('a new master key takes over account by account, also when it is killed half way', async (t) => {
  const { api, add, made, open } = await start(t);
  const owner = await api.person();
  const ids = [
    await add(owner, 'one', 'token-1'),
    await add(owner, 'two', 'token-2'),
    await add(owner, 'three', 'token-3'),
  ];
  const config = configOf();
  const both = new Sealer(api.env.random, keyOf('b'), keyOf('a'));
  const next = new Sealer(api.env.random, keyOf('b'));
  let visits = 0;
  const dying = {
    ...api.env,
    crashPoint: async () => {
      visits += 1;
      if (visits === 3) throw new Error('killed');
    },
  };
  const reseal = (env = api.env) => resealAll({ env, db: api.db, sealer: both }, SEALED_ACCOUNTS);
  await assert.rejects(reseal(dying), /killed/);
  await requireMasterKey(api.db, config, both, SEALED_ACCOUNTS);
  await assert.rejects(
    requireMasterKey(api.db, config, next, SEALED_ACCOUNTS),
    /sealed 2 secrets in the database/,
  );
  assert.equal((await open(['mock'], both).list()).length, 4, 'half way both keys open');
  assert.deepEqual(await reseal(), { rows: 2, unreadable: [] });
  assert.deepEqual(await reseal(), { rows: 0, unreadable: [] });
  await requireMasterKey(api.db, config, next, SEALED_ACCOUNTS);
  made.length = 0;
  for (const id of ids) assert.ok(await open(['mock'], next).find('mock', id));
  assert.deepEqual(
    made.map(({ credential }) => credential['token']),
    ['token-1', 'token-2', 'token-3'],
  );
});

test('a check is asked for durably, and its result appears on the account', async (t) => {
  const { api, add, calls, behaviour, directory } = await start(t);
  const owner = await api.person();
  const id = await add(owner);
  const ask = () => api.send(`${PATH}/${id}/test`, { method: 'POST', as: owner });
  const seen = async () => {
    const { state, error } = (await api.send(`${PATH}/${id}`, { as: owner })).body.check;
    return [state, error];
  };
  const asked = await ask();
  assert.deepEqual([asked.status, asked.body.check.state], [202, 'pending']);
  const jobs = await api.db.query<{ org_id: string }>(
    `select org_id from jobs where kind = $1 and subject_id = $2`,
    [CHECK_ACCOUNT, id],
  );
  assert.deepEqual(jobs, [{ org_id: owner.orgId }]);
  assert.deepEqual(calls, [], 'the api asked no provider');
  await check(api, directory, id, owner.orgId);
  assert.deepEqual(await seen(), ['ok', null]);
  assert.deepEqual(calls, [`${CANARY} ins_test a,b`]);
  await check(api, directory, id, owner.orgId);
  assert.equal(calls.length, 1, 'what was not asked for again is not done again');

  const refusal = (kind: 'auth' | 'retryable') => async () => {
    const facts = { kind, provider: 'mock', operation: 'listOffers', outcomeUnknown: false, httpStatus: 401 };
    throw new ProviderError(`bad token ${CANARY}`, facts);
  };
  behaviour.listOffers = refusal('auth');
  await ask();
  assert.deepEqual(await seen(), ['pending', null]);
  await check(api, directory, id, owner.orgId);
  assert.deepEqual(await seen(), ['failed', 'auth']);
  behaviour.listOffers = refusal('retryable');
  await ask();
  await check(api, directory, id, owner.orgId);
  assert.deepEqual(await seen(), ['failed', 'retryable']);
  const kept = JSON.stringify(await api.db.query('select check_message from provider_accounts'));
  assert.ok(!kept.includes(CANARY), kept);
  await api.send(`${PATH}/${id}`, { method: 'PATCH', as: owner, body: { credential: { token: 'new' } } });
  assert.equal((await seen())[0], 'none', 'what was found of the former credential says nothing of this one');
});

test('an account that anything at the provider still needs is not removed, and the answer lists what', async (t) => {
  const { api, add } = await start(t);
  const owner = await api.person();
  const id = await add(owner);
  const remove = () => api.send(`${PATH}/${id}`, { method: 'DELETE', as: owner });
  await insertInstance(api.db, owner.orgId, id);
  const alive = await remove();
  assert.deepEqual([alive.status, alive.body.code], [409, 'provider_account.in_use']);
  assert.deepEqual(alive.body.errors, [{ path: 'inst_1', message: 'instance demo-1' }]);
  const mend = (sql: string) =>
    api.db.transaction(async (tx) => {
      await tx.query(`set local session_replication_role = replica`);
      await tx.query(sql);
    });
  await mend(`update instances set state = 'terminated'`);
  await mend(`insert into provision_attempts (org_id, id, instance_id, number, kind, provider_id, zone, name, state,
      created_at) values ('${owner.orgId}', 'att_1', 'inst_1', 1, 'address', 'mock', 'a', 'inv-1', 'called', app_now())`);
  await mend(`insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes,
      is_boot, delete_on_terminate, created_at)
    values ('${owner.orgId}', 'vol_1', 'inst_1', 'mock', 'v-1', 'a', 'data', 1, false, false, app_now())`);
  const rest = await remove();
  assert.deepEqual(
    rest.body.errors.map((one: { message: string }) => one.message),
    ['unresolved address inv-1', 'volume v-1'],
  );
  await mend(`update provision_attempts set state = 'present'`);
  assert.equal((await remove()).body.errors[0].message, 'address inv-1');
  await mend(`update provision_attempts set state = 'absent'`);
  assert.equal((await remove()).status, 409, 'a volume that was kept still costs');
  await mend(`update instance_volumes set deleted_at = app_now()`);
  assert.equal((await remove()).status, 204);
});

test('an order takes the only account, asks when there are several, and the installation is the last resort', async (t) => {
  const { api, add } = await start(t);
  const owner = await api.person();
  const choose = (accountId?: string) =>
    api.db.transaction((tx) => chooseAccount(tx, owner, { providerId: 'mock', accountId }));
  const refused = (code: string, text: RegExp) => (error: Error & { code: string; details: unknown }) =>
    error.code === code && text.test(JSON.stringify(error.details) + error.message);
  assert.equal(await choose(), null);
  const first = await add(owner, 'first');
  assert.equal(await choose(), first);
  const second = await add(owner, 'second');
  await assert.rejects(
    choose(),
    refused('provider_account.choice_required', new RegExp(`${first} \\(first\\)`)),
  );
  assert.equal(await choose(second), second);
  const stranger = await api.person();
  const theirs = await add(stranger);
  await assert.rejects(choose(theirs), refused('provider_account.not_found', /GET/));
  await api.send(`${PATH}/${second}`, { method: 'DELETE', as: owner });
  await assert.rejects(choose(second), refused('provider_account.not_found', /GET/));
  assert.equal(await choose(), first);
});

async function isSomebodyWaiting(db: Database): Promise<boolean> {
  const rows = await db.query(
    `select 1 from pg_locks l join pg_stat_activity a using (pid)
     where a.datname = current_database() and not l.granted`,
  );
  return rows.length > 0;
}

test('an order and the removal of its account at the same moment do not miss each other', async (t) => {
  const { api, add } = await start(t);
  const owner = await api.person();
  const id = await add(owner);
  const chosen = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const order = api.db.transaction(async (tx) => {
    await chooseAccount(tx, owner, { providerId: 'mock', accountId: id });
    chosen.resolve();
    await goOn.promise;
    await tx.query(`set local session_replication_role = replica`);
    await tx.query(
      `insert into instances (org_id, id, name, provider_id, zone, instance_type_id, model_id, engine, state,
         state_version, state_at, correlation_id, created_by, created_at, account_id)
       values ($1, 'inst_2', 'late', 'mock', 'a', 't', 'm', 'vllm', 'provisioning', 1, app_now(), 'c', 'x', app_now(), $2)`,
      [owner.orgId, id],
    );
  });
  await chosen.promise;
  const removal = api.send(`${PATH}/${id}`, { method: 'DELETE', as: owner });
  // Only once the removal waits for the order is this the case that is meant.
  await until(api.env, () => isSomebodyWaiting(api.db));
  goOn.resolve();
  await order;
  assert.equal((await removal).body.code, 'provider_account.in_use');
});
