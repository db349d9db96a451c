/** The commands of a person on a stack of this machine. The Makefile calls them by the same words. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliHelp, isCliWord, runCli } from '#cli/run-cli.ts';
import { readProcessConfig } from '#config/process-config.ts';
import { StartError } from '#config/start-error.ts';
import { MIGRATIONS_DIRECTORY } from '#database/migrator.ts';
import { replaySchema } from '#database/schema-replay.ts';
import type { Env } from '#kernel/env.ts';
import { showLogs } from '#supervisor/log-reader.ts';
import { processTable } from '#supervisor/process-list.ts';
import { restartProcess } from '#supervisor/restart-requests.ts';
import { shutDown } from '#supervisor/shut-down.ts';
import { prettyStream } from '#telemetry/logger.ts';
import { runWord } from '#telemetry/word.ts';
import { catalogueWord } from './catalogue-word.ts';
import { expose } from './expose.ts';
import { nuke } from './nuke.ts';
import { reapWord } from './reap.ts';
import { secretsWord } from './secrets-word.ts';
import { settingsWord } from './settings-word.ts';
import { reconcileWord, sweepWord, syncCatalogueWord } from './sweep-words.ts';

const LOG_LINES = 100;

const WORDS: Record<string, { about: string; run: (env: Env, words: readonly string[]) => Promise<void> }> = {
  up: { about: 'start everything and stay', run: async () => void (await import('./all.ts')) },
  expose: {
    about: 'COMMAND [URL]: as up, reachable from outside through the tunnel that the command makes',
    run: expose,
  },
  down: { about: 'end everything that runs', run: down },
  ps: {
    about: 'what runs',
    run: async () => void process.stdout.write(processTable(readProcessConfig().dataDir)),
  },
  restart: {
    about: 'process: start it anew; the gateway without a gap, its open requests end in the former one',
    run: restart,
  },
  logs: { about: '[process] [-f]: the last lines of the logs; -f follows them', run: logs },
  migrate: { about: 'bring the database up to date', run: async () => void (await import('./migrate.ts')) },
  nuke: {
    about: '[--yes]: remove the database, the secrets and all records; refuses while real machines exist',
    run: (env, words) => nuke(env, readProcessConfig(), new Set(words)),
  },
  reap: {
    about: '[--delete --installation ID]: what has expired at the providers; needs no database',
    run: (env, words) => reapWord(env, readProcessConfig(), words),
  },
  secrets: {
    about: 'status; rotate [--prepare]: replace the master key while everything runs',
    run: (env, words) => secretsWord(env, readProcessConfig(), words),
  },
  settings: {
    about: 'list, get NAME, set NAME VALUE, unset NAME [--provider ID]: what changes without a restart',
    run: (env, words) => settingsWord(env, readProcessConfig(), words),
  },
  reconcile: {
    about: '[--provider P] [--instance I]: compare everything at the providers with everything known, now',
    run: reconcileWord,
  },
  sweep: {
    about: 'what exists and nobody wants; confirm <round> lets go what a held round reported',
    run: sweepWord,
  },
  'sync-catalogue': {
    about: '[--provider P]: ask the providers what they offer, now',
    run: syncCatalogueWord,
  },
  catalogue: {
    about:
      'list | fit MODEL [--provider P] [--context N] [--sequences N] | inspect CONFIG.JSON: what can be served where',
    run: catalogueWord,
  },
  'db-dump': { about: 'write migrations/schema.sql from the migrations', run: dump },
};

const [word = 'help', ...rest] = process.argv.slice(2);
if (word === 'help' || word === '--help') process.stdout.write(helpText());
else if (isCliWord([word])) await runWord(word, runOnStack);
else await runWord(word, (env) => choose(env));

async function runOnStack(env: Env): Promise<void> {
  process.exitCode = await runCli(env, readProcessConfig(), [word, ...rest]);
}

function choose(env: Env): Promise<void> {
  const chosen = WORDS[word];
  if (!chosen) throw new StartError(`there is no word ${word}: inventiv help lists them`);
  return chosen.run(env, rest);
}

async function down(env: Env): Promise<void> {
  const { dataDir } = readProcessConfig();
  const ended = await shutDown(env, dataDir);
  process.stdout.write(ended.length > 0 ? `ended ${ended.join(', ')}\n` : `nothing runs with ${dataDir}\n`);
}

async function restart(env: Env, words: readonly string[]): Promise<void> {
  const [name] = words;
  if (!name) throw new StartError('which process? inventiv ps lists them: inventiv restart gateway');
  await restartProcess(env, readProcessConfig().dataDir, name);
  process.stdout.write(`${name} was started anew\n`);
}

async function logs(env: Env, words: readonly string[]): Promise<void> {
  const { dataDir, values } = readProcessConfig();
  const isPretty = values.LOG_FORMAT === 'pretty' || (values.LOG_FORMAT === 'auto' && process.stdout.isTTY);
  const pretty = isPretty ? prettyStream(1) : undefined;
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort());
  await showLogs(
    env,
    {
      directory: join(dataDir, 'logs'),
      process: words.find((one) => !one.startsWith('-')),
      linesMax: LOG_LINES,
      write: (line) => void (pretty ?? process.stdout).write(`${line}\n`),
    },
    words.includes('-f') ? stopped.signal : undefined,
  );
}

async function dump(env: Env): Promise<void> {
  const path = join(MIGRATIONS_DIRECTORY, 'schema.sql');
  writeFileSync(path, await replaySchema(env));
  process.stdout.write(`wrote ${path}: review the difference\n`);
}

function helpText(): string {
  const lines = Object.entries(WORDS).map(([name, { about }]) => `  ${name.padEnd(15)} ${about}`);
  return `inventiv <word>\n\nOn this machine:\n${lines.join('\n')}\n\nOn a running stack, each with --json and --url URL:\n${cliHelp()}`;
}
