/** The processes of a control plane under measurement, on ports and in a directory of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Config, readConfig } from '#config/config.ts';
import { ensureSecrets } from '#config/secrets.ts';
import type { EmbeddedServer } from '#database/embedded.ts';
import { startOwnServer } from '#database/own-server.ts';
import { databaseUrlFor } from '#database/roles.ts';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { identify, isAlive, signalProcess } from '#supervisor/process-table.ts';
import { prepareDatabase } from '../../bin/prepare-database.ts';
import { freePortOffset } from '../../test/stack.ts';
import { loadStatistics, startStatistics } from './statements.ts';

/** Each of 50 ms. */
const END_TRIES = 400;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Stage extends AsyncDisposable {
  readonly env: Env;
  readonly config: Config;
  readonly server: EmbeddedServer;
  /** Starts `bin/<name>.ts`; ended with the stage. */
  start(name: 'api' | 'orchestrator' | 'gateway' | 'finops'): ChildProcess;
  /** Starts a helper of the benchmark, with a pipe each way. */
  startHelper(file: string): ChildProcess;
  readonly logs: string;
}

/** Ends a server from a handler of `exit`, where nothing can be awaited: what it still writes would be left behind. */
function endNow(pid: number): void {
  const identity = identify(pid);
  if (!identity) return;
  signalProcess(identity, 'SIGQUIT');
  const lock = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < END_TRIES && isAlive(identity); tries++) Atomics.wait(lock, 0, 0, 50);
}

/** With `isCounting` the server keeps statistics of its statements. */
export async function openStage({ isCounting = false } = {}): Promise<Stage> {
  const env = systemEnv(SILENT_LOG);
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-bench-'));
  const variables: Record<string, string> = {
    INVENTIV_DATA_DIR: dataDir,
    PORT_OFFSET: String(await freePortOffset()),
    LOG_FORMAT: 'json',
  };
  const config = readConfig(variables);
  ensureSecrets(env, config);
  let server = await startOwnServer(env, config);
  if (isCounting) {
    await loadStatistics(env, server.url('postgres'));
    await server.stop();
    server = await startOwnServer(env, config);
  }
  const { hasRoles } = await prepareDatabase(env, config);
  if (isCounting) await startStatistics(env, databaseUrlFor(config, 'owner'));
  const children = new Set<ChildProcess>();
  const endAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  // Interrupted: nothing is left running, and nothing lying about.
  const clear = () => {
    endAll();
    endNow(server.pid);
    // Its last processes may still write something.
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  process.once('exit', clear);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const keep = (child: ChildProcess) => {
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  return {
    env,
    config,
    server,
    logs: dataDir,
    start(name) {
      const log = openSync(join(dataDir, `${name}.log`), 'a');
      const child = spawn(process.execPath, [join(ROOT, `bin/${name}.ts`)], {
        cwd: ROOT,
        stdio: ['ignore', log, log],
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          // As in production: compiled code is kept, so a process that starts again is there sooner.
          NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
          ...variables,
          DATABASE_ROLES: hasRoles ? 'on' : 'off',
        },
      });
      closeSync(log);
      return keep(child);
    },
    startHelper: (file) =>
      keep(spawn(process.execPath, [file], { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] })),
    async [Symbol.asyncDispose]() {
      const ends = [...children].map((child) => once(child, 'exit'));
      endAll();
      await Promise.all(ends);
      process.off('exit', clear);
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
