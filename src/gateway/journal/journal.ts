/**
 * The usage journal: what makes every admitted request billed once, whatever dies.
 *
 * A request is `open` before it is dispatched, `mark`ed while it streams, and `close`d before its last byte goes to the
 * client. All records of one turn of the event loop are written together at its end, and whoever must not go on before
 * waits for that. What is closed is shipped to the ledger from the files; what is open without a close when the process starts
 * again is an orphan and is settled by recovery. A file is deleted when all its closes are in the ledger and none of
 * the requests opened in it is still open. When the disk is full no request is admitted; those in flight close
 * their records in space that was kept free for them, and wait in memory when even that is used up.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { UsageRecord } from '#contracts/usage.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { encodeFrame } from './frames.ts';
import type { JournalRecord, JournalWorker, Mark, Opened } from './records.ts';
import { SegmentWriter } from './segment-writer.ts';
import { type JournalPosition, listSegments, readPart, segmentPath } from './segments.ts';

export interface JournalOptions {
  readonly directory: string;
  readonly segmentBytesMax: number;
  /** Kept free on the disk for the closes of requests in flight. */
  readonly reserveBytes: number;
  /** How long to wait for another process that is just ending. */
  readonly lockWaitMs?: number;
}

/** A request that a former process opened and did not close. */
export interface Orphan {
  readonly open: Opened;
  readonly mark: Mark | undefined;
}

interface OpenEntry {
  open: Opened;
  mark: Mark | undefined;
  readonly segment: number;
}

const LOCK_WAIT_MS = 10_000;
const REOPEN_MS = 1_000;
const RESERVE = 'reserve';
const WRITTEN = Promise.resolve();

export class Journal {
  readonly #env: Env;
  readonly #options: JournalOptions;
  readonly #lock: DirectoryLock;
  readonly #writer: SegmentWriter;
  readonly #open: Map<string, OpenEntry>;
  readonly #closedListeners = new Set<(usage: UsageRecord) => void>();
  readonly #stopping = new AbortController();
  /** Records of this turn, and their frames. */
  #turn: JournalRecord[] = [];
  readonly #frames = new FrameBuffer();
  #turnWritten: PromiseWithResolvers<void> | undefined;
  /** Closes that found no space at all. */
  #waiting: JournalRecord[] = [];
  #isWritable = true;
  #reopening: Promise<void> | undefined;

  /** @throws DirectoryHeldError when another process lives there; what the file system says when it cannot be written */
  static async open(env: Env, options: JournalOptions): Promise<{ journal: Journal; orphans: Orphan[] }> {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    const lock = await lockDirectory(env, options.directory, options.lockWaitMs ?? LOCK_WAIT_MS);
    try {
      const open = await readOpenRequests(env, options.directory);
      const segments = await listSegments(options.directory);
      const orphans = [...open.values()].map(({ open: opened, mark }) => ({ open: opened, mark }));
      return {
        journal: new Journal(env, options, lock, { open, lastSegment: segments.at(-1) ?? 0 }),
        orphans,
      };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  private constructor(
    env: Env,
    options: JournalOptions,
    lock: DirectoryLock,
    found: { open: Map<string, OpenEntry>; lastSegment: number },
  ) {
    this.#env = env;
    this.#options = options;
    this.#lock = lock;
    this.#open = found.open;
    this.#writer = new SegmentWriter(env, {
      directory: options.directory,
      bytesMax: options.segmentBytesMax,
      firstSegment: found.lastSegment + 1,
    });
    this.#takeReserve();
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** False: usage could not be recorded, so no request may be admitted. */
  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** Where the next record will be written; everything before is complete. */
  get end(): JournalPosition {
    return this.#writer.position;
  }

  get openRequests(): number {
    return this.#open.size;
  }

  get unsyncedRecords(): number {
    return this.#writer.unsyncedRecords;
  }

  /** The oldest file that a request still open was opened in. */
  get oldestNeededSegment(): number {
    let oldest = this.#writer.position.segment;
    for (const { segment } of this.#open.values()) oldest = Math.min(oldest, segment);
    return oldest;
  }

  onClosed(listener: (usage: UsageRecord) => void): void {
    this.#closedListeners.add(listener);
  }

  /** Resolves when it is written. @throws gateway.journal_full, and then the request must not be dispatched */
  async openRequest(open: Opened): Promise<void> {
    if (!this.#isWritable) throw new AppError('gateway.journal_full');
    this.#open.set(open.request_id, { open, mark: undefined, segment: this.#writer.position.segment });
    this.#add({ kind: 'open', open });
    await this.written();
    if (!this.#open.has(open.request_id)) throw new AppError('gateway.journal_full');
  }

  moveRequest(requestId: string, worker: JournalWorker): void {
    const entry = this.#open.get(requestId);
    if (!entry) return;
    entry.open = { ...entry.open, worker };
    this.#add({ kind: 'move', request_id: requestId, worker });
  }

  markRequest(mark: Mark): void {
    const entry = this.#open.get(mark.request_id);
    if (!entry) return;
    entry.mark = mark;
    this.#add({ kind: 'mark', mark });
  }

  /** Without effect when the request is not open: it was closed before. Safe when `written` resolves. */
  closeRequest(usage: UsageRecord): void {
    if (!this.#open.delete(usage.request_id)) return;
    this.#add({ kind: 'close', usage });
    for (const listener of this.#closedListeners) listener(usage);
  }

  /** Resolves when all records before are written: they survive the death of this process. */
  written(): Promise<void> {
    return this.#turnWritten?.promise ?? WRITTEN;
  }

  /** Writes now what the end of the turn would write. */
  flush(): void {
    const written = this.#turnWritten;
    if (!written) return;
    const records = this.#turn;
    this.#turn = [];
    this.#turnWritten = undefined;
    try {
      this.#writer.append(this.#frames.bytes, records.length);
    } catch {
      // One after the other: each kind has its own way to do without.
      for (const record of records) this.#appendOne(record);
    }
    this.#frames.clear();
    written.resolve();
  }

  /** Resolves when all records before are on the disk. */
  async synced(): Promise<void> {
    this.flush();
    await this.#writer.synced();
  }

  async close(): Promise<void> {
    this.flush();
    this.#stopping.abort();
    await this.#reopening;
    this.#flushWaiting();
    if (this.#waiting.length > 0) {
      this.#env.log.error({ records: this.#waiting.length }, 'usage records found no space and are lost');
    }
    await this.#writer.close();
    await this.#lock.release();
  }

  #add(record: JournalRecord): void {
    if (!this.#turnWritten) {
      this.#turnWritten = Promise.withResolvers();
      setImmediate(flushOf, this);
    }
    this.#turn.push(record);
    this.#frames.add(record);
  }

  #appendOne(record: JournalRecord): void {
    if (record.kind === 'open') this.#appendOpen(record);
    else if (record.kind === 'close') this.#appendClose(record);
    else this.#appendOrLose(record);
  }

  /** Whoever opened it learns that it is not open. */
  #appendOpen(record: Extract<JournalRecord, { kind: 'open' }>): void {
    try {
      this.#writer.append(encodeFrame(record));
    } catch (error) {
      this.#open.delete(record.open.request_id);
      this.#stopAdmission(error);
    }
  }

  /** A mark or a move is a help for recovery only: without it the count is older, not wrong. */
  #appendOrLose(record: JournalRecord): void {
    try {
      this.#writer.append(encodeFrame(record));
    } catch (error) {
      this.#stopAdmission(error);
    }
  }

  #appendClose(record: JournalRecord): void {
    const frame = encodeFrame(record);
    try {
      this.#writer.append(frame);
    } catch (error) {
      this.#stopAdmission(error);
      this.#freeReserve();
      try {
        this.#writer.append(frame);
      } catch {
        this.#waiting.push(record);
      }
    }
  }

  #stopAdmission(error: unknown): void {
    if (!this.#isWritable) return;
    this.#isWritable = false;
    this.#env.log.error(
      { error: messageOf(error) },
      'the usage journal cannot be written, no request is admitted',
    );
    this.#reopening = this.#reopen();
  }

  /** Admits again when there is room for the waiting closes and for the reserve. */
  async #reopen(): Promise<void> {
    while (!this.#isWritable && !this.#stopping.signal.aborted) {
      await this.#env.sleep(REOPEN_MS, this.#stopping.signal).catch(() => undefined);
      this.#flushWaiting();
      if (this.#waiting.length > 0 || !this.#takeReserve()) continue;
      this.#isWritable = true;
      this.#env.log.info({}, 'the usage journal can be written again');
    }
  }

  #flushWaiting(): void {
    try {
      while (this.#waiting[0]) {
        this.#writer.append(encodeFrame(this.#waiting[0]));
        this.#waiting.shift();
      }
    } catch {
      // Still no space: the next round tries again.
    }
  }

  #takeReserve(): boolean {
    const path = join(this.#options.directory, RESERVE);
    try {
      const file = openSync(path, 'w', 0o600);
      try {
        const block = Buffer.alloc(65_536, 0x20);
        for (let size = 0; size < this.#options.reserveBytes; size += block.length) writeSync(file, block);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return true;
    } catch (error) {
      this.#freeReserve();
      this.#stopAdmission(error);
      return false;
    }
  }

  #freeReserve(): void {
    try {
      unlinkSync(join(this.#options.directory, RESERVE));
    } catch {
      // It was freed before.
    }
  }
}

function flushOf(journal: Journal): void {
  journal.flush();
}

/** Reads every file once: cuts off what was torn by the end of a former process, returns what it left open. */
async function readOpenRequests(env: Env, directory: string): Promise<Map<string, OpenEntry>> {
  const open = new Map<string, OpenEntry>();
  for (const segment of await listSegments(directory)) {
    const path = segmentPath(directory, segment);
    const { size } = await stat(path);
    for (let from = 0; from < size; ) {
      const part = await readPart(path, from, size);
      for (const { record } of part.frames) applyRecord(open, segment, record);
      if (part.damagedBytes > 0) {
        env.log.error({ path, bytes: part.damagedBytes }, 'a part of the usage journal is damaged');
      }
      if (part.tornBytes > 0) {
        env.log.warn({ path, bytes: part.tornBytes }, 'a torn record was cut off the usage journal');
        await truncate(path, size - part.tornBytes);
      }
      from = part.next;
    }
  }
  return open;
}

function applyRecord(open: Map<string, OpenEntry>, segment: number, record: JournalRecord): void {
  switch (record.kind) {
    case 'open':
      open.set(record.open.request_id, { open: record.open, mark: undefined, segment });
      return;
    case 'move': {
      const entry = open.get(record.request_id);
      if (entry) entry.open = { ...entry.open, worker: record.worker };
      return;
    }
    case 'mark': {
      const entry = open.get(record.mark.request_id);
      if (entry) entry.mark = record.mark;
      return;
    }
    case 'close':
      open.delete(record.usage.request_id);
      return;
  }
}
