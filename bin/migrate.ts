/** Brings the configured database to what this release expects, and ends. `make up` does the same at its start. */
import { readProcessConfig } from '#config/process-config.ts';
import { ensureSecrets } from '#config/secrets.ts';
import { withConfiguredServer } from '#database/own-server.ts';
import { runWord } from '#telemetry/word.ts';
import { prepareDatabase } from './prepare-database.ts';

await runWord('migrate', async (env) => {
  const config = readProcessConfig();
  ensureSecrets(env, config);
  const { migrations, hasRoles } = await withConfiguredServer(env, config, () =>
    prepareDatabase(env, config),
  );
  const what = migrations.length > 0 ? `applied ${migrations.join(', ')}` : 'the schema is up to date';
  const roles = hasRoles ? '' : '; there are no roles, so the processes need DATABASE_ROLES=off';
  process.stdout.write(`${what}${roles}\n`);
});
