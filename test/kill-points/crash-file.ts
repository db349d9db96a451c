/** The file by which a test arms crash points of running processes: see `FAULT=@path` in src/kernel/system-env.ts. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export type CrashSignal = 'SIGKILL' | 'SIGSTOP';

export interface CrashHit {
  readonly name: string;
  readonly signal: CrashSignal;
  readonly pid: number;
}

export class CrashFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.#write({});
  }

  /** Lists every crash point that is visited until the next order, in the order of first visits. */
  record(): void {
    rmSync(`${this.path}.seen`, { force: true });
    this.#write({ record: true });
  }

  recorded(): string[] {
    // Each process lists what it visits, so that a name may be there more than once.
    return [...new Set(readLines(`${this.path}.seen`))];
  }

  /** The next process that comes to one of these points is hit, and nobody after it until this is called again. */
  arm(points: Readonly<Record<string, CrashSignal>>): void {
    this.#write({ points });
  }

  /** All so far, oldest first. */
  hits(): CrashHit[] {
    return readLines(`${this.path}.hits`).flatMap((line) => parseHit(line) ?? []);
  }

  /** Nobody is hit any more. */
  disarm(): void {
    this.#write({});
  }

  #write(order: Record<string, unknown>): void {
    writeFileSync(`${this.path}.new`, JSON.stringify(order));
    renameSync(`${this.path}.new`, this.path);
  }
}

function readLines(path: string): string[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  // A last line without an end is still being written.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
}

function parseHit(line: string): CrashHit | undefined {
  try {
    return JSON.parse(line) as CrashHit;
  } catch {
    return undefined;
  }
}
