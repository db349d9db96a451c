/**
 * Brings the database to what this release expects: schema, roles and grants, the edges of the instance machine, the
 * catalogue, the first administrator. Every part may run again and changes nothing then.
 */
import { seedCatalogue } from '#catalog/commands/seed-catalogue.ts';
import type { Config } from '#config/config.ts';
import { readSecret } from '#config/secrets.ts';
import { openDatabase } from '#database/database.ts';
import { ensureInstallation } from '#database/installation.ts';
import { migrate } from '#database/migrator.ts';
import { applyRoles, databaseUrlFor } from '#database/roles.ts';
import { resealAll } from '#database/sealed-rows.ts';
import { ensureDatabase } from '#database/session.ts';
import { ensurePersonalWorkspaces } from '#identity/accounts/personal-workspace.ts';
import { ensureFirstAdmin } from '#identity/commands/ensure-first-admin.ts';
import { syncEdges } from '#instances/commands/sync-edges.ts';
import type { Env } from '#kernel/env.ts';
import { openSealer, registerMasterKeys, requireMasterKey } from '#settings/master-key.ts';
import { SEALED_COLUMNS } from './sealed-columns.ts';

export interface Prepared {
  readonly migrations: readonly string[];
  /** False: the processes must run with DATABASE_ROLES=off. */
  readonly hasRoles: boolean;
}

/** @throws StartError with one line when the database cannot be used */
export async function prepareDatabase(env: Env, config: Config): Promise<Prepared> {
  const { values } = config;
  const url = databaseUrlFor(config, 'owner');
  await ensureDatabase(url);
  let hasRoles = false;
  const migrations = await migrate(env, {
    url,
    async afterwards(session) {
      if (values.DATABASE_ROLES === 'off') return;
      const outcome = await applyRoles(session, url, readSecret(config, 'database_roles_key'));
      hasRoles = outcome.applied;
      if (!outcome.applied) {
        env.log.warn(
          { reason: outcome.reason },
          'all processes use one database user, because no roles can be made',
        );
      }
    },
  });
  if (migrations.length > 0) env.log.info({ migrations }, 'the schema was brought up to date');
  const db = openDatabase(env, { url, applicationName: 'prepare', poolSize: 2 });
  try {
    const sealer = openSealer(env, config);
    await requireMasterKey(db, config, sealer, SEALED_COLUMNS);
    await registerMasterKeys(db, sealer);
    const { rows } = await resealAll({ env, db, sealer }, SEALED_COLUMNS);
    if (rows > 0) env.log.info({ rows }, 'secrets were sealed with the new master key');
    await ensureInstallation(env, db);
    await syncEdges(env, db);
    if (values.SEED_CATALOGUE === 'on') await seedCatalogue(env, db);
    await ensureFirstAdmin(env, db, {
      username: values.ADMIN_LOGIN,
      email: values.ADMIN_EMAIL,
      password: readSecret(config, 'admin_password'),
      organisationName: values.ORGANISATION_NAME,
    });
    await ensurePersonalWorkspaces(env, db);
  } finally {
    await db.close();
  }
  return { migrations, hasRoles };
}
