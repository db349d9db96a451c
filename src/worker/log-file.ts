import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

const GENERATIONS = 3;

/**
 * The agent's log on this machine: JSON lines in `worker.log`, moved to `worker.log.1`, `.2` when full, so it never
 * takes more than three times its limit. Lines are written at once and survive a `kill -9`; on a full disk they
 * are dropped and counted, because serving matters more than logging.
 */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  /** Undefined while the file could not be opened; the next line tries again. */
  #file: number | undefined;
  #size = 0;
  #dropped = 0;

  constructor(logDir: string, maxBytes = 5 * 1024 * 1024) {
    mkdirSync(logDir, { recursive: true, mode: 0o750 });
    this.#path = path.join(logDir, 'worker.log');
    this.#maxBytes = maxBytes;
    this.#open();
  }

  get dropped(): number {
    return this.#dropped;
  }

  append(line: string): void {
    try {
      if (this.#size >= this.#maxBytes) this.#rotate();
      this.#size += writeSync(this.#file ?? this.#open(), line);
    } catch {
      this.#dropped += 1;
    }
  }

  /** The last `tail` lines not older than `sinceMs`, oldest first. */
  read(tail: number, sinceMs: number | undefined): string[] {
    const lines: string[] = [];
    for (let generation = 0; generation < GENERATIONS && lines.length < tail; generation++) {
      const file = this.#nameOf(generation);
      if (!existsSync(file)) break;
      const part = readFileSync(file, 'utf8').split('\n').filter(Boolean);
      const wanted = sinceMs === undefined ? part : part.filter((line) => timeOf(line) >= sinceMs);
      lines.unshift(...wanted.slice(-(tail - lines.length)));
    }
    return lines;
  }

  #rotate(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    for (let generation = GENERATIONS - 1; generation > 0; generation--) {
      const older = this.#nameOf(generation - 1);
      if (existsSync(older)) renameSync(older, this.#nameOf(generation));
    }
    this.#open();
  }

  #open(): number {
    const file = openSync(this.#path, 'a', 0o640);
    this.#file = file;
    this.#size = fstatSync(file).size;
    return file;
  }

  #nameOf(generation: number): string {
    return generation === 0 ? this.#path : `${this.#path}.${generation}`;
  }
}

/** Every line starts with {"time":"<24 characters of ISO time>"; anything else is kept by every filter. */
function timeOf(line: string): number {
  const time = Date.parse(line.slice(9, 33));
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}
