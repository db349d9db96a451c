/**
 * The log of one process on disk: lines as they come, a new file when it grows too large, two old ones kept.
 * A full disk loses lines, never the process that writes them.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const BYTES_MAX = 10 * 1024 * 1024;
const OLD_FILES_MAX = 2;

export class LogFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #fd: number | undefined;
  #bytes = 0;

  constructor(path: string, bytesMax: number = BYTES_MAX) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    mkdirSync(dirname(path), { recursive: true });
    this.#open();
  }

  /** False when the line was lost. */
  append(line: string): boolean {
    try {
      if (this.#bytes > this.#bytesMax) this.#rotate();
      if (this.#fd === undefined) this.#open();
      if (this.#fd === undefined) return false;
      this.#bytes += writeSync(this.#fd, `${line}\n`);
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): void {
    this.#fd = openSync(this.#path, 'a');
    this.#bytes = statSync(this.#path).size;
  }

  #rotate(): void {
    this.close();
    for (let age = OLD_FILES_MAX; age >= 1; age--) {
      const younger = age === 1 ? this.#path : `${this.#path}.${age - 1}`;
      if (existsSync(younger)) renameSync(younger, `${this.#path}.${age}`);
    }
    this.#open();
  }
}
