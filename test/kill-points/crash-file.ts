/** The file by which a test arms a crash point of running processes: see `FAULT=@path` in src/kernel/system-env.ts. */
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
    if (!existsSync(`${this.path}.seen`)) return [];
    // Each process lists what it visits, so that a name may be there more than once.
    return [...new Set(readFileSync(`${this.path}.seen`, 'utf8').trim().split('\n').filter(Boolean))];
  }

  /** The next process that comes to this point is hit. */
  arm(name: string, signal: CrashSignal): void {
    rmSync(`${this.path}.hit`, { force: true });
    this.#write({ name, signal });
  }

  hit(): CrashHit | undefined {
    if (!existsSync(`${this.path}.hit`)) return undefined;
    const line = readFileSync(`${this.path}.hit`, 'utf8').split('\n')[0] ?? '';
    try {
      return JSON.parse(line) as CrashHit;
    } catch {
      // Still being written.
      return undefined;
    }
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
