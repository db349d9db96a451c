/**
 * Random histories of one account against a model that fits into a few lines: which tokens open something. After each
 * step exactly those do, however the steps are mixed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { withTestDatabase } from '#database/testing.ts';
import type { SessionId, UserId } from '#kernel/ids.ts';
import { newId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import { changePassword } from '../accounts/change-password.ts';
import { changeUser } from '../accounts/manage-users.ts';
import { login } from '../commands/login.ts';
import { logout } from '../commands/logout.ts';
import { hashPassword } from '../passwords.ts';
import { findSessionByToken } from '../queries.ts';
import { createUser, identityDeps } from '../testing.ts';
import { endAllSessions, endSession } from './end-sessions.ts';
import { renewToken } from './open-session.ts';

type Step =
  | { readonly do: 'sign-in' }
  | { readonly do: 'sign-out' | 'end' | 'end-others' | 'renew' | 'change-password'; readonly at: number }
  | { readonly do: 'disable-and-enable' | 'expire' | 'leave-and-join' };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('sign-in' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'sign-out' as const,
        'end' as const,
        'end-others' as const,
        'renew' as const,
        'change-password' as const,
      ),
      at: fc.nat(20),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('disable-and-enable' as const, 'expire' as const, 'leave-and-join' as const),
    }),
  },
);

test('exactly the tokens of living sessions open something, whatever happened before', async (t) => {
  const { env, db } = await withTestDatabase(t);
  const deps = identityDeps({ env, db });
  const passwords = ['three blind little mice', 'see how they run away'];
  const hash = await hashPassword(new Secret(passwords[0] ?? ''));
  const by = { actor: 'test', correlationId: newId(env, 'correlation') };
  await db.query(
    `insert into users (id, username, email, password_hash, is_platform_admin, created_at)
     values ('user_admin', 'admin', 'admin@x.test', 'none', true, app_now())`,
  );

  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 12 }), async (steps) => {
      const username = `p-${newId(env, 'user').slice(5)}`;
      const { userId, orgId } = await insertUser(username);
      const live = new Map<SessionId, string>();
      const dead: string[] = [];
      let present = 0;
      const kill = (ids: Iterable<SessionId>) => {
        for (const id of [...ids]) {
          dead.push(live.get(id) ?? '');
          live.delete(id);
        }
      };
      const renewed = (id: SessionId, token: Secret) => {
        dead.push(live.get(id) ?? '');
        live.set(id, token.reveal());
      };

      for (const step of steps) {
        const id = 'at' in step ? [...live.keys()][step.at % Math.max(1, live.size)] : undefined;
        if ('at' in step && id === undefined) continue;
        switch (step.do) {
          case 'sign-in': {
            const terms = { userAgent: undefined, address: '10.0.0.1', ttlMs: 3_600_000, idleMs: 3_600_000 };
            const password = new Secret(passwords[present] ?? '');
            const { token } = await login(deps, { ...terms, login: username, password, code: undefined });
            const session = await findSessionByToken(db, token.reveal());
            assert(session);
            live.set(session.id, token.reveal());
            break;
          }
          case 'sign-out':
            if (id) await logout(db, id);
            if (id) kill([id]);
            break;
          case 'end':
            if (id) await endSession(db, userId, id);
            if (id) kill([id]);
            break;
          case 'end-others':
            await db.transaction((tx) => endAllSessions(tx, userId, id));
            kill([...live.keys()].filter((one) => one !== id));
            break;
          case 'renew':
            if (id) renewed(id, await db.transaction((tx) => renewToken(env, tx, id)));
            break;
          case 'change-password': {
            if (!id) break;
            const owner = { ...by, userId, sessionId: id, address: '10.0.0.1' };
            const [current, next] = [passwords[present], passwords[1 - present]];
            const change = { current: new Secret(current ?? ''), next: new Secret(next ?? '') };
            const token = await changePassword(deps, owner, change);
            present = 1 - present;
            kill([...live.keys()].filter((one) => one !== id));
            renewed(id, token);
            break;
          }
          case 'disable-and-enable':
            await changeUser(deps, userId, { is_disabled: true }, by);
            await changeUser(deps, userId, { is_disabled: false }, by);
            kill(live.keys());
            break;
          case 'expire':
            await db.query('update sessions set expires_at = app_now() where user_id = $1', [userId]);
            kill(live.keys());
            break;
          case 'leave-and-join':
            // They go on in the personal workspace meanwhile: nothing ends.
            await db.query('delete from memberships where user_id = $1 and org_id = $2', [userId, orgId]);
            for (const token of live.values()) {
              assert.equal((await findSessionByToken(db, token))?.view.organisation.kind, 'personal');
            }
            await db.query(
              `insert into memberships (org_id, user_id, role, created_at) values ($1, $2, 'user', app_now())`,
              [orgId, userId],
            );
            break;
        }
        for (const [sessionId, token] of live) {
          assert.equal((await findSessionByToken(db, token))?.id, sessionId, `after ${step.do}`);
        }
        for (const token of dead)
          assert.equal(await findSessionByToken(db, token), undefined, `after ${step.do}`);
      }
    }),
    { numRuns: 20 },
  );

  /** With a hash that was made once: argon2 is slow on purpose. */
  async function insertUser(username: string): Promise<{ userId: UserId; orgId: string }> {
    const made = await createUser(env, db, { username, password: 'x' });
    await db.query('update users set password_hash = $2 where id = $1', [made.userId, hash]);
    return made;
  }
});
