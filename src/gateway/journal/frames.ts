/**
 * A journal file is a row of frames: length and CRC-32 of the payload (little endian, 4 bytes each), then the payload,
 * which is JSON. A frame that was torn or damaged does not pass its checksum; reading goes on at the next one that does.
 */
import { crc32 } from 'node:zlib';
import { type JournalRecord, journalRecordSchema } from './records.ts';

export const HEADER_BYTES = 8;
/** Longer than any record of ours: a length above it is damage. */
export const FRAME_BYTES_MAX = 65_536;

export interface Frame {
  readonly record: JournalRecord;
  /** Position after the frame. */
  readonly end: number;
}

export interface DecodedFrames {
  readonly frames: readonly Frame[];
  /** Position after the last whole frame. */
  readonly end: number;
  /** Bytes between whole frames that belong to none. */
  readonly damagedBytes: number;
}

export function encodeFrame(record: JournalRecord): Buffer {
  const payload = JSON.stringify(record);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(payload));
  frame.write(payload, HEADER_BYTES, 'utf8');
  frame.writeUInt32LE(frame.length - HEADER_BYTES, 0);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 4);
  return frame;
}

export function decodeFrames(bytes: Buffer): DecodedFrames {
  const frames: Frame[] = [];
  let at = 0;
  let end = 0;
  let damagedBytes = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const frame = decodeFrame(bytes, at);
    if (!frame) {
      at++;
      continue;
    }
    damagedBytes += at - end;
    frames.push(frame);
    at = frame.end;
    end = frame.end;
  }
  return { frames, end, damagedBytes };
}

function decodeFrame(bytes: Buffer, at: number): Frame | undefined {
  const length = bytes.readUInt32LE(at);
  const start = at + HEADER_BYTES;
  if (length < 2 || length > FRAME_BYTES_MAX || start + length > bytes.length) return undefined;
  const payload = bytes.subarray(start, start + length);
  if (crc32(payload) !== bytes.readUInt32LE(at + 4)) return undefined;
  const parsed = journalRecordSchema.safeParse(parseOrUndefined(payload.toString('utf8')));
  return parsed.success ? { record: parsed.data, end: start + length } : undefined;
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
