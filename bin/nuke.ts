/**
 * Removes everything of a stack on this machine. Refuses while machines at a real provider may exist, because only
 * the database knows them and they would go on costing. Removes by name, so a wrong directory loses nothing else.
 */
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import type { Config } from '#config/config.ts';
import { StartError } from '#config/start-error.ts';
import { openDatabase } from '#database/database.ts';
import { withConfiguredServer } from '#database/own-server.ts';
import { databaseUrlFor, externalDatabaseUrl } from '#database/roles.ts';
import { listRealMachines } from '#instances/real-machines.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { shutDown } from '#supervisor/shut-down.ts';

const OURS = /^(postgres(\.init-[a-z0-9.]+)?|logs|run|secrets|mock-cloud|journal|gateway|worker)$/;

export async function nuke(env: Env, config: Config, flags: ReadonlySet<string>): Promise<void> {
  if (!flags.has('--force')) await refuseRealMachines(env, config);
  const found = existsSync(config.dataDir)
    ? readdirSync(config.dataDir).filter((name) => OURS.test(name))
    : [];
  if (found.length === 0) {
    process.stdout.write(`there is nothing of ours in ${config.dataDir}\n`);
    return;
  }
  const question = `Remove ${found.join(', ')} in ${config.dataDir}, with every account, key and record? Type yes: `;
  if (!flags.has('--yes') && !(await confirm(question))) {
    process.stdout.write('nothing was removed\n');
    return;
  }
  await shutDown(env, config.dataDir);
  for (const name of found) rmSync(join(config.dataDir, name), { recursive: true, force: true });
  const left = readdirSync(config.dataDir);
  if (left.length === 0) rmdirSync(config.dataDir);
  const kept = [
    ...(left.length > 0 ? [`${left.join(', ')} in it is not ours`] : []),
    ...(externalDatabaseUrl(config) ? ['the database at DATABASE_URL was not touched'] : []),
  ];
  process.stdout.write(`removed ${config.dataDir}${kept.length > 0 ? `; ${kept.join('; ')}` : ''}\n`);
}

async function refuseRealMachines(env: Env, config: Config): Promise<void> {
  const hasDatabase =
    externalDatabaseUrl(config) || existsSync(join(config.dataDir, 'postgres', 'PG_VERSION'));
  if (!hasDatabase) return;
  const machines = await withConfiguredServer(env, config, () => readRealMachines(env, config)).catch(
    (error) => {
      throw new StartError(
        `nothing was removed, because the database does not tell whether machines at providers exist (${messageOf(error)}): see to them by hand, then add --force`,
      );
    },
  );
  const [first] = machines;
  if (!first) return;
  throw new StartError(
    `nothing was removed: ${machines.length} things at real providers would go on costing, such as the ${first.what} of ${first.name} at ${first.provider}: terminate them first`,
  );
}

async function readRealMachines(env: Env, config: Config) {
  const url = databaseUrlFor(config, 'owner');
  const db = openDatabase(env, { url, applicationName: 'nuke', poolSize: 1 });
  try {
    const [row] = await db.query<{ has_schema: boolean }>(
      `select to_regclass('instances') is not null as has_schema`,
    );
    return row?.has_schema ? await listRealMachines(db) : [];
  } finally {
    await db.close();
  }
}

async function confirm(question: string): Promise<boolean> {
  // Asked of the descriptor: touching process.stdin would keep the process alive as long as a pipe has more to say.
  if (!isatty(0)) {
    throw new StartError(
      'nuke asks before it removes: run it in a terminal, or say yes at once: make nuke yes=1',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(question);
  prompt.close();
  return answer.trim().toLowerCase() === 'yes';
}
