/**
 * Makes the first organisation and its owner when there is no user at all. Done in one transaction under a lock, so
 * of several starters one does it; a password that was changed since is never set back.
 */
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { newId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { ensurePersonalWorkspace } from '../accounts/personal-workspace.ts';
import { hashPassword } from '../passwords.ts';
import { existsUser, insertMembership, insertOrganisation, insertUser, lockFirstAdmin } from '../store.ts';

export interface FirstAdmin {
  readonly username: string;
  readonly email: string;
  readonly password: Secret;
  readonly organisationName: string;
}

/** True when they were made now. */
export async function ensureFirstAdmin(env: Env, db: Database, admin: FirstAdmin): Promise<boolean> {
  if (await existsUser(db)) return false;
  const passwordHash = await hashPassword(admin.password);
  return db.transaction(async (tx) => {
    await lockFirstAdmin(tx);
    if (await existsUser(tx)) return false;
    const orgId = newId(env, 'organisation');
    const userId = newId(env, 'user');
    await insertOrganisation(tx, { id: orgId, slug: 'main', name: admin.organisationName });
    await insertUser(tx, {
      id: userId,
      username: admin.username,
      email: admin.email,
      passwordHash,
      isPlatformAdmin: true,
    });
    await insertMembership(tx, { orgId }, userId, 'owner');
    await ensurePersonalWorkspace(env, tx, { id: userId, username: admin.username });
    return true;
  });
}
