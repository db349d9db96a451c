/**
 * What runs for a data directory, as files in `<data dir>/run`: one per process with its identity. They tell other
 * commands whom to ask or end, also after a kill -9: a file whose process is gone is a leftover and says nothing.
 * That only one supervisor runs is kept by an abstract socket, which the kernel frees with its process.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-table.ts';

export interface RunFile extends ProcessIdentity {
  readonly name: string;
  readonly restarts: number;
  readonly isReady: boolean;
}

export const SUPERVISOR = 'supervisor';

/** True when this process is now the only supervisor of the directory, until it ends. */
export function takeRunLock(dataDir: string): Promise<boolean> {
  // The directory itself is the key, whatever path leads to it.
  const { dev, ino } = statSync(dataDir);
  const lock = createServer((socket) => socket.destroy());
  lock.unref();
  return new Promise((resolve) => {
    lock.once('error', () => resolve(false));
    lock.listen(`\0inventiv-run-${dev}-${ino}`, () => resolve(true));
  });
}

export function writeRunFile(dataDir: string, file: RunFile): void {
  const path = join(dataDir, 'run', `${file.name}.json`);
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(file)}\n`);
  renameSync(`${path}.new`, path);
}

export function removeRunFile(dataDir: string, name: string): void {
  rmSync(join(dataDir, 'run', `${name}.json`), { force: true });
}

/** The processes of the directory that live. */
export function listRunning(dataDir: string): RunFile[] {
  return readRunFiles(dataDir).filter((file) => isAlive(file));
}

export function findSupervisor(dataDir: string): RunFile | undefined {
  return listRunning(dataDir).find((file) => file.name === SUPERVISOR);
}

export function ownRunFile(name: string): RunFile {
  const identity = identify(process.pid);
  if (!identity) throw new Error('/proc is not readable, so processes cannot be told apart');
  return { name, ...identity, restarts: 0, isReady: false };
}

function readRunFiles(dataDir: string): RunFile[] {
  let names: string[];
  try {
    names = readdirSync(join(dataDir, 'run')).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    try {
      const file = JSON.parse(readFileSync(join(dataDir, 'run', name), 'utf8')) as RunFile;
      return Number.isInteger(file.pid) && typeof file.started === 'string' ? [file] : [];
    } catch {
      // Removed in between, or half of it lost in a power cut.
      return [];
    }
  });
}
