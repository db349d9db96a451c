/**
 * Appends frames to numbered files. They are in the file when `append` returns (a plain write: it survives the death
 * of this process), and on the disk some milliseconds later (fdatasync for many frames at once, off the caller's path:
 * it survives a power cut). A write that fails leaves the file as it was before it.
 */
import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type JournalPosition, segmentPath } from './segments.ts';

/** What a power cut may cost. While the disk is forced to take what it has, writes wait: rarely is cheaper than soon. */
const SYNC_GROUP_MS = 100;
const syncFile = promisify(fdatasync);

export class SegmentWriter {
  readonly #env: Env;
  readonly #directory: string;
  readonly #bytesMax: number;
  #segment: number;
  #size = 0;
  #file: number;
  /** Files that are full, and must be on the disk before they are closed. */
  #full: number[] = [];
  #written = 0;
  #synced = 0;
  #syncing: Promise<void> | undefined;
  #isClosed = false;

  constructor(env: Env, options: { directory: string; bytesMax: number; firstSegment: number }) {
    this.#env = env;
    this.#directory = options.directory;
    this.#bytesMax = options.bytesMax;
    this.#segment = options.firstSegment;
    this.#file = openSync(segmentPath(this.#directory, this.#segment), 'wx', 0o600);
  }

  get position(): JournalPosition {
    return { segment: this.#segment, offset: this.#size };
  }

  get unsyncedRecords(): number {
    return this.#written - this.#synced;
  }

  /** Writes all of these frames or nothing. Throws what the file system says. */
  append(frames: Buffer, count = 1): void {
    if (this.#size > 0 && this.#size + frames.length > this.#bytesMax) this.#rotate();
    try {
      // At an explicit place: after a write that failed half-way the file's own position is behind its end.
      for (let at = 0; at < frames.length; ) {
        at += writeSync(this.#file, frames, at, frames.length - at, this.#size + at);
      }
    } catch (error) {
      // Part of them may be in the file. Cutting it off needs no space.
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size += frames.length;
    this.#written += count;
    if (!this.#isClosed) this.#syncing ??= this.#syncSoon();
  }

  /** Resolves when all that was appended before is on the disk. */
  async synced(): Promise<void> {
    const target = this.#written;
    while (this.#synced < target && this.#syncing !== undefined) await this.#syncing;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#syncing;
    await this.#sync();
    closeSync(this.#file);
  }

  #rotate(): void {
    const next = openSync(segmentPath(this.#directory, this.#segment + 1), 'wx', 0o600);
    this.#full.push(this.#file);
    this.#file = next;
    this.#segment++;
    this.#size = 0;
  }

  async #syncSoon(): Promise<void> {
    await this.#env.sleep(SYNC_GROUP_MS);
    try {
      await this.#sync();
    } catch (error) {
      this.#env.log.error({ error: messageOf(error) }, 'the usage journal could not be forced to the disk');
    }
    this.#syncing = this.#synced < this.#written && !this.#isClosed ? this.#syncSoon() : undefined;
  }

  async #sync(): Promise<void> {
    const target = this.#written;
    const full = this.#full;
    this.#full = [];
    for (const file of full) {
      await syncFile(file);
      closeSync(file);
    }
    await syncFile(this.#file);
    this.#synced = target;
  }
}
