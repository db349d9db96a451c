/**
 * One open stream. What its reader does not take yet waits as references to frames that all streams share, at most one
 * for each thing that changed: a burst of changes to one thing costs a slow reader one frame. What it cannot hold, or
 * what waits too long, ends it; the browser comes back with the last id it saw and is told what it missed.
 */
import { Readable } from 'node:stream';
import type { EndReason, EventViewer } from '#contracts/events.ts';
import type { EventPosition } from '#database/events.ts';
import { endText, type LiveFrame, type Order, orderOf, type Portion } from './live-frames.ts';

/** Bytes that are handed on at once. */
const PORTION_BYTES = 16_384;

/** A frame, or what is sent like one. */
export type Waiting = Pick<LiveFrame, 'key' | 'order' | 'text'>;

export interface StreamLimits {
  /** Frames that may wait for one reader. */
  readonly waitingMax: number;
  /** Counts what waits for all readers together. @returns false when that is too much */
  readonly reserve: (frames: number) => boolean;
}

export interface StreamOwner {
  readonly viewer: EventViewer & { readonly sessionId: string };
  /** What the session was opened with, so that one that was renewed is noticed. */
  readonly credential: string;
}

export class LiveStream {
  readonly owner: StreamOwner;
  readonly output: Readable;
  /** Rounds in which nobody could tell whether it still may read. */
  unansweredRounds = 0;
  readonly #limits: StreamLimits;
  readonly #now: () => number;
  /** The later one of each key is at the end, so that all are in order of position. */
  readonly #waiting = new Map<string, Waiting>();
  /** What comes meanwhile waits; what it missed goes before that. */
  #isCatchingUp = true;
  #isEnded = false;
  /** Up to here it has everything. */
  #order: Order;
  /** What it missed is limited where it is read. */
  #missed = 0;
  #bytesGiven = 0;
  #bytesTaken = 0;
  /** When its reader was last seen to take something, or had nothing to take. */
  #movedAtMs: number;

  constructor(owner: StreamOwner, at: EventPosition, limits: StreamLimits, now: () => number) {
    this.owner = owner;
    this.#order = orderOf(at);
    this.#limits = limits;
    this.#now = now;
    this.#movedAtMs = now();
    this.output = new Readable({
      highWaterMark: PORTION_BYTES,
      read: () => this.#more(),
      destroy: (error, done) => {
        this.#letGo();
        done(error);
      },
    });
  }

  get isEnded(): boolean {
    return this.#isEnded || this.output.destroyed;
  }

  /** Nothing waits: the reader has all there is. */
  get isIdle(): boolean {
    return !this.#isCatchingUp && this.#waiting.size === 0;
  }

  /** For how long its reader has taken nothing although there was something, as far as was looked. */
  stuckMs(): number {
    const taken = this.#bytesGiven - this.output.readableLength;
    const hasSomething = this.output.readableLength > 0 && !this.#isCatchingUp;
    if (taken > this.#bytesTaken || !hasSomething) this.#movedAtMs = this.#now();
    this.#bytesTaken = taken;
    return this.#now() - this.#movedAtMs;
  }

  /** Text beside the events, such as a sign of life. */
  write(text: string | Buffer): void {
    if (!this.isEnded) this.#push(text);
  }

  /** False when the reader is so far behind that it must come back. */
  deliver({ frames, bytes }: Portion): boolean {
    const last = frames.at(-1);
    if (this.isEnded || !last || last.order <= this.#order) return true;
    const isNext = (frames[0]?.order ?? 0n) > this.#order;
    if (this.isIdle && isNext && this.output.readableLength === 0) {
      this.#order = last.order;
      this.write(bytes);
      return true;
    }
    const fits = frames.every((frame) => frame.order <= this.#order || this.#wait(frame));
    if (!this.#isCatchingUp) this.#flush();
    return fits;
  }

  /** The end of catching up: what was missed goes before what came meanwhile; it has all up to `order`. */
  begin(missed: readonly Waiting[], order: Order): boolean {
    const later = [...this.#waiting.values()].filter((frame) => frame.order > order);
    this.#letGo();
    if (order > this.#order) this.#order = order;
    this.#isCatchingUp = false;
    this.#missed = missed.length;
    const fits = [...missed, ...later].every((frame) => this.#wait(frame));
    this.#flush();
    return fits;
  }

  /** Its last word; a reader that does not even take that is cut by the hub. */
  end(reason: EndReason, retryMs: number | null): void {
    if (this.isEnded) return;
    this.#letGo();
    this.#push(endText(reason, retryMs));
    this.output.push(null);
    this.#isEnded = true;
  }

  #wait(frame: Waiting): boolean {
    const before = this.#waiting.size;
    this.#waiting.delete(frame.key);
    this.#waiting.set(frame.key, frame);
    const isRoom = this.#limits.reserve(this.#waiting.size - before);
    return isRoom && this.#waiting.size <= this.#limits.waitingMax + this.#missed;
  }

  /** Asked for before what was given is taken off: one more portion is due whatever is there still. */
  #more(): void {
    if (!this.isEnded && !this.#isCatchingUp && this.#waiting.size > 0) this.#push(this.#nextPortion());
  }

  #flush(): void {
    while (!this.isEnded && this.#waiting.size > 0 && this.output.readableLength < PORTION_BYTES) {
      this.#push(this.#nextPortion());
    }
  }

  #nextPortion(): string {
    let text = '';
    for (const [key, frame] of this.#waiting) {
      if (text.length > 0 && text.length + frame.text.length > PORTION_BYTES) break;
      text += frame.text;
      this.#waiting.delete(key);
      this.#release(1);
      if (frame.order > this.#order) this.#order = frame.order;
    }
    return text;
  }

  #push(text: string | Buffer): void {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    this.#bytesGiven += bytes.length;
    this.output.push(bytes);
  }

  #letGo(): void {
    this.#release(this.#waiting.size);
    this.#waiting.clear();
  }

  #release(frames: number): void {
    if (frames > 0) this.#limits.reserve(-frames);
  }
}
