import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACTIVATION_SIDES, type ActivationSide } from '#contracts/activation.ts';
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import { newId } from '#kernel/ids.ts';
import { startTestApi, type TestApi, type TestPerson } from '../testing.ts';
import { activateByAct } from './commands/activate-by-act.ts';
import { decideActivation } from './commands/decide-activation.ts';
import { isActive, requireActive } from './queries.ts';
import { activationRoutes } from './routes.ts';
import { sidesOf } from './rules.ts';

const KNOWN = 'model_known';

const start = (t: Parameters<typeof startTestApi>[0]) =>
  startTestApi(t, {
    routes: ({ db }) =>
      activationRoutes({ db, activation: { wake: async (_tx, _scope, { id }) => id === KNOWN } }),
  });

const PATH = '/api/v1/activations';
const MODEL = { resource_kind: 'model', resource_id: KNOWN };
const give = (api: TestApi, as: TestPerson, sides: readonly string[], resource: object = MODEL) =>
  api.send(PATH, { method: 'POST', as, body: { ...resource, sides } });
const withdraw = (api: TestApi, as: TestPerson, side?: string) =>
  api.send(`${PATH}/model:${KNOWN}${side === undefined ? '' : `?side=${side}`}`, { method: 'DELETE', as });

const MAY: Readonly<Record<OrganisationRole, readonly ActivationSide[]>> = {
  owner: ['technical', 'economic'],
  admin: ['technical'],
  manager: ['economic'],
  user: [],
};

test('each role gives and takes back its own side, as the table of roles says', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  for (const role of ORGANISATION_ROLES) {
    const as = role === 'owner' ? owner : await api.person(role, owner.orgId);
    for (const side of ACTIVATION_SIDES) {
      const expected = MAY[role].includes(side) ? 200 : 403;
      assert.equal((await give(api, as, [side])).status, expected, `${role} gives ${side}`);
      assert.equal((await withdraw(api, as, side)).status, expected, `${role} takes back ${side}`);
    }
    const both = await give(api, as, ACTIVATION_SIDES);
    assert.equal(both.status, role === 'owner' ? 200 : 403, `${role} gives both`);
    assert.equal((await api.send(PATH, { as })).status, 200, `${role} reads`);
  }
  assert.deepEqual(MAY, Object.fromEntries(ORGANISATION_ROLES.map((role) => [role, sidesOf(role)])));
});

test('it works after both, and says until then what is missing and who can give it', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const [admin, manager] = [await api.person('admin', owner.orgId), await api.person('manager', owner.orgId)];
  const resource = { kind: 'model', id: KNOWN } as const;
  const { body: first } = await give(api, admin, ['technical']);
  assert.deepEqual(first.missing, ['economic']);
  assert.deepEqual([first.technical.given, first.technical.by], [true, `user:${admin.userId}`]);
  assert.deepEqual([first.economic.given, first.economic.by, first.economic.at], [false, null, null]);
  assert.deepEqual(first.who_can[0].roles, ['owner', 'manager']);
  assert.deepEqual(
    first.who_can[0].people.map((one: { id: string }) => one.id),
    [owner.userId, manager.userId],
  );
  assert.equal(await isActive(api.db, owner, resource), false);
  await assert.rejects(requireActive(api.db, owner, resource, 'org/m'), {
    code: 'activation.missing',
    publicMessage: /^This model `org\/m` does not work yet\. It lacks the economic activation.*p-/,
  });

  const { body: second } = await give(api, manager, ['economic']);
  assert.deepEqual([second.missing, second.who_can], [[], []]);
  assert.equal(await isActive(api.db, owner, resource), true);
  const { body: again } = await give(api, owner, ['economic']);
  assert.deepEqual(again.economic, second.economic, 'who gave it first stays');

  const { body: third } = await withdraw(api, owner);
  assert.deepEqual(third.missing, ['technical', 'economic'], 'without a side: all that the role gives');
  assert.equal(third.economic.by, `user:${owner.userId}`);
  const entries = await api.db.query<{
    action: string;
    subject_id: string;
    after: { missing?: unknown } | null;
  }>('select action, subject_id, after from audit_log order by seq');
  assert(entries.every(({ subject_id: id }) => id === `model:${KNOWN}`));
  assert.deepEqual(
    entries.map(({ action, after }) => [action, after?.missing]),
    [
      ['activations.give', ['economic']],
      ['activations.give', []],
      ['activations.give', undefined],
      ['activations.withdraw', ['technical', 'economic']],
    ],
  );
});

test('another organisation has its own activations, and unknown things have none', async (t) => {
  const api = await start(t);
  const [mine, other] = [await api.person(), await api.person()];
  await give(api, mine, ACTIVATION_SIDES);
  assert.equal(await isActive(api.db, mine, { kind: 'model', id: KNOWN }), true);
  assert.equal(await isActive(api.db, other, { kind: 'model', id: KNOWN }), false);
  assert.deepEqual((await api.send(PATH, { as: other })).body.data, []);
  const unknown = await give(api, mine, ['technical'], { resource_kind: 'model', resource_id: 'model_x' });
  assert.equal(unknown.body.code, 'activation.resource_not_found');
  for (const id of ['model', ':', 'nothing:x', `model:${'x'.repeat(90)}`]) {
    const answer = await api.send(`${PATH}/${encodeURIComponent(id)}`, { method: 'DELETE', as: mine });
    assert.equal(answer.status, 404, id);
  }
  const wrong = [
    { sides: [] },
    { sides: ['both'] },
    { resource_kind: 'x' },
    { resource_id: '' },
    { more: 1 },
  ];
  for (const part of wrong) {
    const body = { ...MODEL, sides: ['technical'], ...part };
    assert.equal(
      (await api.send(PATH, { method: 'POST', as: mine, body })).status,
      422,
      JSON.stringify(part),
    );
  }
});

test('the list pages, filters and counts exactly', async (t) => {
  const api = await start(t);
  const as = await api.person();
  await api.db.transaction(async (tx) => {
    for (let n = 0; n < 5; n++) {
      const by = { actor: n < 2 ? 'user:nobody' : `user:${as.userId}` };
      await activateByAct(tx, as, { kind: n === 0 ? 'api_key' : 'instance', id: `id_${n}` }, by);
    }
  });
  const list = async (query: string) => (await api.send(`${PATH}?${query}`, { as })).body;
  const first = await list('limit=3');
  const second = await list(`limit=3&after=${first.next_cursor}`);
  assert.deepEqual([first.total, second.total, first.has_more, second.has_more], [5, 5, true, false]);
  const ids = [...first.data, ...second.data].map((one: { resource_id: string }) => one.resource_id);
  assert.deepEqual(new Set(ids), new Set(['id_0', 'id_1', 'id_2', 'id_3', 'id_4']));
  assert.equal((await list('missing=true')).total, 2);
  assert.equal((await list('missing=false&resource_kind=instance')).total, 3);
  assert.equal((await list('resource_kind=offering')).total, 0);
});

test('a key or a worker that acts activates nothing; a job of ours goes on with what was wanted', async (t) => {
  const api = await start(t);
  const as = await api.person();
  for (const [actor, missing] of [
    ['key:key_x', 2],
    ['worker:inst_x', 2],
    ['user:stranger', 2],
    ['reconcile-instance', 0],
  ] as const) {
    const id = newId(api.env, 'instance');
    await api.db.transaction((tx) => activateByAct(tx, as, { kind: 'instance', id }, { actor }));
    const { body } = await api.send(`${PATH}?resource_kind=instance`, { as });
    const found = body.data.find((one: { resource_id: string }) => one.resource_id === id);
    assert.equal(found.missing.length, missing, actor);
  }
});

test('whatever is done in whatever order, it works exactly when both sides were given last', async (t) => {
  const api = await start(t);
  const owner = await api.person('owner');
  const people = { owner } as Record<OrganisationRole, TestPerson>;
  for (const role of ['admin', 'manager', 'user'] as const)
    people[role] = await api.person(role, owner.orgId);
  const step = fc.record({
    role: fc.constantFrom(...ORGANISATION_ROLES),
    sides: fc.subarray([...ACTIVATION_SIDES], { minLength: 1 }),
    does: fc.constantFrom('give', 'withdraw', 'act'),
  });
  const play = async (
    steps: readonly { role: OrganisationRole; sides: ActivationSide[]; does: string }[],
  ) => {
    const resource = { kind: 'model', id: newId(api.env, 'model') } as const;
    const model: Record<ActivationSide, boolean | undefined> = { technical: undefined, economic: undefined };
    for (const { role, sides, does } of steps) {
      const { userId } = people[role];
      const by = { actor: `user:${userId}`, correlationId: newId(api.env, 'correlation') };
      if (does === 'act') {
        await api.db.transaction((tx) => activateByAct(tx, owner, resource, by));
        for (const side of MAY[role]) model[side] ??= true;
        continue;
      }
      const isGiven = does === 'give';
      const decided = api.db.transaction((tx) =>
        decideActivation(
          { wake: async () => true },
          tx,
          { scope: owner, role, by },
          { resource, sides, isGiven },
        ),
      );
      if (sides.every((side) => MAY[role].includes(side))) {
        await decided;
        for (const side of sides) model[side] = isGiven;
      } else await assert.rejects(decided, { code: 'auth.forbidden' });
    }
    const expected = model.technical === true && model.economic === true;
    assert.equal(await isActive(api.db, owner, resource), expected);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), play), { numRuns: 40 });
});
