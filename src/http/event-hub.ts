/**
 * Live events for every open browser of this process, from one reader of the outbox.
 *
 * A notification or a poll makes the reader look for events after its position and hand them to the streams of their
 * organisation. A new stream is registered first and then reads what it missed from the table, so nothing falls
 * between the two. A stream that reads too slowly is cut: its browser comes back with the last id it saw. Streams
 * whose session ended are closed as soon as that is notified, and at the latest at the next check.
 */
import { Readable } from 'node:stream';
import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import {
  canResumeFrom,
  type EventPosition,
  newestEventPosition,
  type PositionedEvent,
  readEventsAfter,
} from '#database/events.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { RequestMetrics } from './request-metrics.ts';

export interface Subscription {
  readonly scope: OrgScope;
  /** The Last-Event-ID of a browser that comes back. */
  readonly after: string | undefined;
  /** Whether the session behind it still may read; asked again and again. */
  readonly isAllowed: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

export interface EventHub {
  /** A stream in the form of `text/event-stream`; its first bytes are there at once. */
  open(subscription: Subscription): Readable;
  stop(): Promise<void>;
}

export interface EventHubOptions {
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
  readonly recheckMs?: number;
  /** Bytes that may wait for a slow reader. */
  readonly bufferBytesMax?: number;
  readonly metrics?: Pick<RequestMetrics, 'streamOpened' | 'streamClosed' | 'streamDropped'>;
}

const BATCH = 500;
/** A browser that missed more than this fetches everything anew, which is cheaper. */
const REPLAY_EVENTS_MAX = 2_000;
/** Events that may arrive while a stream still catches up. */
const PENDING_MAX = 5_000;
const BEHIND_MS = 20;
const DRAIN_MS = 10;
const FLOWING_BYTES = 65_536;

interface Stream {
  readonly subscription: Subscription;
  readonly output: Readable;
  /** Events that arrive while the missed ones are still being read; null once it has caught up. */
  pending: PositionedEvent[] | null;
  /** The newest event it has: nothing up to here is sent again. */
  position: EventPosition;
}

export async function startEventHub(
  env: Env,
  db: Database,
  options: EventHubOptions = {},
): Promise<EventHub> {
  const hub = new Hub(env, db, options);
  await hub.start();
  return hub;
}

class Hub implements EventHub {
  readonly #env: Env;
  readonly #db: Database;
  readonly #options: EventHubOptions;
  readonly #streams = new Set<Stream>();
  readonly #stopping = new AbortController();
  #listeners: { stop(): Promise<void> }[] = [];
  #tail: EventPosition = '0-0';
  #isReading = false;
  #isReadAgainWanted = false;

  constructor(env: Env, db: Database, options: EventHubOptions) {
    this.#env = env;
    this.#db = db;
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#tail = await newestEventPosition(this.#db);
    this.#listeners = [
      await this.#db.listen(CHANNELS.events, () => this.#look()),
      await this.#db.listen(CHANNELS.keys, () => void this.#recheck()),
    ];
    void this.#every(this.#options.pollMs ?? 2_000, async () => this.#look());
    void this.#every(this.#options.heartbeatMs ?? 15_000, async () => this.#beat());
    void this.#every(this.#options.recheckMs ?? 3_000, () => this.#recheck());
  }

  open(subscription: Subscription): Readable {
    const output = new Readable({ read() {}, highWaterMark: FLOWING_BYTES });
    const stream: Stream = { subscription, output, pending: [], position: this.#tail };
    this.#streams.add(stream);
    this.#options.metrics?.streamOpened();
    output.once('close', () => {
      this.#streams.delete(stream);
      this.#options.metrics?.streamClosed();
    });
    subscription.signal.addEventListener('abort', () => output.destroy(), { once: true });
    if (subscription.signal.aborted) output.destroy();
    this.#write(stream, 'retry: 1000\n\n');
    void this.#catchUp(stream).catch((error: unknown) => {
      this.#env.log.warn({ error: messageOf(error) }, 'a stream of live events could not begin');
      output.destroy();
    });
    return output;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { output } of this.#streams) output.push(null);
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
  }

  async #catchUp(stream: Stream): Promise<void> {
    const { after } = stream.subscription;
    const isComplete = after === undefined || (await this.#sendMissed(stream, after));
    // An id alone moves the browser's position without an event.
    if (isComplete) this.#write(stream, `id: ${stream.position}\n\n`);
    else this.#write(stream, `id: ${stream.position}\nevent: reset\ndata: {}\n\n`);
    const pending = stream.pending ?? [];
    stream.pending = null;
    for (const event of pending) this.#send(stream, event);
  }

  /** Sends what was missed since `after`; false when that cannot be told, so that everything must be read anew. */
  async #sendMissed(stream: Stream, after: EventPosition): Promise<boolean> {
    if (!(await canResumeFrom(this.#db, after))) return false;
    const until = stream.position;
    let position = after;
    stream.position = after;
    for (let read = 0; read < REPLAY_EVENTS_MAX; ) {
      const { events } = await readEventsAfter(this.#db, position, BATCH);
      const missed = events.filter((event) => !isAfter(event.position, until));
      for (const event of missed) {
        if (event.orgId === stream.subscription.scope.orgId) this.#send(stream, event);
      }
      position = missed.at(-1)?.position ?? position;
      if (missed.length < BATCH) return true;
      read += missed.length;
      await this.#drained(stream);
    }
    stream.position = until;
    return false;
  }

  /** A long replay goes at the reader's speed. */
  async #drained({ output }: Stream): Promise<void> {
    while (!output.destroyed && output.readableLength > FLOWING_BYTES) {
      await this.#env.sleep(DRAIN_MS, this.#stopping.signal);
    }
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
    try {
      while (this.#isReadAgainWanted && !this.#stopping.signal.aborted) {
        this.#isReadAgainWanted = false;
        const { events, isBehind } = await readEventsAfter(this.#db, this.#tail, BATCH);
        for (const event of events) this.#deliver(event);
        if (!isBehind) continue;
        this.#isReadAgainWanted = true;
        // Rows that a running transaction still hides need a moment, a full batch does not.
        if (events.length < BATCH) await this.#env.sleep(BEHIND_MS, this.#stopping.signal);
      }
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#env.log.warn({ error: messageOf(error) }, 'live events could not be read, trying again');
    }
  }

  #deliver(event: PositionedEvent): void {
    this.#tail = event.position;
    for (const stream of this.#streams) {
      if (stream.subscription.scope.orgId !== event.orgId) continue;
      if (!stream.pending) this.#send(stream, event);
      else if (stream.pending.push(event) > PENDING_MAX) this.#drop(stream);
    }
  }

  #send(stream: Stream, event: PositionedEvent): void {
    if (!isAfter(event.position, stream.position)) return;
    stream.position = event.position;
    const body = { type: event.type, subject_id: event.subject_id, at: event.at, summary: event.summary };
    this.#write(stream, `id: ${event.position}\nevent: ${event.type}\ndata: ${JSON.stringify(body)}\n\n`);
  }

  #write(stream: Stream, text: string): void {
    const { output } = stream;
    if (output.destroyed || output.readableEnded) return;
    output.push(text);
    if (output.readableLength > (this.#options.bufferBytesMax ?? 1_048_576)) this.#drop(stream);
  }

  #drop({ output }: Stream): void {
    this.#options.metrics?.streamDropped();
    output.destroy();
  }

  #beat(): void {
    for (const stream of this.#streams) this.#write(stream, ': alive\n\n');
  }

  async #recheck(): Promise<void> {
    for (const { subscription, output } of [...this.#streams]) {
      try {
        if (!(await subscription.isAllowed())) output.push(null);
      } catch (error) {
        // Without the database nothing can have been revoked, and nothing can be read either.
        this.#env.log.debug({ error: messageOf(error) }, 'a session could not be checked');
        return;
      }
    }
  }

  async #every(intervalMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#env.sleep(intervalMs, signal);
      } catch {
        return;
      }
      await work();
    }
  }
}

/** Positions are two counters, compared one after the other. */
function isAfter(a: EventPosition, b: EventPosition): boolean {
  const [aXid = '0', aSeq = '0'] = a.split('-');
  const [bXid = '0', bSeq = '0'] = b.split('-');
  const difference = BigInt(aXid) - BigInt(bXid);
  return difference > 0n || (difference === 0n && BigInt(aSeq) > BigInt(bSeq));
}
