/**
 * The dead man of `make e2e-provider`: a process of its own that outlives the run. It waits for word from the run, for
 * the end of the run, whatever ended it, or for the limit; then it ends the run's stack, so that nothing is ordered
 * any more, and deletes everything with the tags of the run's installation until the provider shows that it is gone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProcessConfig } from '#config/process-config.ts';
import { messageOf } from '#kernel/errors.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { ownProviders } from '../../bin/provider-kinds.ts';
import { removeAll } from './remove-all.ts';
import { filesOf } from './run-files.ts';

const LOOK_MS = 250;
const DOWN_LIMIT_MS = 90_000;
const LOOKING_LIMIT_MS = 600_000;
const DELETING_LIMIT_MS = 86_400_000;

const [folder = '', installation = '', deadline = ''] = process.argv.slice(2);
const files = filesOf(folder);
const env = systemEnv(SILENT_LOG);
let isAlone = false;
process.on('disconnect', () => {
  isAlone = true;
});
// Ctrl-C is for the run: this process ends by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

await main();

async function main(): Promise<void> {
  const [provider] = ownProviders(env, readProcessConfig());
  if (!provider || !installation || !Number.isFinite(Number(deadline))) {
    throw new Error('the dead man needs a provider, an installation and a limit');
  }
  process.send?.('armed');
  const wish = await waited();
  say(`begins: ${wish}`);
  const quietMs = Number(process.env['QUIET_MS'] || 30_000);
  const common = { installation, quietMs, say };
  let found = { deleted: 0, left: -1 };
  if (wish === 'look') {
    found = await removeAll(env, provider, { ...common, isDeleting: false, limitMs: LOOKING_LIMIT_MS });
  }
  if (found.left !== 0) {
    endStack();
    found = await removeAll(env, provider, { ...common, isDeleting: true, limitMs: DELETING_LIMIT_MS });
  }
  say(`ends: ${JSON.stringify(found)}`);
  writeFileSync(`${files.result}.new`, JSON.stringify(found));
  renameSync(`${files.result}.new`, files.result);
  // Nobody else is there to remove the copies of the credentials.
  if (isAlone) rmSync(files.data, { recursive: true, force: true });
  process.exit(0);
}

async function waited(): Promise<'look' | 'delete'> {
  for (;;) {
    if (existsSync(files.order)) return readFileSync(files.order, 'utf8') === 'look' ? 'look' : 'delete';
    if (isAlone || env.clock.now() > Number(deadline)) return 'delete';
    await env.sleep(LOOK_MS);
  }
}

/** By its data directory, so that no other stack can be meant. */
function endStack(): void {
  const word = join(import.meta.dirname, '../../bin/inventiv.ts');
  const done = spawnSync(process.execPath, [word, 'down'], { encoding: 'utf8', timeout: DOWN_LIMIT_MS });
  say(`the stack was ended: ${done.status ?? done.signal} ${done.stdout}${done.stderr}`.trim());
}

function say(line: string): void {
  try {
    process.stdout.write(`${new Date(env.clock.now()).toISOString()} ${line}\n`);
  } catch (error) {
    // A full disk must not keep machines running.
    void messageOf(error);
  }
}
