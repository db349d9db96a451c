/** More orchestrators for a stack than its supervisor runs, each started again at once when it is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { FAST, type Stack } from '../stack.ts';

const FILE = join(import.meta.dirname, '../../bin/orchestrator.ts');

export interface Orchestrators {
  stop(): Promise<void>;
}

export async function startOrchestrators(
  stack: Stack,
  count: number,
  variables: Readonly<Record<string, string>>,
): Promise<Orchestrators> {
  let isStopping = false;
  const running = new Map<number, ChildProcess>();
  const keep = async (index: number): Promise<void> => {
    // Where `Stack.logTail` finds it.
    const output = openSync(join(stack.dataDir, `logs/orchestrator-${index + 2}.log`), 'a');
    while (!isStopping) {
      const child = spawn(process.execPath, [FILE], {
        stdio: ['ignore', output, output],
        env: {
          PATH: process.env['PATH'],
          ...FAST,
          ...variables,
          LOG_FORMAT: 'json',
          PORT_OFFSET: String(stack.portOffset),
          INVENTIV_DATA_DIR: stack.dataDir,
          METRICS_PORT: String(await freePort()),
        },
      });
      running.set(index, child);
      await once(child, 'exit');
    }
    closeSync(output);
  };
  const kept = Array.from({ length: count }, (_, index) => keep(index));
  return {
    async stop() {
      isStopping = true;
      for (const child of running.values()) child.kill('SIGKILL');
      await Promise.all(kept);
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
