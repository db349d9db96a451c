/**
 * What streams that come back have missed. After a restart all tabs of an organisation come back at once and most
 * from the same position: those share one answer, and only a few questions are asked at a time.
 */
import type { EventViewer, ResetReason } from '#contracts/events.ts';
import type { Queryable } from '#database/database.ts';
import { type EventPosition, readMissedEvents } from '#database/events.ts';
import { frameOf, isFor, type LiveFrame } from './live-frames.ts';

/** A browser that missed more than this fetches everything anew, which is cheaper. */
const MISSED_MAX = 2_000;
const AT_ONCE_MAX = 4;

type Missed = { readonly frames: readonly LiveFrame[] } | { readonly reset: ResetReason };

export interface Absence {
  readonly viewer: EventViewer;
  readonly after: EventPosition;
  readonly until: EventPosition;
}

export class MissedEvents {
  readonly #db: Queryable;
  readonly #asked = new Map<string, Promise<Missed>>();
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Only what this reader may see. */
  async read({ viewer, after, until }: Absence): Promise<Missed> {
    const { orgId, userId } = viewer;
    const key = `${orgId} ${userId} ${after} ${until}`;
    let answer = this.#asked.get(key);
    if (!answer) {
      answer = this.#inTurn(() => this.#ask({ viewer, after, until })).finally(() => this.#asked.delete(key));
      this.#asked.set(key, answer);
    }
    const missed = await answer;
    return 'reset' in missed ? missed : { frames: missed.frames.filter((frame) => isFor(viewer, frame)) };
  }

  async #ask({ viewer, after, until }: Absence): Promise<Missed> {
    const missed = await readMissedEvents(this.#db, viewer, { after, until }, MISSED_MAX);
    return 'reset' in missed ? missed : { frames: missed.events.flatMap((event) => frameOf(event) ?? []) };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE_MAX) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#queue.shift()?.();
    }
  }
}
