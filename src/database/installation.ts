import type { Env } from '#kernel/env.ts';
import { type Id, newId } from '#kernel/ids.ts';
import type { Queryable } from './database.ts';

/**
 * The name of this installation, made once. Whatever it orders from a provider carries it, so two installations on
 * one account never touch each other's machines.
 */
export async function ensureInstallation(env: Env, db: Queryable): Promise<Id<'installation'>> {
  await db.query('insert into installation (id, created_at) values ($1, app_now()) on conflict do nothing', [
    newId(env, 'installation'),
  ]);
  return getInstallationId(db);
}

/** @throws Error before the first migration has been completed */
export async function getInstallationId(db: Queryable): Promise<Id<'installation'>> {
  const [row] = await db.query<{ id: Id<'installation'> }>('select id from installation');
  if (!row) throw new Error('the installation has no id yet: migrate first');
  return row.id;
}
