/** No key is ever stronger than the person behind it is at that moment, whatever happened before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KEY_OWNERS, KEY_SCOPES, PRIORITIES } from '#contracts/api-keys.ts';
import { ORGANISATION_ROLES, type OrganisationRole } from '#contracts/management.ts';
import { isAllowed } from '#contracts/permissions.ts';
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import { changeApiKey, takeOverApiKey } from './commands/change-api-key.ts';
import { createApiKey } from './commands/create-api-key.ts';
import { revokeApiKey } from './commands/revoke-api-key.ts';
import { rotateApiKey } from './commands/rotate-api-key.ts';
import { checkBudgetWish, effectiveRights, rightsOf } from './key-rules.ts';
import { startTestApi } from './testing.ts';
import { isApiKeyActive, listActiveApiKeys } from './usable-keys.ts';

const role = fc.constantFrom(...ORGANISATION_ROLES);
const priority = fc.constantFrom(...PRIORITIES);
const owner = fc.constantFrom(...KEY_OWNERS);
const scopes = fc.subarray([...KEY_SCOPES], { minLength: 1 });

test('what a key was given is only ever cut, never widened, by the role of its person', () => {
  fc.assert(
    fc.property(
      fc.record({ owner, scopes, priorityMax: priority }),
      fc.option(role, { nil: null }),
      (key, now) => {
        const rights = effectiveRights(key, now);
        const most = rightsOf(key.owner, now);
        assert.equal(rights === undefined, most === undefined);
        if (!rights || !most) return;
        for (const scope of rights.scopes) assert(key.scopes.includes(scope) && most.scopes.includes(scope));
        const rank = (one: (typeof PRIORITIES)[number]) => PRIORITIES.indexOf(one);
        assert(rank(rights.priorityMax) <= Math.min(rank(key.priorityMax), rank(most.priorityMax)));
      },
    ),
  );
});

test('only owners and managers loosen a budget; anybody may bind their own key tighter', () => {
  const micros = fc.option(fc.nat(1_000), { nil: null });
  const budget = fc.record({ dayMicros: micros, monthMicros: micros, totalMicros: micros });
  const wish = fc.record(
    { day_micros: micros, month_micros: micros, total_micros: micros },
    { requiredKeys: [] },
  );
  const isLooser = (before: number | null, after: number | null | undefined) =>
    before !== null && after !== undefined && (after ?? Number.POSITIVE_INFINITY) > before;
  fc.assert(
    fc.property(role, budget, wish, (by, now, wanted) => {
      const loosens =
        isLooser(now.dayMicros, wanted.day_micros) ||
        isLooser(now.monthMicros, wanted.month_micros) ||
        isLooser(now.totalMicros, wanted.total_micros);
      const ask = () => checkBudgetWish(by, now, wanted);
      if (loosens && by !== 'owner' && by !== 'manager') assert.throws(ask, { code: 'auth.forbidden' });
      else ask();
    }),
  );
});

const PEOPLE = [0, 1, 2];
const person = fc.constantFrom(...PEOPLE);
const key = fc.nat(4);
const step = fc.oneof(
  fc.record({ do: fc.constant('create' as const), person, owner, scopes, priority }),
  fc.record({ do: fc.constant('change' as const), person, key, scopes, priority }),
  fc.record({ do: fc.constant('rotate' as const), person, key }),
  fc.record({ do: fc.constant('take_over' as const), person, key }),
  fc.record({ do: fc.constant('revoke' as const), person, key }),
  fc.record({ do: fc.constant('role' as const), person, role: fc.option(role, { nil: null }) }),
  fc.record({ do: fc.constant('disabled' as const), person, isDisabled: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('no sequence of acts gives a key more than the person behind it has now', async (t) => {
  const api = await startTestApi(t, { routes: () => [] });
  const { env, db } = api;

  const play = async (steps: readonly Step[]) => {
    const first = await api.person('owner');
    const scope = { orgId: first.orgId };
    const people: UserId[] = [first.userId];
    while (people.length < PEOPLE.length) people.push((await api.person('admin', first.orgId)).userId);
    // One owner always stays, whatever becomes of the others.
    await api.person('owner', first.orgId);
    const keys: string[] = [];
    const roleOf = async (userId: UserId) => {
      const [row] = await db.query<{ role: OrganisationRole }>(
        `select role from memberships m join users u on u.id = m.user_id
         where m.org_id = $1 and m.user_id = $2 and u.disabled_at is null`,
        [scope.orgId, userId],
      );
      return row?.role ?? null;
    };

    const act = async (one: Step): Promise<void> => {
      const userId = people[one.person] as UserId;
      if (one.do === 'role') return setRole(scope.orgId, userId, one.role);
      if (one.do === 'disabled') {
        const sql = `update users set disabled_at = ${one.isDisabled ? 'app_now()' : 'null'} where id = $1`;
        await db.query(sql, [userId]);
        return;
      }
      const now = await roleOf(userId);
      // Nobody without a role gets past the policy of a route.
      if (now === null) return;
      const caller = { ...scope, userId, role: now };
      const id = one.do === 'create' ? '' : (keys[one.key] ?? 'key_none');
      switch (one.do) {
        case 'create': {
          const wanted = {
            name: 'k',
            owner: one.owner,
            expires_at: null,
            scopes: one.scopes,
            models: null,
            limits: {},
            budget: {},
            priority_max: one.priority,
            waits_for_start: false,
            project_id: null,
          };
          const made = await db.transaction((tx) => createApiKey(env, tx, caller, wanted));
          keys.push(made.key.id);
          return;
        }
        case 'change': {
          const to = { scopes: one.scopes, priority_max: one.priority };
          await changeApiKey(api, caller, { id, to });
          return;
        }
        case 'rotate':
          await db.transaction((tx) => rotateApiKey(env, tx, caller, { id, previousUntil: undefined }));
          return;
        case 'take_over':
          if (isAllowed(now, 'api_keys.organisation')) await takeOverApiKey(api, caller, id);
          return;
        case 'revoke':
          await revokeApiKey(db, caller, id);
          return;
      }
    };
    const setRole = async (orgId: string, userId: UserId, to: OrganisationRole | null) => {
      await db.query(`delete from memberships where org_id = $1 and user_id = $2`, [orgId, userId]);
      if (to === null) return;
      await db.query(
        `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, $3, app_now())`,
        [orgId, userId, to],
      );
    };
    const check = async () => {
      for (const one of await listActiveApiKeys(db)) {
        if (one.orgId !== scope.orgId || one.block) continue;
        const [row] = await db.query<{ owner: (typeof KEY_OWNERS)[number] }>(
          `select owner_kind as owner from api_keys where id = $1`,
          [one.id],
        );
        const most = rightsOf(row?.owner ?? 'user', await roleOf(one.userId));
        assert(most, `${one.id} works although its person may not have it`);
        for (const had of one.scopes) assert(most.scopes.includes(had));
        assert(PRIORITIES.indexOf(one.priorityMax) <= PRIORITIES.indexOf(most.priorityMax));
        assert(await isApiKeyActive(db, scope, one.id), 'batches judge as gateways do');
      }
    };

    for (const one of steps) {
      await act(one).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code === 'internal.unexpected') throw error;
      });
      await check();
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), play), { numRuns: 30 });
});
