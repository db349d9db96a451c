import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import { syncOffers } from '#catalog/commands/sync-offers.ts';
import { parseUsdRate } from '#catalog/price.ts';
import { startTestApi, type TestApi, type TestPerson } from '#identity/testing.ts';
import { AppError } from '#kernel/errors.ts';
import { deploymentRoutes } from './routes.ts';

const WANTED = {
  name: 'chat',
  model_id: 'Qwen/Qwen3-8B',
  provider: 'mock',
  zone: 'mock-a',
  instance_type: 'MOCK-L4-1',
};

const VOLUME = 'vol_01k9xq3v5w7y9z1b3d5f7h9j1m';

function offerOf(zone: string, type: string, vramGib: number) {
  return {
    zone,
    type,
    gpuCount: 1,
    gpuKind: 'L4',
    vramBytesPerGpu: vramGib * 2 ** 30,
    vcpus: 8,
    memoryBytes: 48 * 2 ** 30,
    price: { nanosPerHour: 750_000_000, currency: 'EUR', asOf: '2026-11-01' },
    availability: 'available',
  } as const;
}

async function start(
  t: Parameters<typeof startTestApi>[0],
  requireReachable: (providerId: string) => void = () => undefined,
): Promise<TestApi> {
  return startTestApi(t, {
    routes: async ({ env, db }) => {
      await seedCatalogue(env, db);
      await syncOffers(env, db, 'mock', [
        offerOf('mock-a', 'MOCK-L4-1', 24),
        offerOf('mock-b', 'MOCK-L4-1', 24),
        offerOf('mock-a', 'MOCK-H100-1', 80),
        offerOf('mock-a', 'MOCK-TINY', 4),
      ]);
      return deploymentRoutes({
        env,
        db,
        usdRate: parseUsdRate('0.86@2026-11-01'),
        enabledProviders: ['mock'],
        engineOf: () => 'simulated',
        requireReachable,
        attachesVolumes: (provider) => provider === 'mock',
        offersMax: () => 4,
        costsOf: async (_db, _scope, ids) => new Map(ids.map((id) => [id, 42])),
      });
    },
  });
}

const create = (api: TestApi, as: TestPerson, body: object, headers: Record<string, string> = {}) =>
  api.send('/api/v1/deployments', { method: 'POST', as, body, headers });

async function countRows(api: TestApi): Promise<Record<string, number>> {
  const tables = ['deployments', 'instances', 'instance_state_history', 'jobs', 'events'];
  const counts = tables.map(async (table) => [table, (await api.db.query(`select 1 from ${table}`)).length]);
  return Object.fromEntries(await Promise.all(counts)) as Record<string, number>;
}

test('where machines cannot call home none is ordered, and what is wrong with the order itself is told first', async (t) => {
  const asked: string[] = [];
  const api = await start(t, (providerId) => {
    asked.push(providerId);
    throw new AppError('control_url.local', { publicMessage: 'Set PUBLIC_URL.' });
  });
  const as = await api.person('owner');
  const before = await countRows(api);
  const tiny = await create(api, as, { ...WANTED, instance_type: 'MOCK-TINY' });
  assert.equal(tiny.body.code, 'model.does_not_fit');
  const refused = await create(api, as, WANTED);
  assert.deepEqual(
    [refused.status, refused.body.code, refused.body.detail],
    [409, 'control_url.local', 'Set PUBLIC_URL.'],
  );
  assert.deepEqual(await countRows(api), before);
  assert.deepEqual(asked, ['mock']);
});

test('a deployment orders its instances in one act: rows, history, work and events', async (t) => {
  const api = await start(t);
  const as = await api.person('owner');
  const answer = await create(api, as, { ...WANTED, replicas: 3 });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  assert.equal(answer.headers.get('location'), `/api/v1/deployments/${answer.body.id}`);
  assert.deepEqual(
    answer.body.instances.map((one: { name: string; state: string; price_micros_per_hour: number }) => [
      one.name,
      one.state,
      one.price_micros_per_hour,
    ]),
    [1, 2, 3].map((n) => [`chat-${n}`, 'provisioning', 750_000]),
  );
  const rows = await countRows(api);
  assert.deepEqual(
    [rows['deployments'], rows['instances'], rows['instance_state_history'], rows['jobs']],
    [1, 3, 3, 3],
  );
  const [instance] = await api.db.query<{ correlation_id: string; created_by: string }>(
    'select correlation_id, created_by from instances limit 1',
  );
  assert.equal(instance?.correlation_id, answer.headers.get('x-correlation-id'));
  assert.equal(instance?.created_by, `user:${as.userId}`);
});

test('an owner activates what they order; an administrator needs the economic activation of somebody else', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const admin = await api.person('admin', owner.orgId);
  const refused = await create(api, admin, WANTED);
  assert.deepEqual([refused.status, refused.body.code], [403, 'activation.missing']);
  assert.match(
    refused.body.detail,
    /model `Qwen\/Qwen3-8B`.* economic activation, which an owner or a manager \(p-/,
  );
  assert.deepEqual((await countRows(api))['instances'], 0);
  assert.deepEqual(await api.db.query('select 1 from activations'), [], 'a refused order decides on nothing');

  const { body } = await create(api, owner, WANTED);
  assert.deepEqual(body.instances[0].activation.missing, []);
  assert.deepEqual(body.instances[0].waits_for, []);

  const waiting = await create(api, admin, { ...WANTED, name: 'of-admin' });
  assert.equal(waiting.status, 201, 'model and provider are activated by now');
  const [instance] = waiting.body.instances;
  assert.deepEqual(instance.activation.missing, ['economic']);
  assert.equal(instance.activation.technical.by, `user:${admin.userId}`);
  const [who] = instance.activation.who_can;
  assert.deepEqual(
    [who.side, who.roles, who.people.map((one: { id: string }) => one.id)],
    ['economic', ['owner', 'manager'], [owner.userId]],
  );
  assert.deepEqual(instance.waits_for, [
    { resource_kind: 'instance', resource_id: instance.id, missing: ['economic'] },
  ]);
});

test('what was taken back is not activated again by ordering it', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  await create(api, owner, WANTED);
  await api.db.query(
    `update activations set economic_is_given = false where resource_kind = 'provider' and resource_id = 'mock'`,
  );
  const refused = await create(api, owner, { ...WANTED, name: 'again' });
  assert.equal(refused.body.code, 'activation.missing');
  assert.match(refused.body.detail, /provider `mock`/);
});

test('what cannot be ordered is refused with its reason, and nothing is written', async (t) => {
  const api = await start(t);
  const as = await api.person();
  await api.db.query(`update models set is_active = false where hf_id = 'microsoft/phi-4'`);
  const before = await countRows(api);
  const cases: [object, number, string][] = [
    [{ model_id: undefined }, 422, 'model.required'],
    [{ model_id: '' }, 422, 'model.required'],
    [{ model_id: 'nobody/nothing' }, 404, 'model.not_found'],
    [{ model_id: 'microsoft/phi-4' }, 422, 'model.inactive'],
    [{ model_id: 'Qwen/Qwen3-32B' }, 422, 'model.does_not_fit'],
    [{ provider: 'scaleway', instance_type: 'L4-1-24G', zone: 'fr-par-1' }, 422, 'provider.not_enabled'],
    [{ zone: 'mock-z' }, 422, 'catalogue.type_unavailable'],
    [{ instance_type: 'MOCK-X' }, 404, 'catalogue.type_not_found'],
    [{ name: 'Not a name' }, 422, 'request.invalid'],
    [{ replicas: 0 }, 422, 'request.invalid'],
    [{ replicas: 51 }, 422, 'request.invalid'],
    [{ volume_ids: ['not a volume'] }, 404, 'volume.not_found'],
    [{ volume_ids: [VOLUME] }, 404, 'volume.not_found'],
    [{ volume_ids: [VOLUME], replicas: 2 }, 422, 'volume.not_attachable'],
    [
      { volume_ids: [VOLUME], fallbacks: [{ zone: 'mock-b', instance_type_id: 'MOCK-L4-1' }] },
      422,
      'volume.not_attachable',
    ],
  ];
  for (const [change, status, code] of cases) {
    const { body } = await create(api, as, { ...WANTED, ...change });
    assert.deepEqual([body.status, body.code], [status, code], JSON.stringify(change));
  }
  const hint = await create(api, as, { ...WANTED, model_id: undefined });
  assert.match(hint.body.detail, /model_id.*GET \/api\/v1\/models/);
  const fit = await create(api, as, { ...WANTED, model_id: 'Qwen/Qwen3-32B' });
  assert.match(fit.body.detail, /needs .* GiB .* too little/);
  assert.deepEqual(await countRows(api), before);
});

test('what its provider gives up or lists no more is ordered no more; prices that change change no order', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const ordered = await create(api, as, WANTED);
  assert.equal(ordered.status, 201, JSON.stringify(ordered.body));
  const prices = () =>
    api.db.query(`select zone, price_nanos_per_hour, price_currency from instance_offers order by zone`);
  const before = await prices();
  assert.equal(before.length, 1);
  const left = { ...offerOf('mock-a', 'MOCK-L4-1', 24), isEnding: true };
  const dearer = { nanosPerHour: 9_000_000_000, currency: 'EUR', asOf: '2026-11-20' };
  await syncOffers(api.env, api.db, 'mock', [{ ...left, price: dearer }]);
  for (const zone of ['mock-a', 'mock-b']) {
    const { body } = await create(api, as, { ...WANTED, name: 'another', zone });
    assert.deepEqual([body.status, body.code], [422, 'catalogue.type_ending']);
  }
  const [now] = await api.db.query(
    `select nanos_per_hour from offers where zone = 'mock-a' and service = 'ending'`,
  );
  assert.deepEqual(now, { nanos_per_hour: dearer.nanosPerHour });
  assert.deepEqual(await prices(), before);
});

test('fallbacks are kept in their order, for the deployment and for each of its instances', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const [h100] = await api.db.query<{ id: string }>(
    `select id from instance_types where code = 'MOCK-H100-1'`,
  );
  const fallbacks = [
    { zone: 'mock-b', instance_type_id: 'MOCK-L4-1' },
    { zone: 'mock-a', instance_type_id: h100?.id },
  ];
  const { status, body } = await create(api, as, { ...WANTED, fallbacks, replicas: 2 });
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual(
    body.fallbacks.map((one: { zone: string }) => one.zone),
    ['mock-b', 'mock-a'],
  );
  assert.equal(body.fallbacks[1].instance_type_id, h100?.id);
  const offers = await api.db.query<{ offer: string }>(
    `select o.position || ' ' || o.zone || ' ' || t.code as offer from instance_offers o
     join instance_types t on t.id = o.instance_type_id join instances i on i.id = o.instance_id
     order by i.name, o.position`,
  );
  const each = ['0 mock-a MOCK-L4-1', '1 mock-b MOCK-L4-1', '2 mock-a MOCK-H100-1'];
  assert.deepEqual(
    offers.map((one) => one.offer),
    [...each, ...each],
  );
});

test('a fallback that cannot be is refused with its place in the list, and nothing is written', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const before = await countRows(api);
  const first = { zone: 'mock-b', instance_type_id: 'MOCK-L4-1' };
  const cases: [object[], number, string, RegExp][] = [
    [[first, { zone: 'mock-z', instance_type_id: 'MOCK-L4-1' }], 422, 'catalogue.type_unavailable', /\[1\]/],
    [[{ zone: 'mock-a', instance_type_id: 'MOCK-X' }], 404, 'catalogue.type_not_found', /\[0\]/],
    [[first, { zone: 'mock-a', instance_type_id: 'MOCK-TINY' }], 422, 'model.does_not_fit', /\[1\].*needs/],
    [[{ zone: 'mock-a', instance_type_id: 'MOCK-L4-1' }], 422, 'request.invalid', /\[0\].*named twice/],
    [[first, first], 422, 'request.invalid', /\[1\].*named twice/],
    [[first, first, first, first], 422, 'request.invalid', /at most 4 offers/],
    [[{ zone: 'mock-a' }], 422, 'request.invalid', /./],
  ];
  for (const [fallbacks, status, code, detail] of cases) {
    const { body } = await create(api, as, { ...WANTED, fallbacks });
    assert.deepEqual([body.status, body.code], [status, code], JSON.stringify(fallbacks));
    assert.match(body.detail, detail);
  }
  assert.deepEqual(await countRows(api), before);
});

test('a type or zone that was switched off cannot be ordered', async (t) => {
  const api = await start(t);
  const as = await api.person();
  await api.db.query(`update zones set is_active = false where provider_id = 'mock'`);
  assert.equal((await create(api, as, WANTED)).body.code, 'catalogue.type_unavailable');
});

test('ten orders with one key at the same moment rent one machine', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => create(api, as, WANTED, { 'idempotency-key': 'k' })),
  );
  assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([201]));
  assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
  assert.equal((await countRows(api))['instances'], 1);
});

test('of two orders with one name at the same moment one is refused', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const answers = await Promise.all([create(api, as, WANTED), create(api, as, WANTED)]);
  assert.deepEqual(
    answers.map((answer) => answer.status).sort((a, b) => a - b),
    [201, 409],
  );
  assert.equal(answers.find((answer) => answer.status === 409)?.body.code, 'deployment.name_taken');
  assert.equal((await countRows(api))['instances'], 1);
  const other = await api.person();
  assert.equal((await create(api, other, WANTED)).status, 201, 'another organisation has its own names');
});

test('deleting wants every instance gone, once, and frees the name', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const { body } = await create(api, as, { ...WANTED, replicas: 2 });
  const path = `/api/v1/deployments/${body.id}`;
  const deleted = await api.send(path, { method: 'DELETE', as });
  assert.deepEqual([deleted.status, deleted.body.status], [202, 'terminating']);
  const events = (await countRows(api))['events'];
  assert.equal((await api.send(path, { method: 'DELETE', as })).status, 202);
  assert.equal((await countRows(api))['events'], events, 'the second time changes nothing');
  const wanted = await api.db.query<{ wanted: string }>('select distinct wanted from instances');
  assert.deepEqual(wanted, [{ wanted: 'terminated' }]);
  const listed = await api.send('/api/v1/deployments', { as });
  assert.equal(listed.body.data[0].status, 'terminating', 'it stays in sight until its machines are gone');
  assert.equal(listed.body.data[0].instances[0].cost_micros, 42);
  assert.equal((await create(api, as, WANTED)).status, 201);
});

test('a deployment without any machine left is terminated, and listed only when asked for', async (t) => {
  const api = await start(t);
  const as = await api.person();
  const gone = [await create(api, as, WANTED), await create(api, as, { ...WANTED, name: 'other' })];
  const kept = await create(api, as, { ...WANTED, name: 'kept' });
  for (const { body } of gone) await api.send(`/api/v1/deployments/${body.id}`, { method: 'DELETE', as });
  await api.db.query('delete from instance_steps');
  await api.db.query(`update instances set deployment_id = null where deployment_id <> $1`, [kept.body.id]);
  const names = async (query: string) => {
    const { body } = await api.send(`/api/v1/deployments?${query}`, { as });
    return body.data.map((one: { name: string; status: string }) => `${one.name} ${one.status}`);
  };
  assert.deepEqual(await names(''), ['kept active']);
  assert.deepEqual(await names('limit=1'), ['kept active']);
  assert.deepEqual(await names('include_terminated=true'), [
    'kept active',
    'other terminated',
    'chat terminated',
  ]);
});

test('nobody orders, sees or deletes without the right, in another organisation least of all', async (t) => {
  const api = await start(t);
  const owner = await api.person();
  const { body } = await create(api, owner, WANTED);
  const path = `/api/v1/deployments/${body.id}`;
  const viewer = await api.person('user', owner.orgId);
  assert.equal((await api.send(path, { as: viewer })).status, 200);
  for (const as of [viewer, await api.person('manager', owner.orgId)]) {
    assert.equal((await create(api, as, { ...WANTED, name: 'x' })).body.code, 'auth.forbidden');
    assert.equal((await api.send(path, { method: 'DELETE', as })).body.code, 'auth.forbidden');
  }
  const stranger = await api.person();
  assert.equal((await api.send(path, { as: stranger })).body.code, 'deployment.not_found');
  assert.equal((await api.send(path, { method: 'DELETE', as: stranger })).body.code, 'deployment.not_found');
  assert.deepEqual(
    (await api.send('/api/v1/deployments?include_terminated=true', { as: stranger })).body.data,
    [],
  );
  assert.equal((await api.send(path)).status, 401);
});
