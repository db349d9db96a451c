import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { modelSchema } from '#contracts/management.ts';
import { inspectedModelSchema, modelFitsSchema } from '#contracts/models.ts';
import { startTestApi, type TestPerson } from '#identity/testing.ts';
import type { ModelUse } from './commands/change-model.ts';
import { lockModelForUse } from './commands/lock-model.ts';
import { seedCatalogue } from './commands/seed-catalogue.ts';
import { modelRoutes } from './model-routes.ts';
import { parseUsdRate } from './price.ts';
import { getModel, isKnownModel } from './queries.ts';
import { catalogRoutes } from './routes.ts';
import { LLAMA_3_1_8B, QWEN3_8B } from './testing/base-configs.ts';

const L40S: ModelUse = {
  deployment: 'chat',
  code: 'L40S-1-48G',
  gpuCount: 1,
  gpuKind: 'L40S',
  vramBytesPerGpu: 45_776 * 2 ** 20,
};

async function start(t: TestContext, uses: readonly ModelUse[] = []) {
  let asked = 0;
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ env, db }) => {
      const deps = {
        env,
        db,
        usdRate: parseUsdRate('0.86@2026-11-01'),
        enabledProviders: ['scaleway'],
        countReadyByModel: async () => new Map(),
        usualStarts: async () => new Map(),
        peakSpeeds: async () => new Map(),
        usesOfModel: async () => {
          asked++;
          return uses;
        },
      };
      return [...catalogRoutes(deps), ...modelRoutes(deps)];
    },
  });
  await seedCatalogue(api.env, api.db);
  const owner = await api.person('owner');
  const admin = await api.person('owner');
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [admin.userId]);
  const create = (body: object, as: TestPerson = owner, path = '/api/v1/models') =>
    api.send(path, { method: 'POST', as, body });
  const change = (id: string, body: object, as: TestPerson = owner, path = '/api/v1/models') =>
    api.send(`${path}/${encodeURIComponent(id)}`, { method: 'PATCH', as, body });
  const names = async (as: TestPerson, query = '') =>
    (await api.send(`/api/v1/models?limit=200${query}`, { as })).body.data.map(
      (one: { hf_id: string }) => one.hf_id,
    );
  return { api, owner, admin, create, change, names, asked: () => asked };
}

const FIGURES = { weights_bytes: 16e9, kv_bytes_per_token: 131_072, context_length: 8_192 };

test('a model is made from its config.json, kept with it, and found by its name', async (t) => {
  const { api, owner, create } = await start(t);
  const config = { ...LLAMA_3_1_8B, unheard_of: { kept: true } };
  const made = await create({ hf_id: 'acme/llama-tuned', config, licence: 'llama3.1' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const view = modelSchema.parse(made.body);
  assert.deepEqual(
    [view.name, view.is_own, view.origin, view.version, view.parameters, view.context_length],
    ['llama-tuned', true, 'person', 1, 8_030_261_248, 131_072],
  );
  assert.deepEqual([view.kv_bytes_per_token, view.shape?.attention_heads], [131_072, 32]);
  assert.ok(view.disk_bytes_needed >= 130e9);
  assert.deepEqual(view.activation.missing, [], 'whoever owns the organisation gives both sides by it');
  const path = `/api/v1/models/${encodeURIComponent('acme/llama-tuned')}`;
  assert.equal((await api.send(path, { as: owner })).body.id, view.id);
  assert.deepEqual((await api.send(`${path}/config`, { as: owner })).body.config, config);
  const seeded = `/api/v1/models/${encodeURIComponent('Qwen/Qwen3-8B')}/config`;
  assert.equal((await api.send(seeded, { as: owner })).body.config, null);
});

test('figures do where there is no configuration; what is missing or contradicts itself is said', async (t) => {
  const { create } = await start(t);
  const made = await create({ hf_id: 'acme/odd', name: 'Odd', ...FIGURES });
  assert.deepEqual([made.status, made.body.shape, made.body.kv_bytes_per_token], [201, null, 131_072]);
  const cases: [object, string][] = [
    [{ hf_id: 'acme/a' }, 'weights_bytes'],
    [{ hf_id: 'acme/a', weights_bytes: 1e9 }, 'context_length'],
    [{ hf_id: 'acme/a', config: QWEN3_8B, kv_bytes_per_token: 1 }, 'kv_bytes_per_token'],
    [{ hf_id: 'acme/a', config: { ...QWEN3_8B, hidden_size: -4 } }, '`hidden_size` must be'],
    [{ hf_id: 'acme/a', ...FIGURES, engine_args: ['--host', '0.0.0.0'] }, 'engine_args[0]'],
  ];
  for (const [body, param] of cases) {
    const answer = await create(body);
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    assert.ok(JSON.stringify(answer.body).includes(param), JSON.stringify(answer.body));
  }
  const wrong = [
    '../etc',
    'a/b/c',
    'a b',
    '',
    'a--b/c',
    'model_01k9xq3v5w7y9z1b3d5f7h9j1m',
    'x'.repeat(201),
    '-a',
  ];
  for (const hf_id of wrong) assert.equal((await create({ hf_id, ...FIGURES })).status, 422, hf_id);
  for (const more of [{ org_id: 'org_x' }, { is_active: false }, { origin: 'seed' }, { weights_bytes: -1 }]) {
    assert.equal((await create({ hf_id: 'acme/b', ...FIGURES, ...more })).status, 422, JSON.stringify(more));
  }
});

test('each organisation has its own names, and sees nothing of the others', async (t) => {
  const { api, owner, create, change, names } = await start(t);
  const other = await api.person('owner');
  const body = { hf_id: 'acme/secret', ...FIGURES };
  const [mine, theirs] = [await create(body), await create(body, other)];
  assert.deepEqual([mine.status, theirs.status], [201, 201], 'the same name, twice');
  assert.notEqual(mine.body.id, theirs.body.id);
  assert.equal((await create(body)).body.code, 'model.name_taken');
  assert.equal((await create({ ...body, hf_id: 'Qwen/Qwen3-8B' })).body.code, 'model.name_taken');
  const third = await api.person('owner');
  assert.ok(!(await names(third)).includes('acme/secret'));
  for (const id of [mine.body.id, 'acme/secret']) {
    const encoded = encodeURIComponent(id);
    for (const path of ['', '/config', '/fit']) {
      const answer = await api.send(`/api/v1/models/${encoded}${path}`, { as: third });
      assert.deepEqual([answer.status, answer.body.code], [404, 'model.not_found'], path);
    }
    assert.equal((await change(id, { name: 'X' }, third)).status, 404);
    assert.equal((await api.send(`/api/v1/catalogue/offers?model_id=${encoded}`, { as: third })).status, 404);
    assert.equal(await isKnownModel(api.db, third, id), false);
  }
  assert.equal((await getModel(api.db, other, 'acme/secret')).id, theirs.body.id);
  assert.equal((await change(theirs.body.id, { name: 'X' }, owner)).status, 404);
});

test('roles: who may look, who may change, and the models of all are left to administrators', async (t) => {
  const { api, owner, admin, create, change, names } = await start(t);
  const made = await create({ hf_id: 'acme/m', ...FIGURES });
  for (const [role, status] of [
    ['admin', 200],
    ['manager', 403],
    ['user', 403],
  ] as const) {
    const as = await api.person(role, owner.orgId);
    assert.equal((await change(made.body.id, { name: role }, as)).status, status, role);
    assert.ok((await names(as)).includes('acme/m'), role);
  }
  const own = await change('Qwen/Qwen3-8B', { name: 'Mine' });
  assert.deepEqual([own.status, own.body.code], [403, 'model.not_own']);
  const common = '/api/v1/catalogue/models';
  assert.equal((await change('Qwen/Qwen3-8B', { name: 'Mine' }, owner, common)).status, 403);
  const changed = await change('Qwen/Qwen3-8B', { name: 'Ours' }, admin, common);
  assert.deepEqual([changed.status, changed.body.name, changed.body.origin], [200, 'Ours', 'person']);
  await seedCatalogue(api.env, api.db);
  assert.equal((await getModel(api.db, owner, 'Qwen/Qwen3-8B')).name, 'Ours', 'seeds leave it alone');
  assert.equal(
    (await change(made.body.id, { name: 'x' }, admin, common)).status,
    404,
    "not an organisation's own",
  );
  const shared = await create({ hf_id: 'vendor/all', ...FIGURES }, admin, common);
  assert.deepEqual([shared.status, shared.body.is_own], [201, false]);
  assert.ok((await names(owner)).includes('vendor/all'));
  assert.equal((await create({ hf_id: 'vendor/all', ...FIGURES }, admin, common)).status, 409);
});

test('an inactive model is not listed, and only who may change it sees it to switch it on', async (t) => {
  const { api, owner, create, change, names } = await start(t);
  const { id } = (await create({ hf_id: 'acme/m', ...FIGURES })).body;
  assert.equal((await change(id, { is_active: false })).body.is_active, false);
  assert.ok(!(await names(owner)).includes('acme/m'));
  assert.ok((await names(owner, '&include_inactive=true')).includes('acme/m'));
  const user = await api.person('user', owner.orgId);
  assert.ok(!(await names(user, '&include_inactive=true')).includes('acme/m'));
  assert.equal((await change(id, { is_active: true })).body.version, 3);
  assert.ok((await names(owner)).includes('acme/m'));
  const admin = '/api/v1/catalogue/models';
  const platform = await api.person('owner');
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [platform.userId]);
  await change('microsoft/phi-4', { is_active: false }, platform, admin);
  await seedCatalogue(api.env, api.db);
  const phi = await getModel(api.db, owner, 'microsoft/phi-4');
  assert.deepEqual([phi.isActive, phi.origin], [false, 'seed'], 'switched off, its facts still ours');
});

test('what deployments need is not taken from them, and everything else may change', async (t) => {
  const { create, change, asked } = await start(t, [L40S]);
  const { id } = (await create({ hf_id: 'acme/m', config: QWEN3_8B })).body;
  const big = await change(id, { weights_bytes: 60e9 });
  assert.deepEqual([big.status, big.body.code], [409, 'model.in_use']);
  assert.match(big.body.detail, /deployment chat .* not fit L40S-1-48G any more.*End it first/s);
  const shorter = await change(id, { context_length: 4_096 });
  assert.equal(shorter.status, 409);
  assert.match(shorter.body.detail, /up to 40960 tokens on L40S-1-48G, and would take 4096/);
  const other = await change(id, {
    config: { ...QWEN3_8B, num_attention_heads: 2, num_key_value_heads: 2, num_hidden_layers: 2000 },
  });
  assert.equal(other.body.code, 'model.in_use');
  const fine = await change(id, { name: 'New', engine_args: ['--max-num-seqs', '64'], licence: null });
  assert.deepEqual([fine.status, fine.body.name, fine.body.version], [200, 'New', 2]);
  assert.equal(fine.body.parameters, 8_190_735_360, 'what was not named stays');
  assert.equal((await change(id, { is_active: false })).status, 200, 'what runs goes on');
  assert.ok(asked() >= 4);
});

test('who changes a model waits for who is deploying it', async (t) => {
  const { api, owner, create, change } = await start(t, [L40S]);
  const { id } = (await create({ hf_id: 'acme/m', ...FIGURES })).body;
  const steps: string[] = [];
  let changed: Promise<unknown> | undefined;
  await api.db.transaction(async (tx) => {
    await lockModelForUse(tx, owner, id);
    changed = change(id, { name: 'Later' }).then(() => steps.push('changed'));
    // It stands in the queue of the lock before the deployment commits.
    let isWaiting = false;
    for (let look = 0; look < 20_000 && !isWaiting; look++) {
      const [waiting] = await api.db.query<{ n: number }>(
        `select count(*)::int as n from pg_locks l join pg_database d on d.oid = l.database
         where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`,
      );
      isWaiting = (waiting?.n ?? 0) > 0;
    }
    assert.ok(isWaiting);
    assert.equal((await getModel(tx, owner, id)).name, 'm');
    steps.push('deployed');
  });
  await changed;
  assert.deepEqual(steps, ['deployed', 'changed']);
});

test('a model that was never deployed goes, one that was and one of the seeds stay', async (t) => {
  const { api, owner, admin, create, names } = await start(t);
  const remove = (id: string, as: TestPerson = owner, path = '/api/v1/models') =>
    api.send(`${path}/${encodeURIComponent(id)}`, { method: 'DELETE', as });
  await create({ hf_id: 'acme/mistake', ...FIGURES });
  const stranger = await api.person('owner');
  assert.equal((await remove('acme/mistake', stranger)).status, 404);
  assert.equal((await remove('acme/mistake')).status, 204);
  assert.ok(!(await names(owner, '&include_inactive=true')).includes('acme/mistake'));
  assert.equal((await create({ hf_id: 'acme/mistake', ...FIGURES })).status, 201, 'its name is free again');

  const used = (await create({ hf_id: 'acme/used', ...FIGURES })).body.id;
  await api.db.query(
    `insert into deployments (org_id, id, name, model_id, provider_id, zone, instance_type_id, replicas,
       created_by, created_at)
     select $1, 'dep_used', 'used', $2, provider_id, 'fr-par-1', id, 1, 'user:x', app_now()
     from instance_types where provider_id = 'scaleway' order by id limit 1`,
    [owner.orgId, used],
  );
  const refused = await remove('acme/used');
  assert.deepEqual([refused.status, refused.body.code], [409, 'model.in_use']);

  const seeded = await remove('Qwen/Qwen3-8B', admin, '/api/v1/catalogue/models');
  assert.deepEqual([seeded.status, seeded.body.code], [409, 'model.in_use']);
  assert.equal((await remove('Qwen/Qwen3-8B')).status, 403);
  await create({ hf_id: 'all/spare', ...FIGURES }, admin, '/api/v1/catalogue/models');
  assert.equal((await remove('all/spare', admin, '/api/v1/catalogue/models')).status, 204);
});

test('a configuration can be looked at without keeping anything', async (t) => {
  const { api, owner } = await start(t);
  const user = await api.person('user', owner.orgId);
  const inspect = (config: object) =>
    api.send('/api/v1/model-inspections', { method: 'POST', as: user, body: { config } });
  const answer = await inspect({ ...QWEN3_8B, model_type: 'brand_new' });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  const seen = inspectedModelSchema.parse(answer.body);
  assert.equal(seen.weights_bytes, seen.parameters * 2);
  assert.match(seen.warnings.join(), /brand_new/);
  const wrong = await inspect({ ...QWEN3_8B, vocab_size: 'many' });
  assert.deepEqual([wrong.status, wrong.body.code], [422, 'model.config_invalid']);
  assert.match(wrong.body.detail, /`vocab_size` must be a whole number/);
  const huge = await inspect({ ...QWEN3_8B, junk: 'x'.repeat(250_000) });
  assert.equal(huge.status, 422);
});

test('every kind of machine is judged for a model, the best and cheapest first', async (t) => {
  const { api, owner } = await start(t);
  const fits = async (query = '') => {
    const path = `/api/v1/models/${encodeURIComponent('Qwen/Qwen3-8B')}/fit${query}`;
    return modelFitsSchema.parse((await api.send(path, { as: owner })).body);
  };
  const all = await fits();
  const order = all.data.map(({ fit }) => ['fits', 'tight', 'no'].indexOf(fit.verdict));
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  const good = all.data.filter(
    ({ fit, price_micros_per_hour: price }) => fit.verdict === 'fits' && price !== null,
  );
  const prices = good.map(({ price_micros_per_hour: price }) => price ?? 0);
  assert.deepEqual(
    prices,
    prices.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(all.data.map((one) => one.instance_type_id)).size, all.data.length);
  const l4 = all.data.find(({ instance_type }) => instance_type === 'L4-1-24G');
  assert.deepEqual([l4?.fit.verdict, l4?.zones.length, l4?.is_enabled], ['tight', 3, true]);
  assert.ok(all.data.some(({ fit }) => fit.reasons.some(({ code }) => code === 'gpu_unsupported')));
  const short = await fits('?context_length=8192&provider=scaleway');
  assert.equal(short.data.find(({ instance_type }) => instance_type === 'L4-1-24G')?.fit.verdict, 'fits');
  assert.ok(short.data.every(({ provider }) => provider === 'scaleway'));
  const many = await fits('?sequences=1000');
  assert.ok(many.data.every(({ fit }) => fit.verdict !== 'fits'));
  const path = `/api/v1/models/${encodeURIComponent('Qwen/Qwen3-8B')}/fit?context_length=0`;
  assert.equal((await api.send(path, { as: owner })).status, 422);
});

test('each change is in the audit log with what was before and after, without the configuration', async (t) => {
  const { api, owner, create, change } = await start(t);
  const { id } = (await create({ hf_id: 'acme/m', config: { ...QWEN3_8B, marker: 'IN-CONFIG' } })).body;
  await change(id, { name: 'New', context_length: 20_000 });
  const rows = await api.db.query<{ action: string; before: object; after: object; subject_id: string }>(
    `select action, before, after, subject_id from audit_log where org_id = $1 order by at, id`,
    [owner.orgId],
  );
  assert.deepEqual(
    rows.map(({ action, subject_id }) => [action, subject_id]),
    [
      ['models.create', id],
      ['models.change', id],
    ],
  );
  assert.deepEqual(rows[1]?.before, { name: 'm', version: 1, contextLength: 40_960 });
  assert.deepEqual(rows[1]?.after, { name: 'New', version: 2, contextLength: 20_000 });
  assert.ok(!JSON.stringify(rows).includes('IN-CONFIG'));
});
