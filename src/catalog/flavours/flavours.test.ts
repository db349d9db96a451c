import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { chooseFlavour, type FlavourOrigin } from '#contracts/flavour-choice.ts';
import { type FlavourView, flavourSchema } from '#contracts/flavours.ts';
import { startTestApi } from '#identity/testing.ts';
import { settingsRoutes } from '#settings/routes.ts';
import { keepSettings } from '#settings/settings-keeper.ts';
import { configOf } from '#settings/testing.ts';
import { seedCatalogue } from '../commands/seed-catalogue.ts';
import { machineRoutes } from '../machine-routes.ts';
import { flavourSettingProblem } from './names.ts';
import { listFlavourLayers } from './queries.ts';
import { flavourRoutes } from './routes.ts';

const PATH = '/api/v1/catalogue/flavours';
const FAST = { name: 'fast', gpu_vendor: 'nvidia', image: 'own/vllm:1', args: ['--max-num-seqs', '64'] };

async function start(t: TestContext) {
  const first = configOf();
  const api = await startTestApi(t, {
    asRole: 'api',
    routes: ({ env, db }) => [
      ...flavourRoutes({ env, db, first }),
      ...machineRoutes({ env, db }),
      ...settingsRoutes({
        ...{ db, first, enabledProviders: ['scaleway', 'aws'] },
        problemElsewhere: flavourSettingProblem,
      }),
    ],
  });
  await seedCatalogue(api.env, api.db);
  const as = await api.person('owner');
  await api.db.query(`update users set is_platform_admin = true where id = $1`, [as.userId]);
  const send = (method: string, path: string, body?: object) =>
    api.send(path, { method, as, ...(body ? { body } : {}) });
  const make = async (body: object): Promise<FlavourView> => {
    const made = await send('POST', PATH, body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return flavourSchema.parse(made.body);
  };
  const set = (name: string, value: string, provider?: string) =>
    send('PUT', `/api/v1/settings/${name}`, { value, ...(provider ? { provider } : {}) });
  return { api, as, send, make, set, first };
}

test('a flavour is made, read, changed and deleted, and each is in the audit log with what was before', async (t) => {
  const { api, send, make } = await start(t);
  const made = await make({ ...FAST, gpu_family: 'hopper', provider_id: 'scaleway' });
  assert.deepEqual([made.version, made.is_built_in, made.network, made.mounts], [1, false, null, null]);
  const changed = await send('PATCH', `${PATH}/${made.id}`, { version: 1, args: null, network: 'engines' });
  assert.deepEqual([changed.status, changed.body.version], [200, 2], JSON.stringify(changed.body));
  assert.deepEqual([changed.body.args, changed.body.image], [null, 'own/vllm:1'], 'what was left out stays');
  assert.deepEqual((await send('GET', `${PATH}/${made.id}`)).body, changed.body);
  const { body } = await send('GET', PATH);
  assert.equal(body.data.filter((one: FlavourView) => !one.is_built_in).length, 1);
  assert.equal((await send('DELETE', `${PATH}/${made.id}`)).status, 204);
  assert.equal((await send('GET', `${PATH}/${made.id}`)).body.code, 'flavour.not_found');
  const audit = await api.db.query<{ action: string; before: object; after: object; subject_id: string }>(
    `select action, before, after, subject_id from audit_log where action like 'flavours.%' order by seq`,
  );
  assert.deepEqual(
    audit.map(({ action, subject_id: id }) => [action, id]),
    ['create', 'change', 'delete'].map((verb) => [`flavours.${verb}`, made.id]),
  );
  assert.deepEqual(audit[1]?.before, {
    ...{ args: FAST.args, network: null, version: 1, updated_at: made.updated_at },
  });
  assert.equal(Object(audit[2]?.before).image, 'own/vllm:1');
});

test('of two changes of what was read once, the second is refused and loses nothing', async (t) => {
  const { send, make } = await start(t);
  const { id } = await make(FAST);
  const outcomes = await Promise.all(
    ['a:1', 'b:1'].map((image) => send('PATCH', `${PATH}/${id}`, { version: 1, image })),
  );
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), [200, 409]);
  const won = outcomes.find(({ status }) => status === 200);
  assert.equal(outcomes.find(({ status }) => status === 409)?.body.code, 'flavour.changed');
  assert.equal((await send('GET', `${PATH}/${id}`)).body.image, won?.body.image);
});

test('one record for each family and provider, and those of the release stay', async (t) => {
  const { send, make } = await start(t);
  await make(FAST);
  const again = await send('POST', PATH, FAST);
  assert.equal(again.body.code, 'flavour.taken');
  await make({ ...FAST, gpu_family: 'ada' });
  await make({ ...FAST, provider_id: 'aws' });
  const { body } = await send('GET', PATH);
  const families = body.data
    .filter((one: FlavourView) => one.is_built_in)
    .map((one: FlavourView) => one.gpu_family ?? one.gpu_vendor);
  for (const family of ['nvidia', 'hopper', 'blackwell', 'cdna3'])
    assert.ok(families.includes(family), family);
  for (const one of body.data as FlavourView[]) flavourSchema.parse(one);
  assert.equal((await send('DELETE', `${PATH}/builtin_hopper`)).body.code, 'flavour.built_in');
  assert.equal(
    (await send('PATCH', `${PATH}/builtin_hopper`, { version: 1, image: 'x:1' })).body.code,
    'flavour.built_in',
  );
  assert.equal((await send('GET', `${PATH}/builtin_hopper`)).status, 200);
});

test('nonsense is refused with the place of it, and so is everybody else', async (t) => {
  const { api, send } = await start(t);
  const refused: [object, number][] = [
    [{ ...FAST, args: ['--tensor-parallel-size', '2'] }, 422],
    [{ ...FAST, args: ['--gpu-memory-utilization=0.5'] }, 422],
    [{ ...FAST, args: ['--host', '0.0.0.0'] }, 422],
    [{ ...FAST, args: ['-tp', '2'] }, 422],
    [{ ...FAST, args: ['word'] }, 422],
    [{ ...FAST, environment: { HF_TOKEN: 'x' } }, 422],
    [{ ...FAST, mounts: [{ source: '/var/run', target: '/x' }] }, 422],
    [{ ...FAST, provider_id: 'nobody' }, 404],
  ];
  for (const [body, status] of refused) {
    const answer = await send('POST', PATH, body);
    assert.equal(answer.status, status, JSON.stringify([body, answer.body]));
  }
  const { body } = await send('POST', PATH, { ...FAST, args: ['--x', '--tensor-parallel-size', '2'] });
  assert.match(body.detail ?? body.message ?? JSON.stringify(body), /args\[1\].*model/);
  const owner = await api.person('owner');
  for (const [method, path] of [
    ['GET', PATH],
    ['POST', PATH],
    ['DELETE', `${PATH}/x`],
  ] as const)
    assert.equal(
      (await api.send(path, { method, as: owner, ...(method === 'POST' ? { body: FAST } : {}) })).status,
      403,
    );
});

test('only what exists can be named, and what is named last stays', async (t) => {
  const { send, make, set } = await start(t);
  const unknown = await set('ENGINE_FLAVOUR', 'fast');
  assert.deepEqual([unknown.status, unknown.body.code], [422, 'setting.bad_value']);
  assert.match(JSON.stringify(unknown.body), /does not exist: make it first/);
  assert.equal((await set('ENGINE_FLAVOURS_BY_TYPE', 'L4-1-24G')).status, 422);
  assert.equal((await set('ENGINE_FLAVOURS_BY_TYPE', 'L4-*=fast')).status, 422);
  assert.equal((await set('ENGINE_FLAVOUR', 'standard')).status, 200);
  const types = await send('GET', '/api/v1/catalogue/instance-types?provider=scaleway');
  const type = types.body.data.find(({ code }: { code: string }) => code === 'L4-1-24G');
  const typePath = `/api/v1/catalogue/instance-types/${type.id}`;
  assert.equal((await send('PATCH', typePath, { flavour: 'fast' })).body.code, 'flavour.unknown');

  const [one, other] = [await make(FAST), await make({ ...FAST, gpu_family: 'ada' })];
  assert.equal((await set('ENGINE_FLAVOUR', 'fast', 'aws')).status, 200);
  assert.equal((await set('ENGINE_FLAVOURS_BY_TYPE', 'x=standard L4-*=fast', 'scaleway')).status, 200);
  const named = await send('PATCH', typePath, { flavour: 'fast' });
  assert.deepEqual([named.status, named.body.flavour, named.body.origin], [200, 'fast', type.origin]);
  assert.equal((await send('DELETE', `${PATH}/${one.id}`)).status, 204, 'another record is left');
  const kept = await send('DELETE', `${PATH}/${other.id}`);
  assert.equal(kept.body.code, 'flavour.in_use');
  const said = JSON.stringify(kept.body);
  for (const place of ['L4-1-24G', 'ENGINE_FLAVOUR of aws', 'ENGINE_FLAVOURS_BY_TYPE of scaleway'])
    assert.ok(said.includes(place), said);
  await send('PATCH', typePath, { flavour: null });
  await send('DELETE', '/api/v1/settings/ENGINE_FLAVOUR?provider=aws');
  await send('DELETE', '/api/v1/settings/ENGINE_FLAVOURS_BY_TYPE?provider=scaleway');
  assert.equal((await send('DELETE', `${PATH}/${other.id}`)).status, 204);
});

test('the nearest place counts: type, types of the provider, provider, everything, record, release', async (t) => {
  const { api, make, set, first } = await start(t);
  for (const name of ['a', 'b', 'c', 'd', 'standard']) await make({ ...FAST, name, image: `${name}:1` });
  await set('ENGINE_FLAVOURS_BY_TYPE', 'L4-*=b', 'scaleway');
  await set('ENGINE_FLAVOUR', 'c', 'scaleway');
  await set('ENGINE_FLAVOUR', 'd');
  const settings = await keepSettings(api.env, api.db, first);
  t.after(() => settings.stop());
  const imageOn = async (providerId: string, typeCode: string, typeFlavour: string | null = null) => {
    const layers = await listFlavourLayers(api.db, settings, { providerId, typeCode, typeFlavour });
    const { chosen } = chooseFlavour(layers, { vendor: 'nvidia', family: 'ada' });
    return [chosen?.image.value, chosen?.image.origin] as [string, FlavourOrigin];
  };
  assert.deepEqual(await imageOn('scaleway', 'L4-1-24G', 'a'), ['a:1', 'instance_type']);
  assert.deepEqual(await imageOn('scaleway', 'L4-1-24G'), ['b:1', 'provider_type']);
  assert.deepEqual(await imageOn('scaleway', 'L40S-1-48G'), ['c:1', 'provider']);
  assert.deepEqual(await imageOn('aws', 'L4-1-24G'), ['d:1', 'global']);
  // What nobody names any more, and what a release brings.
  assert.deepEqual(await imageOn('aws', 'g6', 'gone'), ['d:1', 'global']);
  await api.db.query(`delete from settings`);
  const bare = await keepSettings(api.env, api.db, first);
  t.after(() => bare.stop());
  const machine = { providerId: 'aws', typeCode: 'g6', typeFlavour: null };
  const ada = { vendor: 'nvidia', family: 'ada' } as const;
  const overridden = chooseFlavour(await listFlavourLayers(api.db, bare, machine), ada).chosen;
  assert.deepEqual([overridden?.image.value, overridden?.image.origin], ['standard:1', 'override']);
  await api.db.query(`delete from flavours`);
  assert.deepEqual(await listFlavourLayers(api.db, bare, machine), []);
});

test('a record for another provider counts for nothing', async (t) => {
  const { api, make, set, first } = await start(t);
  await make({ ...FAST, provider_id: 'aws', image: 'aws:1' });
  await make({ ...FAST, image: 'all:1' });
  await set('ENGINE_FLAVOUR', 'fast');
  const settings = await keepSettings(api.env, api.db, first);
  t.after(() => settings.stop());
  const imageAt = async (providerId: string) => {
    const machine = { providerId, typeCode: 'x', typeFlavour: null };
    const layers = await listFlavourLayers(api.db, settings, machine);
    return chooseFlavour(layers, { vendor: 'nvidia', family: 'hopper' }).chosen?.image.value;
  };
  assert.equal(await imageAt('aws'), 'aws:1');
  assert.equal(await imageAt('scaleway'), 'all:1');
});
