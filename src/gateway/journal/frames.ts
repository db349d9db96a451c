/**
 * A journal file is a row of frames: length and CRC-32 of the payload (little endian, 4 bytes each), then the payload,
 * which is JSON. A frame that was torn or damaged does not pass its checksum; reading goes on at the next one that does.
 */
import { crc32 } from 'node:zlib';
import { type JournalRecord, journalRecordSchema } from './records.ts';

export const HEADER_BYTES = 8;
/** Longer than any record of ours: a length above it is damage. */
export const FRAME_BYTES_MAX = 65_536;
/** How a close record begins: its members are written in this order. */
const CLOSE_BEGINNING = Buffer.from('{"kind":"close","usage":');

export interface Frame {
  readonly record: JournalRecord;
  /** Position after the frame. */
  readonly end: number;
}

export interface ScannedFrames {
  /** Position after the last whole frame. */
  readonly end: number;
  /** Bytes between whole frames that belong to none. */
  readonly damagedBytes: number;
}

export interface DecodedFrames extends ScannedFrames {
  readonly frames: readonly Frame[];
}

export function encodeFrame(record: JournalRecord): Buffer {
  const payload = JSON.stringify(record);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(payload));
  frame.write(payload, HEADER_BYTES, 'utf8');
  frame.writeUInt32LE(frame.length - HEADER_BYTES, 0);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 4);
  return frame;
}

/** Every whole frame that is what it should be. */
export function decodeFrames(bytes: Buffer): DecodedFrames {
  const frames: Frame[] = [];
  const scanned = scanFrames(bytes, (start, end) => {
    const parsed = journalRecordSchema.safeParse(parseOrUndefined(bytes.toString('utf8', start, end)));
    if (parsed.success) frames.push({ record: parsed.data, end });
    return parsed.success;
  });
  return { frames, ...scanned };
}

/** The usage in close records, as the JSON that it was written as. */
export function readClosed(bytes: Buffer): { readonly rows: string[] } & ScannedFrames {
  const rows: string[] = [];
  const scanned = scanFrames(bytes, (start, end) => {
    const usage = start + CLOSE_BEGINNING.length;
    const isClose =
      usage < end && bytes.compare(CLOSE_BEGINNING, 0, CLOSE_BEGINNING.length, start, usage) === 0;
    if (isClose) rows.push(bytes.toString('utf8', usage, end - 1));
    return true;
  });
  return { rows, ...scanned };
}

/** @param visit is given where each payload with a right checksum begins and ends; false: it is damage all the same */
function scanFrames(bytes: Buffer, visit: (start: number, end: number) => boolean): ScannedFrames {
  let at = 0;
  let end = 0;
  let damagedBytes = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const frameEnd = frameEndAt(bytes, at);
    if (frameEnd === 0 || !visit(at + HEADER_BYTES, frameEnd)) {
      at++;
      continue;
    }
    damagedBytes += at - end;
    at = frameEnd;
    end = frameEnd;
  }
  return { end, damagedBytes };
}

/** Where the frame that begins here ends; 0 when none does. */
function frameEndAt(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32LE(at);
  const start = at + HEADER_BYTES;
  if (length < 2 || length > FRAME_BYTES_MAX || start + length > bytes.length) return 0;
  const isWhole = crc32(bytes.subarray(start, start + length)) === bytes.readUInt32LE(at + 4);
  return isWhole ? start + length : 0;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
