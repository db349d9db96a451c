import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '#kernel/errors.ts';

const dataSync = promisify(fdatasync);

/**
 * An append-only file of lines. A line is there as a whole or not at all.
 *
 * `append` hands the line to the operating system, which survives `kill -9`; `flush` waits until it is on the disk,
 * one sync for all who wait. A line torn by a crash is cut off at the next opening: nobody was told of it yet.
 * A damaged line before the end is refused, because what follows it was acknowledged.
 * When the disk is full the half-written line is cut off again and the append throws.
 */
export class Journal {
  readonly #path: string;
  #fd: number;
  #sizeBytes: number;
  #writtenCount = 0;
  #syncedCount = 0;
  #syncing: Promise<void> | undefined;
  #broken: string | undefined;

  /** Opens or creates it and gives what it holds. */
  static open(path: string): { journal: Journal; entries: unknown[] } {
    const fd = openSync(path, 'a', 0o600);
    const bytes = readFileSync(path);
    const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
    if (wholeBytes < bytes.length) ftruncateSync(fd, wholeBytes);
    return {
      journal: new Journal(path, fd),
      entries: parseLines(path, bytes.toString('utf8', 0, wholeBytes)),
    };
  }

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
    this.#sizeBytes = fstatSync(fd).size;
  }

  append(entry: unknown): void {
    if (this.#broken) throw new Error(`the journal cannot be written: ${this.#broken}`);
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      writeWhole(this.#fd, line);
    } catch (error) {
      this.#cutBack(messageOf(error));
      throw error;
    }
    this.#sizeBytes += line.length;
    this.#writtenCount += 1;
  }

  async flush(): Promise<void> {
    const wanted = this.#writtenCount;
    while (this.#syncedCount < wanted) {
      this.#syncing ??= this.#syncOnce();
      await this.#syncing;
    }
  }

  /** Replaces the whole content at once: before a crash the old, after it the new. */
  async rewrite(entries: () => readonly unknown[]): Promise<void> {
    // A sync on a closed file would fail, so the one under way ends first. Nothing is awaited after that.
    while (this.#syncing !== undefined) await this.#syncing;
    const temporary = `${this.#path}.new`;
    writeSynced(temporary, entries());
    const next = openSync(temporary, 'a');
    renameSync(temporary, this.#path);
    syncDirectory(dirname(this.#path));
    closeSync(this.#fd);
    this.#fd = next;
    this.#sizeBytes = fstatSync(next).size;
    this.#syncedCount = this.#writtenCount;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async close(): Promise<void> {
    await this.flush();
    closeSync(this.#fd);
    this.#broken = 'it is closed';
  }

  async #syncOnce(): Promise<void> {
    const covered = this.#writtenCount;
    try {
      await dataSync(this.#fd);
      this.#syncedCount = covered;
    } finally {
      this.#syncing = undefined;
    }
  }

  #cutBack(reason: string): void {
    try {
      ftruncateSync(this.#fd, this.#sizeBytes);
    } catch {
      // A torn line would swallow the next one, so nothing more may be written.
      this.#broken = reason;
    }
  }
}

function parseLines(path: string, text: string): unknown[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index): unknown => {
    try {
      return JSON.parse(line);
    } catch (error) {
      throw new Error(`${path} is damaged in line ${index + 1}: ${messageOf(error)}`);
    }
  });
}

function writeSynced(path: string, entries: readonly unknown[]): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    writeWhole(fd, Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeWhole(fd: number, bytes: Buffer): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done);
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
