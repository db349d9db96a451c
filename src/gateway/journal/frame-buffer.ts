/** Frames behind one another in one buffer that is used again and again, until they are written together. */
import { crc32 } from 'node:zlib';
import { HEADER_BYTES } from './frames.ts';
import type { JournalRecord } from './records.ts';

const FIRST_BYTES = 65_536;
/** Of one UTF-16 unit in UTF-8. */
const BYTES_PER_UNIT = 3;

export class FrameBuffer {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #size = 0;

  /** A view of the frames so far; another `add` may change what lies behind it. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  add(record: JournalRecord): void {
    const text = JSON.stringify(record);
    const start = this.#size + HEADER_BYTES;
    this.#reserve(start + text.length * BYTES_PER_UNIT);
    const bytes = this.#bytes;
    const length = bytes.write(text, start, 'utf8');
    bytes.writeUInt32LE(length, this.#size);
    bytes.writeUInt32LE(crc32(bytes.subarray(start, start + length)), this.#size + 4);
    this.#size = start + length;
  }

  clear(): void {
    this.#size = 0;
    // A crowd that came once need not be kept room for.
    if (this.#bytes.length > FIRST_BYTES * 16) this.#bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(size, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}
