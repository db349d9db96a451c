/**
 * Live events for every open browser of this process, from one reader of the outbox.
 *
 * A notification or a poll makes the reader look for events after its position. What it finds within a moment goes out
 * together, each event written once, to all who may see it. A new stream is registered first and then reads what it
 * missed from the table, so nothing falls between the two. A stream that the api closes says why with its last word;
 * the browser comes back with the last id it saw, or does not where its session has ended.
 */
import type { Readable } from 'node:stream';
import type { EndReason } from '#contracts/events.ts';
import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import {
  type EventPosition,
  newestEventPosition,
  readEventsAfter,
  type StoredEvent,
} from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, messageOf } from '#kernel/errors.ts';
import { Delivery, frameOf, type LiveFrame, orderOf, positionFrame, resetFrame } from './live-frames.ts';
import { LiveStream, type StreamOwner } from './live-stream.ts';
import { MissedEvents } from './missed-events.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { type FindStandings, StreamGuard } from './stream-guard.ts';

export interface Subscription extends StreamOwner {
  /** The Last-Event-ID of a browser that comes back. */
  readonly after: string | undefined;
  readonly signal: AbortSignal;
}

export interface EventHub {
  /**
   * A stream in the form of `text/event-stream`; its first bytes are there at once.
   * @throws events.too_many_streams, events.no_room, events.restarting
   */
  open(subscription: Subscription): Readable;
  /** Tells every reader to come back to whoever is there then. */
  stop(): Promise<void>;
}

export interface EventHubOptions {
  /** How the sessions of open streams stand today. */
  readonly findStandings: FindStandings;
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
  readonly recheckMs?: number;
  /** What happens within this time goes out together. */
  readonly togetherMs?: number;
  /** How long a reader may leave alone what is there for it. */
  readonly stuckMs?: number;
  /** Changed things that may wait for one reader, and for all of them. */
  readonly waitingMax?: number;
  readonly waitingTotalMax?: number;
  readonly streamsPerUserMax?: () => number;
  readonly streamsMax?: () => number;
  readonly metrics?: Pick<RequestMetrics, 'streamOpened' | 'streamClosed' | 'streamDropped'>;
}

const DEFAULTS = {
  pollMs: 2_000,
  heartbeatMs: 15_000,
  recheckMs: 1_400,
  togetherMs: 100,
  stuckMs: 20_000,
  waitingMax: 5_000,
  waitingTotalMax: 200_000,
  streamsPerUserMax: () => 100,
  streamsMax: () => 5_000,
};
const BATCH = 1_000;
const BEHIND_MS = 20;
/** A reader that was told the end and does not take it is cut after this. */
const LAST_WORD_MS = 5_000;
/** Browsers come back after a break of their own within these bounds, not all in one moment. */
const RETRY_MS = { min: 1_000, max: 3_000 };
/** After a restart the more of them there are, the wider they spread. */
const COME_BACK_MS = { min: 500, perStream: 5, maxMin: 2_000, max: 15_000 };
/** With these nobody may come back as they are; all others may. */
const FINAL: readonly EndReason[] = ['session_ended', 'session_expired', 'user_disabled'];

export async function startEventHub(env: Env, db: Database, options: EventHubOptions): Promise<EventHub> {
  const hub = new Hub(env, db, options);
  await hub.start();
  return hub;
}

class Hub implements EventHub {
  readonly #env: Env;
  readonly #db: Database;
  readonly #options: typeof DEFAULTS & EventHubOptions;
  readonly #missed: MissedEvents;
  readonly #guard: StreamGuard;
  readonly #streams = new Set<LiveStream>();
  readonly #streamsOfUser = new Map<string, number>();
  readonly #stopping = new AbortController();
  #listeners: { stop(): Promise<void> }[] = [];
  #tail: EventPosition = '0-0';
  #isReading = false;
  #isReadAgainWanted = false;
  #waitingTotal = 0;

  constructor(env: Env, db: Database, options: EventHubOptions) {
    this.#env = env;
    this.#db = db;
    this.#options = { ...DEFAULTS, ...options };
    this.#missed = new MissedEvents(db);
    this.#guard = new StreamGuard({
      env,
      findStandings: options.findStandings,
      streams: () => this.#streams,
      end: (stream, reason) => this.#end(stream, reason),
      signal: this.#stopping.signal,
    });
  }

  async start(): Promise<void> {
    const { pollMs, heartbeatMs, recheckMs } = this.#options;
    this.#tail = await newestEventPosition(this.#db);
    this.#listeners = [
      await this.#db.listen(CHANNELS.events, () => this.#look()),
      await this.#db.listen(CHANNELS.keys, () => this.#guard.look()),
    ];
    void this.#every(pollMs, () => this.#look());
    void this.#every(heartbeatMs, () => this.#beat());
    void this.#every(recheckMs, () => this.#round());
  }

  open(subscription: Subscription): Readable {
    const { viewer, credential, signal, after } = subscription;
    this.#requireRoom(viewer.userId);
    const limits = { waitingMax: this.#options.waitingMax, reserve: (count: number) => this.#reserve(count) };
    const stream = new LiveStream({ viewer, credential }, this.#tail, limits, () =>
      this.#env.clock.monotonic(),
    );
    this.#add(stream);
    signal.addEventListener('abort', () => stream.output.destroy(), { once: true });
    if (signal.aborted) stream.output.destroy();
    stream.write(`retry: ${this.#between(RETRY_MS.min, RETRY_MS.max)}\n\n`);
    void this.#catchUp(stream, after, this.#tail).catch((error: unknown) => {
      this.#env.log.warn({ error: messageOf(error) }, 'a stream of live events could not begin');
      stream.output.destroy();
    });
    return stream.output;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const stream of [...this.#streams]) this.#end(stream, 'restarting');
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }

  #requireRoom(userId: string): void {
    const retryAfterMs = this.#between(RETRY_MS.min, COME_BACK_MS.max);
    if (this.#stopping.signal.aborted) throw new AppError('events.restarting', { retryAfterMs });
    if (this.#streams.size >= this.#options.streamsMax())
      throw new AppError('events.no_room', { retryAfterMs });
    if ((this.#streamsOfUser.get(userId) ?? 0) >= this.#options.streamsPerUserMax()) {
      throw new AppError('events.too_many_streams', { retryAfterMs });
    }
  }

  #add(stream: LiveStream): void {
    const { userId } = stream.owner.viewer;
    this.#streams.add(stream);
    this.#streamsOfUser.set(userId, (this.#streamsOfUser.get(userId) ?? 0) + 1);
    this.#options.metrics?.streamOpened();
    stream.output.once('close', () => {
      this.#streams.delete(stream);
      const left = (this.#streamsOfUser.get(userId) ?? 1) - 1;
      if (left > 0) this.#streamsOfUser.set(userId, left);
      else this.#streamsOfUser.delete(userId);
      this.#options.metrics?.streamClosed();
    });
  }

  async #catchUp(stream: LiveStream, after: EventPosition | undefined, until: EventPosition): Promise<void> {
    const { viewer } = stream.owner;
    const missed = after === undefined ? { frames: [] } : await this.#missed.read({ viewer, after, until });
    const isReset = 'reset' in missed;
    // A position that can be resumed from may be one that this hub has not come to yet.
    const at = after !== undefined && !isReset && orderOf(after) > orderOf(until) ? after : until;
    const frames = isReset ? [resetFrame(at, missed.reset)] : [...missed.frames, positionFrame(at)];
    if (!stream.begin(frames, orderOf(at))) this.#end(stream, 'too_slow');
  }

  /** Reads on from the tail; one reading at a time, and once more when asked meanwhile. */
  #look(): void {
    this.#isReadAgainWanted = true;
    if (this.#isReading || this.#stopping.signal.aborted) return;
    this.#isReading = true;
    void this.#readTail().finally(() => {
      this.#isReading = false;
    });
  }

  async #readTail(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      while (this.#isReadAgainWanted && !signal.aborted) {
        this.#isReadAgainWanted = false;
        const { events, isBehind } = await readEventsAfter(this.#db, this.#tail, BATCH);
        this.#tail = events.at(-1)?.position ?? this.#tail;
        this.#handOut(latestOf(events));
        this.#isReadAgainWanted ||= isBehind;
        if (!this.#isReadAgainWanted || events.length === BATCH) continue;
        // Rows that a running transaction still hides need a moment; else what comes right behind goes out together.
        await this.#env.sleep(isBehind ? BEHIND_MS : this.#options.togetherMs, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#env.log.warn({ error: messageOf(error) }, 'live events could not be read, trying again');
    }
  }

  #handOut(frames: readonly LiveFrame[]): void {
    if (frames.length === 0) return;
    const delivery = new Delivery(frames);
    for (const stream of this.#streams) {
      if (!stream.deliver(delivery.portionFor(stream.owner.viewer))) this.#end(stream, 'too_slow');
    }
  }

  /** Also moves readers on that hear of nothing, so that they can resume for as long as events are kept. */
  #beat(): void {
    const beat = Buffer.from(`: alive\nid: ${this.#tail}\n\n`);
    const alive = Buffer.from(': alive\n\n');
    for (const stream of this.#streams) stream.write(stream.isIdle ? beat : alive);
  }

  #round(): void {
    for (const stream of this.#streams) {
      if (stream.stuckMs() > this.#options.stuckMs) this.#end(stream, 'too_slow');
    }
    this.#guard.round();
  }

  #end(stream: LiveStream, reason: EndReason): void {
    if (stream.isEnded) return;
    if (reason === 'too_slow') this.#options.metrics?.streamDropped();
    stream.end(reason, this.#comeBackAfter(reason));
    const cut = () => stream.output.destroy();
    void this.#env.sleep(LAST_WORD_MS).then(cut, cut);
  }

  #comeBackAfter(reason: EndReason): number | null {
    if (FINAL.includes(reason)) return null;
    const { min, perStream, maxMin, max } = COME_BACK_MS;
    const isForAll = reason === 'restarting' || reason === 'unverified';
    const spread = isForAll ? Math.min(max, Math.max(maxMin, this.#streams.size * perStream)) : RETRY_MS.min;
    return this.#between(min, spread);
  }

  #between(minMs: number, maxMs: number): number {
    return Math.round(minMs + this.#env.random.float() * (maxMs - minMs));
  }

  #reserve(count: number): boolean {
    this.#waitingTotal += count;
    return this.#waitingTotal <= this.#options.waitingTotalMax;
  }

  async #every(intervalMs: number, work: () => void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#env.sleep(intervalMs, signal);
      } catch {
        return;
      }
      work();
    }
  }
}

/** Of what concerns the same thing only the last, in order of position. */
function latestOf(events: readonly StoredEvent[]): LiveFrame[] {
  const latest = new Map<string, LiveFrame>();
  for (const event of events) {
    const frame = frameOf(event);
    if (!frame) continue;
    latest.delete(frame.key);
    latest.set(frame.key, frame);
  }
  return [...latest.values()];
}
