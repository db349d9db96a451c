/**
 * Ends what runs for a data directory from outside: the supervisor by its signal, or, when it was killed, what it left.
 */
import type { Env } from '#kernel/env.ts';
import { endProcess, signalProcess, waitForEnd } from './process-table.ts';
import { findSupervisor, listRunning, removeRunFile } from './run-files.ts';
import { DATABASE } from './stack.ts';

const SUPERVISOR_LIMIT_MS = 8_000;
const PROCESS_LIMIT_MS = 3_200;

/** The names of what was ended; empty when nothing ran. */
export async function shutDown(env: Env, dataDir: string): Promise<string[]> {
  const before = listRunning(dataDir);
  const supervisor = findSupervisor(dataDir);
  if (supervisor) await endProcess(env, supervisor, SUPERVISOR_LIMIT_MS);
  const left = listRunning(dataDir);
  await Promise.all(
    left.filter((file) => file.name !== DATABASE).map((file) => endProcess(env, file, PROCESS_LIMIT_MS)),
  );
  const database = left.find((file) => file.name === DATABASE);
  if (database) {
    // SIGINT is its fast shutdown; SIGTERM would wait for every client.
    signalProcess(database, 'SIGINT');
    if (!(await waitForEnd(env, database, PROCESS_LIMIT_MS))) signalProcess(database, 'SIGQUIT');
    await waitForEnd(env, database, PROCESS_LIMIT_MS);
  }
  for (const file of left) removeRunFile(dataDir, file.name);
  return before.map((file) => file.name);
}
