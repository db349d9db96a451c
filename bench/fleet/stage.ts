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
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { prepareDatabase } from '../../bin/prepare-database.ts';
import { freePortOffset } from '../../test/stack.ts';

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

export async function openStage(): Promise<Stage> {
  const env = systemEnv(SILENT_LOG);
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-bench-'));
  const variables: Record<string, string> = {
    INVENTIV_DATA_DIR: dataDir,
    PORT_OFFSET: String(await freePortOffset()),
    LOG_FORMAT: 'json',
  };
  const config = readConfig(variables);
  ensureSecrets(env, config);
  const server = await startOwnServer(env, config);
  const { hasRoles } = await prepareDatabase(env, config);
  const children = new Set<ChildProcess>();
  const endAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  // Interrupted: nothing is left running, and nothing lying about.
  const clear = () => {
    endAll();
    process.kill(server.pid, 'SIGQUIT');
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
          // As every word of the Makefile has it: less to read at the start, less in memory after.
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
