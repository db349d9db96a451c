/** A database with the roles of all processes, for tests of what each may do. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Config, readConfig } from '#config/config.ts';
import type { Env } from '#kernel/env.ts';
import { Secret } from '#kernel/secret.ts';
import type { Database } from './database.ts';
import { applyRoles, PROCESS_ROLES, roleName } from './roles.ts';
import { withSession } from './session.ts';
import { withTestDatabase } from './testing.ts';

export const ROLES_KEY = new Secret('a key for tests');

export interface RolesFixture {
  readonly config: Config;
  readonly env: Env;
  readonly owner: Database;
}

/** Roles belong to the whole server, so they are removed before the database that their names come from. */
export async function withRoles(
  t: TestContext,
  work: (fixture: RolesFixture) => Promise<void>,
): Promise<void> {
  const { db: owner, url, env } = await withTestDatabase(t, { prefix: 'roles' });
  const secrets = mkdtempSync(join(tmpdir(), 'inventiv-roles-'));
  writeFileSync(join(secrets, 'database_roles_key'), ROLES_KEY.reveal());
  const config = readConfig({ DATABASE_URL: url.reveal(), SECRETS_DIR: secrets });
  const database = new URL(url.reveal()).pathname.slice(1);
  await withSession(url, async (session) => {
    assert.deepEqual(await applyRoles(session, url, ROLES_KEY), { applied: true });
    assert.deepEqual(await applyRoles(session, url, ROLES_KEY), { applied: true }, 'twice is once');
    try {
      await work({ config, env, owner });
    } finally {
      rmSync(secrets, { recursive: true, force: true });
      for (const process of PROCESS_ROLES) {
        await session.query(`drop owned by ${roleName(database, process)}`);
        await session.query(`drop role ${roleName(database, process)}`);
      }
    }
  });
}
