import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from './stack.ts';

export type ProcessName = 'api' | 'orchestrator' | 'gateway' | 'finops' | 'mock-cloud';

/** The process of a stack that runs `bin/<name>.ts`; undefined while there is none. */
export function findProcess(stack: Stack, name: ProcessName): number | undefined {
  const parent = stack.supervisor.pid;
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .find((pid) => parentOf(pid) === parent && commandOf(pid).includes(`bin/${name}.ts`));
}

/** Ends it as a crash does and waits until its successor runs. */
export async function killProcess(stack: Stack, name: ProcessName, withinMs = 15_000): Promise<void> {
  const pid = await waitFor(() => findProcess(stack, name), withinMs, name);
  process.kill(pid, 'SIGKILL');
  await waitFor(
    () => {
      const successor = findProcess(stack, name);
      return successor !== undefined && successor !== pid ? successor : undefined;
    },
    withinMs,
    `${name} after its end`,
  );
}

export function databasePid(stack: Stack): number | undefined {
  try {
    for (const directory of readdirSync(stack.dataDir)) {
      const file = join(stack.dataDir, directory, 'postmaster.pid');
      const text = tryRead(file);
      if (text) return Number(text.split('\n')[0]);
    }
  } catch {
    return undefined;
  }
  return undefined;
}

export async function killDatabase(stack: Stack, withinMs = 15_000): Promise<void> {
  const pid = await waitFor(() => databasePid(stack), withinMs, 'PostgreSQL');
  process.kill(pid, 'SIGKILL');
  await waitFor(
    () => {
      const successor = databasePid(stack);
      return successor !== undefined && successor !== pid ? successor : undefined;
    },
    withinMs,
    'PostgreSQL after its end',
  );
}

export async function waitFor<T>(find: () => T | undefined, withinMs: number, what: string): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`no ${what} within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function parentOf(pid: number): number | undefined {
  const stat = tryRead(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function commandOf(pid: number): string {
  return tryRead(`/proc/${pid}/cmdline`) ?? '';
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
