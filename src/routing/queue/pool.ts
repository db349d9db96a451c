/**
 * The queue of one pool of workers: bands by strict priority, inside a band fair turns, and one order in which to try.
 *
 * Work conserving: when the one whose turn it is does not fit, others may pass. Not for ever: one that was passed
 * often enough, or for long enough, is aged, and then nothing of its priority or a lower one starts before it. Except
 * what did not fit when nothing ran: it waits for other workers, not for room, and must not hold up what does fit.
 */
import { Band } from './band.ts';
import { findVictims } from './displacement.ts';
import { DrainRate } from './drain-rate.ts';
import type { Line } from './line.ts';
import {
  type Amounts,
  addTo,
  type Entry,
  type QueueLimits,
  QueueRefusedError,
  takeFrom,
  type Waiting,
} from './waiting.ts';

/** Attempts to find somebody who fits, before the next sign of room. Each costs a choice among all workers. */
const MISSES_MAX = 4;
const PASSES_MAX = 32;
const WAKES_MAX = 8;
/** So many of one organisation are compared for what the workers know of their prompts. */
const LOCALITY_WINDOW = 8;
/** To compare long prompts costs more than a start; what workers know changes slowly. */
const LOCALITY_AGE_MS = 250;

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 60_000;

export class Pool {
  readonly name: string;
  readonly held: Amounts = { requests: 0, tokens: 0, bytes: 0 };
  readonly running: Amounts = { requests: 0, tokens: 0, bytes: 0 };
  readonly drain = new DrainRate();
  usedAtMs = 0;
  readonly #limits: QueueLimits;
  readonly #bands: Band[] = [];
  /** No deadline is earlier; may be too early itself, never too late. */
  #nextDeadlineMs = Number.POSITIVE_INFINITY;
  /** The last look for somebody who fits ended early, so another one before a sign of room is in vain. */
  #isBlocked = false;
  #isWaking = false;
  #isWokenAgain = false;

  constructor(name: string, limits: QueueLimits) {
    this.name = name;
    this.#limits = limits;
  }

  get isIdle(): boolean {
    return this.held.requests === 0 && this.running.requests === 0;
  }

  get bands(): readonly Band[] {
    return this.#bands;
  }

  /** When so many tokens and all that wait now will be through; undefined while the pace is unknown. */
  retryAfterMs(tokens: number): number | undefined {
    const pace = this.drain.perSecond;
    if (pace === undefined || pace <= 0) return undefined;
    const ms = ((this.held.tokens + tokens) / pace) * 1_000;
    return Math.round(Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, ms)));
  }

  /** Starts it without a wait; undefined when others wait already or there is no room. */
  startNow(waiting: Waiting, tryStart: () => unknown, nowMs: number): unknown {
    this.usedAtMs = nowMs;
    if (this.held.requests > 0) return undefined;
    const started = tryStart();
    if (started === undefined) return undefined;
    this.#began(waiting, nowMs);
    return started;
  }

  /** False when there is no place for it. Others may lose theirs. */
  add(entry: Entry, nowMs: number): boolean {
    this.expire(nowMs);
    const victims = findVictims(this.#bands, this.held, this.#limits, entry.waiting);
    if (!victims) return false;
    for (const victim of victims) this.displace(victim);
    this.usedAtMs = nowMs;
    this.#bandOf(entry.waiting.priority).add(entry);
    addTo(this.held, entry.waiting);
    this.#nextDeadlineMs = Math.min(this.#nextDeadlineMs, entry.waiting.deadlineAtMs);
    return true;
  }

  /** Whether a look is worth it because of this newcomer: it may fit where those before it do not. */
  isWorthTrying({ waiting }: Entry): boolean {
    return !this.#isBlocked && this.#bandOf(waiting.priority).findLine(waiting.orgId)?.length === 1;
  }

  remove(entry: Entry): boolean {
    if (!this.#bandOf(entry.waiting.priority).remove(entry)) return false;
    takeFrom(this.held, entry.waiting);
    if (entry.onAbort) entry.waiting.signal?.removeEventListener('abort', entry.onAbort);
    return true;
  }

  displace(entry: Entry): void {
    if (!this.remove(entry)) return;
    entry.reject(new QueueRefusedError('displaced', this.retryAfterMs(entry.waiting.tokens)));
  }

  /** The newest of whoever holds the most memory in the lowest band goes. The bytes that it held. */
  displaceOne(): number {
    const band = this.#bands.findLast(({ isEmpty }) => !isEmpty);
    const lines = [...(band?.lines ?? [])].sort((a, b) => b.held.bytes - a.held.bytes);
    const victim = lines[0]?.byArrival().at(-1);
    if (!victim) return 0;
    this.displace(victim);
    return victim.waiting.bytes;
  }

  /** Starts as many as have room, in the order of priority and fairness. */
  wake(nowMs: number): void {
    if (this.#isWaking) {
      this.#isWokenAgain = true;
      return;
    }
    this.#isWaking = true;
    try {
      let rounds = 0;
      do {
        this.#isWokenAgain = false;
        this.expire(nowMs);
        this.#isBlocked = !this.#startAll(nowMs);
        // Whoever says at each attempt that there is room must not keep us here; the next tick looks again.
      } while (this.#isWokenAgain && ++rounds < WAKES_MAX);
    } finally {
      this.#isWaking = false;
    }
  }

  /** Refuses those whose deadline passed, the earliest first. */
  expire(nowMs: number): void {
    if (nowMs < this.#nextDeadlineMs) return;
    const due: Entry[] = [];
    let next = Number.POSITIVE_INFINITY;
    for (const line of this.#lines()) {
      let index = 0;
      for (let entry = line.at(0); entry; entry = line.at(++index)) {
        if (entry.waiting.deadlineAtMs > nowMs) {
          next = Math.min(next, entry.waiting.deadlineAtMs);
          break;
        }
        due.push(entry);
      }
    }
    this.#nextDeadlineMs = next;
    due.sort((a, b) => a.waiting.deadlineAtMs - b.waiting.deadlineAtMs || a.number - b.number);
    for (const entry of due) this.#refuse(entry, 'deadline');
  }

  /** False when it is not running: finished before, or never started. */
  finish(waiting: Waiting, used: { tokens: number; cost: number }, nowMs: number): boolean {
    if (!waiting.isRunning) return false;
    waiting.isRunning = false;
    takeFrom(this.running, waiting);
    this.drain.ended(nowMs, used.tokens);
    this.#bandOf(waiting.priority).correct(waiting.orgId, used.cost - costOf(waiting));
    this.usedAtMs = nowMs;
    return true;
  }

  refuseAll(reason: 'stopping'): void {
    for (const line of [...this.#lines()]) {
      for (const entry of line.byArrival()) this.#refuse(entry, reason);
    }
  }

  forget(): void {
    for (const band of this.#bands) band.forget();
  }

  /** False when it gave up before all were tried. */
  #startAll(nowMs: number): boolean {
    const missed = new Set<Line>();
    for (const band of this.#bands) {
      for (let line = band.next(missed); line; line = band.next(missed)) {
        const entry = this.#choose(line, nowMs);
        const outcome = this.#try(entry);
        if (outcome.kind === 'failed') {
          if (this.remove(entry)) entry.reject(outcome.error);
        } else if (outcome.started !== undefined) {
          this.#start(entry, outcome.started, nowMs);
          for (const passed of missed) if (passed.head) passed.head.passes += 1;
        } else {
          if (this.running.requests === 0) entry.isUnfit = true;
          if (this.#isAged(entry, nowMs) && !entry.isUnfit) return false;
          missed.add(line);
          if (missed.size >= MISSES_MAX) return false;
        }
      }
    }
    return true;
  }

  #try({ tryStart }: Entry): { kind: 'tried'; started: unknown } | { kind: 'failed'; error: unknown } {
    try {
      return { kind: 'tried', started: tryStart() };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  /** Whose prompt the workers know best, among the first of the line, as long as the first was not passed too often. */
  #choose(line: Line, nowMs: number): Entry {
    const { head } = line;
    if (!head) throw new Error('a line that waits has a head');
    if (line.length === 1 || !head.waiting.locality || this.#isAged(head, nowMs)) return head;
    let best = head;
    let bestLocality = localityOf(head, nowMs);
    for (let i = 1; i < Math.min(line.length, LOCALITY_WINDOW); i++) {
      const entry = line.at(i);
      const locality = entry ? localityOf(entry, nowMs) : 0;
      if (entry && locality > bestLocality) {
        best = entry;
        bestLocality = locality;
      }
    }
    return best;
  }

  #isAged(entry: Entry, nowMs: number): boolean {
    return entry.passes >= PASSES_MAX || nowMs - entry.enteredAtMs >= this.#limits.ageingMs;
  }

  #start(entry: Entry, started: unknown, nowMs: number): void {
    const head = this.#bandOf(entry.waiting.priority).findLine(entry.waiting.orgId)?.head;
    if (head && head !== entry) head.passes += 1;
    // Charged while it is still in its line: an organisation that waits is not lifted.
    this.#began(entry.waiting, nowMs);
    this.remove(entry);
    entry.resolve(started);
  }

  #began(waiting: Waiting, nowMs: number): void {
    this.#bandOf(waiting.priority).charge(waiting.orgId, costOf(waiting));
    waiting.isRunning = true;
    addTo(this.running, waiting);
    this.drain.began(nowMs);
  }

  #refuse(entry: Entry, reason: 'deadline' | 'stopping'): void {
    if (!this.remove(entry)) return;
    entry.reject(new QueueRefusedError(reason, this.retryAfterMs(entry.waiting.tokens)));
  }

  *#lines(): Iterable<Line> {
    for (const band of this.#bands) yield* band.lines;
  }

  /** Bands are few and made when first used, the highest first. */
  #bandOf(priority: number): Band {
    for (const band of this.#bands) if (band.priority === priority) return band;
    const band = new Band(priority);
    this.#bands.push(band);
    this.#bands.sort((a, b) => b.priority - a.priority);
    return band;
  }
}

function localityOf(entry: Entry, nowMs: number): number {
  if (nowMs - entry.localityAtMs >= LOCALITY_AGE_MS) {
    entry.locality = entry.waiting.locality?.() ?? 0;
    entry.localityAtMs = nowMs;
  }
  return entry.locality;
}

export function costOf(waiting: Waiting): number {
  return waiting.cost ?? waiting.tokens;
}
