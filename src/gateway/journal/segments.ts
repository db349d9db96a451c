import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeFrames, FRAME_BYTES_MAX, type Frame, readClosed, type ScannedFrames } from './frames.ts';

/** A place in the journal: a file by its number, and how far into it. */
export interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

export interface PartBounds {
  /** Where the next part begins; equals `to` at the end. */
  readonly next: number;
  readonly damagedBytes: number;
  /** Bytes at the end that are no whole frame; only ever at `to`. */
  readonly tornBytes: number;
}

export interface SegmentPart extends PartBounds {
  readonly frames: readonly Frame[];
}

const NAME = /^(\d{10})\.journal$/;
const PART_BYTES = 1_048_576;

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${String(number).padStart(10, '0')}.journal`);
}

/** Numbers of the files that are there, oldest first. */
export async function listSegments(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** Whole records from `from`, about a mebibyte of them. */
export async function readPart(path: string, from: number, to: number): Promise<SegmentPart> {
  return readFrames(path, from, to, (bytes) => {
    const { frames, ...scanned } = decodeFrames(bytes);
    return { frames: shifted(frames, from), ...scanned };
  });
}

/** The usage of closed requests, one JSON object each, in as much of the file. */
export async function readClosedPart(
  path: string,
  from: number,
  to: number,
): Promise<PartBounds & { readonly rows: readonly string[] }> {
  return readFrames(path, from, to, readClosed);
}

async function readFrames<T extends ScannedFrames>(
  path: string,
  from: number,
  to: number,
  read: (bytes: Buffer) => T,
): Promise<T & PartBounds> {
  const length = Math.min(PART_BYTES, to - from);
  const bytes = Buffer.allocUnsafe(length);
  const file = await open(path, 'r');
  try {
    const { bytesRead } = await file.read(bytes, 0, length, from);
    const isLast = from + length >= to;
    const found = read(bytes.subarray(0, bytesRead));
    const { end, damagedBytes } = found;
    if (isLast) return { ...found, next: to, damagedBytes, tornBytes: bytesRead - end };
    // A frame may lie across the border of the part, but none is longer than this: what lies before is damage.
    const skipped = Math.max(0, bytesRead - FRAME_BYTES_MAX - end);
    return { ...found, next: from + end + skipped, damagedBytes: damagedBytes + skipped, tornBytes: 0 };
  } finally {
    await file.close();
  }
}

function shifted(frames: readonly Frame[], by: number): Frame[] {
  return frames.map(({ record, end }) => ({ record, end: end + by }));
}
