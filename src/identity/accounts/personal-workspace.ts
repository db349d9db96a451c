/**
 * Everybody has a workspace of their own that nobody joins and nobody takes away, so whoever leaves an organisation
 * still has a place. It is made with the user; for users from before there were such workspaces, at the next start or
 * sign-in. The database itself refuses what would break this.
 */
import type { Database, Transaction } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import { tokenIdOf } from '#kernel/token.ts';
import { insertMembership } from '../store.ts';
import { insertPersonalWorkspace, selectUsersWithoutWorkspace } from './user-store.ts';

/** Slugs of personal workspaces begin so. */
export const PERSONAL_SLUG_PREFIX = 'personal-';

const BATCH = 500;

export async function ensurePersonalWorkspace(
  env: Env,
  tx: Transaction,
  user: { readonly id: UserId; readonly username: string },
): Promise<void> {
  const orgId = await insertPersonalWorkspace(tx, {
    id: newId(env, 'organisation'),
    slug: `${PERSONAL_SLUG_PREFIX}${tokenIdOf(user.id)}`,
    name: user.username,
    userId: user.id,
  });
  if (orgId !== undefined) await insertMembership(tx, { orgId }, user.id, 'owner');
}

/** @returns how many were made */
export async function ensurePersonalWorkspaces(env: Env, db: Database): Promise<number> {
  for (let total = 0; ; ) {
    const made = await db.transaction(async (tx) => {
      const users = await selectUsersWithoutWorkspace(tx, BATCH);
      for (const user of users) await ensurePersonalWorkspace(env, tx, user);
      return users.length;
    });
    total += made;
    if (made < BATCH) return total;
  }
}
