/**
 * How a command asks the supervisor for a process anew: a file with its name, then a signal. The answer is read from the
 * run files: another process under that name is ready.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { signalProcess } from './process-table.ts';
import { findSupervisor, listRunning } from './run-files.ts';

export const RESTART_SIGNAL = 'SIGUSR2';
const DIRECTORY = 'restart';
const WITHIN_MS = 45_000;

/** @throws StartError when nothing runs, there is no such process, or the successor does not become ready */
export async function restartProcess(env: Env, dataDir: string, name: string): Promise<void> {
  const supervisor = findSupervisor(dataDir);
  if (!supervisor) throw new StartError(`nothing runs with ${dataDir}: make up starts it`);
  const former = listRunning(dataDir).find((file) => file.name === name);
  if (!former || former.pid === supervisor.pid) {
    throw new StartError(`there is no process ${name}: make ps lists those that can be restarted`);
  }
  mkdirSync(join(dataDir, 'run', DIRECTORY), { recursive: true });
  writeFileSync(join(dataDir, 'run', DIRECTORY, name), '');
  signalProcess(supervisor, RESTART_SIGNAL);
  const deadline = env.clock.monotonic() + WITHIN_MS;
  for (;;) {
    const now = listRunning(dataDir).find((file) => file.name === name);
    if (now?.isReady && now.pid !== former.pid) return;
    if (env.clock.monotonic() > deadline) {
      throw new StartError(
        `${name} was not replaced within ${WITHIN_MS / 1_000} s: make logs p=${name} tells why`,
      );
    }
    await env.sleep(20);
  }
}

/** Names that were asked for since the last call. */
export function takeRestartRequests(dataDir: string): string[] {
  const directory = join(dataDir, 'run', DIRECTORY);
  try {
    const names = readdirSync(directory);
    for (const name of names) rmSync(join(directory, name), { force: true });
    return names;
  } catch {
    // Nothing was ever asked.
    return [];
  }
}
