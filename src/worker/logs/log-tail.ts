import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Reads on in a log that may be rotated meanwhile (`name`, `name.1`, `name.2`, newest first).
 *
 * A place is how far into which file. A file is known by the hash of its first bytes, which begin with a time: its name
 * changes with each rotation, and its inode may be given to the next file. When the file of a place is gone, reading
 * goes on at the oldest that is left, and says that something was lost. A line without end does not fill the memory:
 * its beginning is a line, the rest is skipped.
 */
export interface LogPlace {
  readonly offset: number;
  readonly headBytes: number;
  readonly headSha256: string;
  /** In the middle of a line of which nothing more is wanted. */
  readonly isMidLine: boolean;
}

export interface TailLine {
  readonly text: string;
  /** Where reading goes on after this line. */
  readonly end: LogPlace;
}

export interface TailReading {
  readonly lines: readonly TailLine[];
  /** Where reading goes on, also when there was no line. */
  readonly end: LogPlace | undefined;
  /** Lines after the given place were overwritten before they were read. */
  readonly isLost: boolean;
}

const HEAD_BYTES = 128;
const CHUNK_BYTES = 256 * 1024;
const LINE_BYTES_MAX = 64 * 1024;
const NEWLINE = 0x0a;

interface OpenFile {
  readonly descriptor: number;
  readonly size: number;
  readonly head: Buffer;
  /** A rotated file gets no more lines, so what is after its last newline is a line too. */
  readonly isClosed: boolean;
}

export class LogTail {
  readonly #paths: readonly string[];

  /** The names of the file, newest first. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  read(from: LogPlace | undefined, linesMax: number): TailReading {
    const files = this.#open();
    try {
      return readFiles(files, from, linesMax);
    } finally {
      for (const { descriptor } of files) closeSync(descriptor);
    }
  }

  /** The first line that is there now. Reading from here, it is known when that line was overwritten. */
  findBeginning(): LogPlace | undefined {
    const files = this.#open();
    try {
      const [oldest] = files;
      return oldest && oldest.size > 0 ? { ...placeIn(oldest, oldest.size), offset: 0 } : undefined;
    } finally {
      for (const { descriptor } of files) closeSync(descriptor);
    }
  }

  /** The end of what is there now: nothing before it is read. */
  findEnd(): LogPlace | undefined {
    const files = this.#open();
    try {
      const newest = files.at(-1);
      return newest && newest.size > 0 ? placeIn(newest, newest.size) : undefined;
    } finally {
      for (const { descriptor } of files) closeSync(descriptor);
    }
  }

  /** Oldest first; those that are not there are left out. */
  #open(): OpenFile[] {
    const files: OpenFile[] = [];
    for (const [generation, path] of this.#paths.entries()) {
      let descriptor: number;
      try {
        descriptor = openSync(path, 'r');
      } catch {
        continue;
      }
      const { size } = fstatSync(descriptor);
      const head = Buffer.alloc(HEAD_BYTES);
      const length = readSync(descriptor, head, 0, HEAD_BYTES, 0);
      files.unshift({ descriptor, size, head: head.subarray(0, length), isClosed: generation > 0 });
    }
    return files;
  }
}

function readFiles(files: readonly OpenFile[], from: LogPlace | undefined, linesMax: number): TailReading {
  const found = from ? files.findIndex((file) => isFileOf(file, from)) : -1;
  const isLost = from !== undefined && found < 0 && files.length > 0;
  let place = found < 0 ? undefined : from;
  for (const file of files.slice(Math.max(found, 0))) {
    const lines = readFile(file, place, linesMax);
    if (lines.lines.length > 0) return { ...lines, isLost };
    place = lines.end;
    // The next file is read from its beginning; an unread rest of this one would be lost otherwise.
    if (!file.isClosed) break;
    place = undefined;
  }
  return { lines: [], end: place ?? (isLost ? undefined : from), isLost };
}

function readFile(
  file: OpenFile,
  from: LogPlace | undefined,
  linesMax: number,
): { lines: TailLine[]; end: LogPlace | undefined } {
  let offset = from && from.offset <= file.size ? from.offset : 0;
  let isMidLine = offset > 0 && from?.isMidLine === true;
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  while (offset < file.size) {
    const length = readSync(file.descriptor, chunk, 0, CHUNK_BYTES, offset);
    if (length === 0) break;
    const bytes = chunk.subarray(0, length);
    if (isMidLine) {
      const newline = bytes.indexOf(NEWLINE);
      offset += newline < 0 ? length : newline + 1;
      isMidLine = newline < 0;
      continue;
    }
    const isLast = offset + length >= file.size;
    const lines = splitLines(file, bytes, { offset, linesMax, takesRest: file.isClosed && isLast });
    if (lines.length > 0) return { lines, end: lines.at(-1)?.end };
    if (length < CHUNK_BYTES) break;
    const end = { ...placeIn(file, offset + length), isMidLine: true };
    return { lines: [{ text: textOf(bytes), end }], end };
  }
  return { lines: [], end: offset > 0 ? { ...placeIn(file, offset), isMidLine } : undefined };
}

function splitLines(
  file: OpenFile,
  bytes: Buffer,
  { offset, linesMax, takesRest }: { offset: number; linesMax: number; takesRest: boolean },
): TailLine[] {
  const lines: TailLine[] = [];
  let start = 0;
  while (lines.length < linesMax && start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    if (newline < 0 && !takesRest) break;
    const end = newline < 0 ? bytes.length : newline;
    const next = newline < 0 ? bytes.length : newline + 1;
    lines.push({ text: textOf(bytes.subarray(start, end)), end: placeIn(file, offset + next) });
    start = next;
  }
  return lines;
}

/** Bytes that are no UTF-8 become replacement characters. */
function textOf(bytes: Buffer): string {
  return bytes.subarray(0, LINE_BYTES_MAX).toString('utf8');
}

function placeIn(file: OpenFile, offset: number): LogPlace {
  const headBytes = Math.min(offset, file.head.length);
  return { offset, headBytes, headSha256: hashOf(file.head, headBytes), isMidLine: false };
}

function isFileOf(file: OpenFile, place: LogPlace): boolean {
  return file.head.length >= place.headBytes && hashOf(file.head, place.headBytes) === place.headSha256;
}

function hashOf(head: Buffer, length: number): string {
  return createHash('sha256').update(head.subarray(0, length)).digest('hex');
}
