import type { RequestTally } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { Bell, pause } from './pause.ts';
import type { TallyJournal } from './tally-journal.ts';
import type { Usage } from './usage-reader.ts';

const CLOSED_MAX = 100_000;
const KEEP_MS = 3_600_000;
const MARK_EVERY_MS = 250;

interface ClosedTally {
  readonly tally: RequestTally;
  readonly closedAt: number;
}

interface OpenTally {
  tally: RequestTally;
  /** The gateway read its last event and acknowledged before the engine closed the connection. */
  isAcked: boolean;
  readonly closed: Bell;
}

/**
 * What the engine produced, per request, until the gateway has written it down.
 *
 * Open tallies are marked on disk at the start, at most every 250 ms, and at the end; after a kill they come back as
 * `failed` with the last mark. Closed ones are kept until acknowledged, at most an hour and 100,000 of them.
 */
export class TallyBook {
  readonly #env: Env;
  readonly #journal: TallyJournal;
  readonly #open = new Map<string, OpenTally>();
  readonly #closed = new Map<string, ClosedTally>();
  readonly #unmarked = new Set<string>();
  #markedAt = Number.NEGATIVE_INFINITY;

  constructor(env: Env, journal: TallyJournal) {
    this.#env = env;
    this.#journal = journal;
    for (const tally of journal.load()) {
      const state = tally.state === 'open' ? 'failed' : tally.state;
      this.#closed.set(tally.request_id, { tally: { ...tally, state }, closedAt: env.clock.monotonic() });
    }
    this.#dropOld();
  }

  /** False when this request is running already: two streams cannot share one count. */
  open(requestId: string): boolean {
    if (this.#open.has(requestId)) return false;
    this.#closed.delete(requestId);
    const tally: RequestTally = {
      request_id: requestId,
      state: 'open',
      prompt_tokens: 0,
      completion_tokens: 0,
      cached_tokens: 0,
    };
    this.#open.set(requestId, { tally, isAcked: false, closed: new Bell() });
    this.#mark(requestId);
    return true;
  }

  count(requestId: string, usage: Usage): void {
    const entry = this.#open.get(requestId);
    if (!entry) return;
    const { tally } = entry;
    if (
      tally.completion_tokens === usage.completionTokens &&
      tally.prompt_tokens === usage.promptTokens &&
      tally.cached_tokens === usage.cachedTokens
    ) {
      return;
    }
    entry.tally = {
      request_id: requestId,
      state: 'open',
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      cached_tokens: usage.cachedTokens,
    };
    this.#mark(requestId);
  }

  close(requestId: string, state: 'done' | 'aborted' | 'failed'): void {
    const entry = this.#open.get(requestId);
    if (!entry) return;
    this.#open.delete(requestId);
    this.#unmarked.delete(requestId);
    const tally = { ...entry.tally, state };
    if (entry.isAcked) {
      this.#journal.forget([requestId]);
    } else {
      this.#closed.set(requestId, { tally, closedAt: this.#env.clock.monotonic() });
      this.#journal.write([tally]);
      this.#dropOld();
    }
    entry.closed.ring();
  }

  find(requestId: string): RequestTally | undefined {
    return this.#open.get(requestId)?.tally ?? this.#closed.get(requestId)?.tally;
  }

  /** As `find`, but an open one is given `waitMs` to close first. */
  async findClosed(requestId: string, waitMs: number): Promise<RequestTally | undefined> {
    const entry = this.#open.get(requestId);
    if (entry && waitMs > 0) await pause(this.#env, waitMs, entry.closed.next);
    return this.find(requestId);
  }

  /** The gateway has written these down. Unknown ones count too: it may ask twice. */
  acknowledge(requestIds: readonly string[]): void {
    for (const id of requestIds) {
      const open = this.#open.get(id);
      if (open) open.isAcked = true;
      this.#closed.delete(id);
    }
    this.#journal.forget(requestIds.filter((id) => !this.#open.has(id)));
  }

  get openCount(): number {
    return this.#open.size;
  }

  get closedCount(): number {
    return this.#closed.size;
  }

  /** One write for everything that moved since the last one. */
  #mark(requestId: string): void {
    this.#unmarked.add(requestId);
    const now = this.#env.clock.monotonic();
    if (now - this.#markedAt < MARK_EVERY_MS) return;
    this.#markedAt = now;
    const tallies: RequestTally[] = [];
    for (const id of this.#unmarked) {
      const entry = this.#open.get(id);
      if (entry) tallies.push(entry.tally);
    }
    this.#unmarked.clear();
    this.#journal.write(tallies);
  }

  #dropOld(): void {
    const before = this.#env.clock.monotonic() - KEEP_MS;
    const dropped: string[] = [];
    for (const [id, { closedAt }] of this.#closed) {
      if (closedAt > before && this.#closed.size <= CLOSED_MAX) break;
      this.#closed.delete(id);
      dropped.push(id);
    }
    if (dropped.length > 0) this.#journal.forget(dropped);
  }
}
