import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';
import { createUser, type TestPerson } from '../testing.ts';
import { listActiveApiKeys } from '../usable-keys.ts';
import { changeMemberRole } from './commands/change-member-role.ts';
import { removeMember } from './commands/remove-member.ts';
import { startOrganisationsApi } from './testing.ts';

type Api = Awaited<ReturnType<typeof startOrganisationsApi>>;

const MEMBERS = '/api/v1/organisation/members';
const RUNS = 25;

const change = (api: Api, as: TestPerson, userId: string, role: string) =>
  api.send(`${MEMBERS}/${userId}`, { method: 'PATCH', as, body: { role } });
const remove = (api: Api, as: TestPerson, userId: string) =>
  api.send(`${MEMBERS}/${userId}`, { method: 'DELETE', as });

/** The table of the specification, written out: who may move whom from where to where. */
const MAY_CHANGE: readonly [OrganisationRole, readonly OrganisationRole[]][] = [
  ['owner', ['owner', 'admin', 'manager', 'user']],
  ['admin', ['admin', 'user']],
  ['manager', ['manager', 'user']],
  ['user', []],
];

test('roles are changed exactly as the table says', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  for (const [actorRole, moved] of MAY_CHANGE) {
    const actor = await api.person(actorRole, owner.orgId);
    for (const from of ORGANISATION_ROLES) {
      for (const to of ORGANISATION_ROLES) {
        const member = await api.person(from, owner.orgId);
        const { status, body } = await change(api, actor, member.userId, to);
        const isRight = moved.includes(from) && moved.includes(to);
        const told = JSON.stringify(body);
        assert.equal(status, isRight ? 200 : 403, `${actorRole} moves ${from} to ${to}: ${told}`);
      }
    }
  }
});

test('members are removed exactly as the table says, and everybody may leave', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  for (const [actorRole, removed] of MAY_CHANGE) {
    const actor = await api.person(actorRole, owner.orgId);
    for (const role of ORGANISATION_ROLES) {
      const member = await api.person(role, owner.orgId);
      const { status } = await remove(api, actor, member.userId);
      assert.equal(status, removed.includes(role) ? 200 : 403, `${actorRole} removes ${role}`);
    }
    assert.equal((await remove(api, actor, actor.userId)).status, 200, `${actorRole} leaves`);
    assert.equal((await api.send(MEMBERS, { as: actor })).status, 401, 'their session there has ended');
  }
});

test('a list tells who may be moved where, and addresses only to those who look after members', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  const [manager, user] = [await api.person('manager', owner.orgId), await api.person('user', owner.orgId)];
  const list = async (as: TestPerson) => (await api.send(`${MEMBERS}?limit=10`, { as })).body.data;
  const seen = (await list(manager)).find((one: { user_id: string }) => one.user_id === user.userId);
  assert.deepEqual([seen.may_become, seen.may_remove, typeof seen.email], [['manager'], true, 'string']);
  const byUser = await list(user);
  assert.deepEqual(
    byUser.map((one: { user_id: string; email: unknown; may_remove: boolean }) => [
      one.email !== null,
      one.may_remove,
    ]),
    byUser.map((one: { user_id: string }) => (one.user_id === user.userId ? [true, true] : [false, false])),
  );
  const first = (await api.send(`${MEMBERS}?limit=2`, { as: owner })).body;
  const rest = (await api.send(`${MEMBERS}?limit=2&after=${first.next_cursor}`, { as: owner })).body;
  assert.deepEqual([first.data.length, rest.data.length, rest.has_more], [2, 1, false]);
});

test('the last owner stays, alone and when two owners go at once', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  await api.person('admin', owner.orgId);
  assert.equal((await change(api, owner, owner.userId, 'user')).body.code, 'organisation.last_owner');
  assert.equal((await remove(api, owner, owner.userId)).body.code, 'organisation.last_owner');
  for (let round = 0; round < 8; round++) {
    const alone = await api.person();
    const second = await api.person('owner', alone.orgId);
    const answers = await Promise.all([
      remove(api, alone, alone.userId),
      change(api, second, second.userId, 'user'),
    ]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, JSON.stringify(answers));
    const [row] = await api.db.query<{ owners: number }>(
      `select count(*) as owners from memberships where org_id = $1 and role = 'owner'`,
      [alone.orgId],
    );
    assert.equal(row?.owners, 1);
  }
  // An owner who cannot sign in keeps nobody's organisation alive.
  const disabled = await api.person('owner', owner.orgId);
  await api.db.query('update users set disabled_at = app_now() where id = $1', [disabled.userId]);
  assert.equal((await remove(api, owner, owner.userId)).body.code, 'organisation.last_owner');
});

test('the database itself refuses to leave members without an owner', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  await api.person('admin', owner.orgId);
  const where = [owner.orgId, owner.userId];
  for (const sql of [
    `delete from memberships where org_id = $1 and user_id = $2`,
    `update memberships set role = 'admin' where org_id = $1 and user_id = $2`,
  ]) {
    await assert.rejects(api.db.query(sql, where), /the last owner/);
  }
});

test('who is removed loses their keys there for good, and nothing elsewhere', async (t) => {
  const api = await startOrganisationsApi(t);
  const owner = await api.person();
  const member = await api.person('user', owner.orgId);
  const key = (as: TestPerson) => api.send('/api/v1/api-keys', { method: 'POST', as, body: { name: 'k' } });
  await key(member);
  await key(owner);
  const elsewhere = await createUser(api.env, api.db, { username: 'elsewhere', password: 'x' });
  assert.equal((await listActiveApiKeys(api.db)).length, 2);
  const { body } = await remove(api, owner, member.userId);
  assert.deepEqual(body, { user_id: member.userId, revoked_api_keys: 1 });
  await api.db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'user', app_now())`,
    [owner.orgId, member.userId],
  );
  assert.equal((await listActiveApiKeys(api.db)).length, 1, 'they do not come back with a new membership');
  for (const stranger of [elsewhere.userId, 'user_no', owner.orgId]) {
    assert.equal((await remove(api, owner, stranger)).body.code, 'member.not_found');
    assert.equal((await change(api, owner, stranger, 'user')).body.code, 'member.not_found');
  }
});

interface Step {
  readonly actor: number;
  readonly member: number;
  readonly to: OrganisationRole | 'removed';
}

const PEOPLE = 5;
const step: fc.Arbitrary<Step> = fc.record({
  actor: fc.nat(PEOPLE - 1),
  member: fc.nat(PEOPLE - 1),
  to: fc.constantFrom(...ORGANISATION_ROLES, 'removed' as const),
});

/** A small model of the rules, written from the specification and from nothing in the code. */
function expected(roles: (OrganisationRole | undefined)[], { actor, member, to }: Step): string {
  const [by, from] = [roles[actor], roles[member]];
  if (!by) return 'organisation.not_found';
  if (!from) return 'member.not_found';
  const moved = MAY_CHANGE.find(([role]) => role === by)?.[1] ?? [];
  const mayDo =
    to === 'removed' ? actor === member || moved.includes(from) : moved.includes(from) && moved.includes(to);
  if (!mayDo) return 'member.beyond_role';
  const isLoss = from === 'owner' && to !== 'owner';
  const owners = roles.filter((role) => role === 'owner').length;
  return isLoss && owners === 1 ? 'organisation.last_owner' : 'done';
}

test('no sequence of changes by anybody breaks the table or leaves an organisation without an owner', async (t) => {
  const api = await startOrganisationsApi(t);
  const property = fc.asyncProperty(
    fc.array(fc.constantFrom(...ORGANISATION_ROLES), { minLength: PEOPLE - 1, maxLength: PEOPLE - 1 }),
    fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 12 }),
    async (others, rounds) => {
      const { orgId, people } = await makePeople(api, ['owner', ...others]);
      const roles: (OrganisationRole | undefined)[] = ['owner', ...others];
      for (const steps of rounds) {
        const outcomes = await Promise.all(steps.map((one) => apply(api, orgId, people, one)));
        if (steps.length === 1 && steps[0]) {
          assert.equal(outcomes[0], expected(roles, steps[0]), JSON.stringify([roles, steps]));
          if (outcomes[0] === 'done')
            roles[steps[0].member] = steps[0].to === 'removed' ? undefined : steps[0].to;
        } else {
          // At once: some order of them explains what came of it.
          const now = await rolesOf(api, orgId, people);
          assert.ok(
            isExplained(roles, steps, outcomes, now),
            JSON.stringify({ roles, steps, outcomes, now }),
          );
          roles.splice(0, PEOPLE, ...now);
        }
        const now = await rolesOf(api, orgId, people);
        assert.deepEqual(now, roles);
        assert.ok(now.includes('owner'), 'there is always an owner');
      }
    },
  );
  await fc.assert(property, { numRuns: RUNS });
});

function isExplained(
  before: readonly (OrganisationRole | undefined)[],
  steps: readonly Step[],
  outcomes: readonly string[],
  after: readonly (OrganisationRole | undefined)[],
): boolean {
  return permutations(steps.map((_, index) => index)).some((order) => {
    const roles = [...before];
    const fits = order.every((index) => {
      const one = steps[index] as Step;
      const outcome = expected(roles, one);
      if (outcome === 'done') roles[one.member] = one.to === 'removed' ? undefined : one.to;
      return outcome === outcomes[index];
    });
    return fits && JSON.stringify(roles) === JSON.stringify(after);
  });
}

function permutations(items: readonly number[]): number[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item) =>
    permutations(items.filter((one) => one !== item)).map((rest) => [item, ...rest]),
  );
}

async function apply(api: Api, orgId: OrgId, people: readonly UserId[], one: Step): Promise<string> {
  const actor = { orgId, userId: people[one.actor] as UserId };
  const userId = people[one.member] as UserId;
  try {
    if (one.to === 'removed') await removeMember(api.db, actor, userId);
    else await changeMemberRole(api.db, actor, { userId, role: one.to });
    return 'done';
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
}

async function makePeople(
  api: Api,
  roles: readonly OrganisationRole[],
): Promise<{ orgId: OrgId; people: UserId[] }> {
  const [first, ...others] = roles;
  const owner = await api.person(first);
  const people = [owner.userId];
  for (const role of others) people.push((await api.person(role, owner.orgId)).userId);
  return { orgId: owner.orgId, people };
}

async function rolesOf(
  api: Api,
  orgId: OrgId,
  people: readonly UserId[],
): Promise<(OrganisationRole | undefined)[]> {
  const rows = await api.db.query<{ user_id: string; role: OrganisationRole }>(
    `select user_id, role from memberships where org_id = $1`,
    [orgId],
  );
  return people.map((id) => rows.find((row) => row.user_id === id)?.role);
}
