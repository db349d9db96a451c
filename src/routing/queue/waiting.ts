/** The words of the queue: what waits, what bounds it, why it is turned away. */

/** One request that wants a place on a worker. The object itself is its ticket: `finish` takes the same one. */
export interface Waiting {
  /** Workers that serve it: owner organisation and model. Pools do not know each other. */
  readonly pool: string;
  /** Who asks; shares are fair between these. */
  readonly orgId: string;
  /** Strict: while a higher one waits and can start, no lower one does. */
  readonly priority: number;
  /** Estimated tokens, input and output together. */
  readonly tokens: number;
  /** What it weighs in the share of its organisation; `tokens` when left out. */
  readonly cost?: number;
  /** Memory that it holds while it waits. */
  readonly bytes: number;
  /** On the clock of the queue. It is never started from then on. */
  readonly deadlineAtMs: number;
  /** Aborted when nobody waits for it any more. */
  readonly signal?: AbortSignal;
  /** How much of it, from 0 to 1, the workers know already. Asked now and then, while there is a choice. */
  readonly locality?: () => number;
  /** Written by the pool alone: it was started and is not finished. */
  isRunning?: boolean;
}

/** Read at each use, so that a changed setting needs no restart. */
export interface QueueLimits {
  /** Of one pool. */
  readonly requestsMax: number;
  readonly tokensMax: number;
  readonly bytesMax: number;
  /** Of all pools together: it is one process's memory. */
  readonly totalBytesMax: number;
  /** After this time others that came later or are smaller no longer pass. */
  readonly ageingMs: number;
}

/**
 * `full`: it found no room in the queue. `displaced`: it gave its room to one of a higher priority, or of an
 * organisation that holds less. `deadline`: its time was over. `stopping`: the process ends.
 */
export type QueueRefusal = 'full' | 'displaced' | 'deadline' | 'stopping';

export class QueueRefusedError extends Error {
  override readonly name = 'QueueRefusedError';
  readonly reason: QueueRefusal;
  /** When it is worth asking again, as far as the pace of the pool tells. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: QueueRefusal, retryAfterMs: number | undefined) {
    super(`the queue refused: ${reason}`);
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A waiting request inside the queue. */
export interface Entry {
  readonly waiting: Waiting;
  /** Order of arrival. */
  readonly number: number;
  readonly enteredAtMs: number;
  /** Tries to start it; undefined when there is no room for it now. @throws when it can never start */
  readonly tryStart: () => unknown;
  readonly resolve: (started: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Takes it out when its signal aborts. */
  onAbort: (() => void) | undefined;
  /** How often another one was started before it although it was its turn. */
  passes: number;
  /** It had no room even when nothing ran. */
  isUnfit: boolean;
  /** What `locality` said last, and when. */
  locality: number;
  localityAtMs: number;
}

/** Sums over waiting requests. */
export interface Amounts {
  requests: number;
  tokens: number;
  bytes: number;
}

export function addTo(sums: Amounts, { tokens, bytes }: Waiting): void {
  sums.requests += 1;
  sums.tokens += tokens;
  sums.bytes += bytes;
}

export function takeFrom(sums: Amounts, { tokens, bytes }: Waiting): void {
  sums.requests -= 1;
  sums.tokens -= tokens;
  sums.bytes -= bytes;
}
