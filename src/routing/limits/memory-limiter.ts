/**
 * Limits counted in the memory of this process. Exact: nothing waits between looking and taking.
 *
 * A subject has state only from its first request until all has flowed back, so memory follows those that speak, not
 * those that exist. What runs is a set of reservations, never a counter: it cannot drift and cannot fall below zero.
 */
import type { Clock } from '#kernel/env.ts';
import { Bucket } from './bucket.ts';
import type {
  Limiter,
  LimitRefusal,
  LimitState,
  LimitStates,
  Reservation,
  ReserveDecision,
  Subject,
} from './limits.ts';

/** Old subjects looked at with each new request: more than one, so memory follows those that speak. */
const FORGOTTEN_PER_REQUEST = 2;

interface Account {
  readonly requests: Bucket;
  readonly tokens: Bucket;
  readonly running: Set<MemoryReservation>;
}

interface Part {
  readonly subject: Subject;
  readonly account: Account;
  /** When what this request took will have flowed back by itself. */
  requestUntilMs: number;
  tokensUntilMs: number;
}

const UNLIMITED: ReserveDecision = {
  kind: 'reserved',
  reservation: {
    states: () => ({ requests: undefined, tokens: undefined }),
    settle() {},
    refund() {},
  },
};

export class MemoryLimiter implements Limiter {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #accounts = new Map<string, Account>();
  readonly #open = new Set<MemoryReservation>();
  #walk: MapIterator<[string, Account]> | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Subjects of which something is remembered. */
  get size(): number {
    return this.#accounts.size;
  }

  reserve(subjects: readonly Subject[], tokens: number, owner: object): ReserveDecision {
    const nowMs = this.#clock.monotonic();
    this.forget(FORGOTTEN_PER_REQUEST);
    const parts: Part[] = [];
    for (const subject of subjects) {
      const { requestsPerMinute, tokensPerMinute, concurrentRequests } = subject.limits;
      if (requestsPerMinute === null && tokensPerMinute === null && concurrentRequests === null) continue;
      parts.push({ subject, account: this.#accountOf(subject), requestUntilMs: nowMs, tokensUntilMs: nowMs });
    }
    const refusal = findRefusal(parts, tokens, nowMs);
    if (refusal) return { kind: 'refused', refusal, states: statesOf(parts, nowMs) };
    if (parts.length === 0) return UNLIMITED;
    for (const part of parts) {
      const { requestsPerMinute, tokensPerMinute } = part.subject.limits;
      const { requests, tokens: tokenBucket } = part.account;
      if (requestsPerMinute !== null) part.requestUntilMs = requests.take(1, requestsPerMinute, nowMs);
      if (tokensPerMinute !== null) part.tokensUntilMs = tokenBucket.take(tokens, tokensPerMinute, nowMs);
    }
    const reservation = new MemoryReservation(this, this.#clock, { parts, tokens, owner });
    this.#open.add(reservation);
    return { kind: 'reserved', reservation };
  }

  reconcile(isAlive: (owner: object) => boolean): number {
    const lost = [...this.#open].filter(({ owner }) => !isAlive(owner));
    for (const reservation of lost) reservation.refund();
    return lost.length;
  }

  /** Called by a reservation that is over. */
  ended(reservation: MemoryReservation): void {
    this.#open.delete(reservation);
  }

  forget(countMax: number): void {
    const nowMs = this.#clock.monotonic();
    for (let i = 0; i < countMax; i++) {
      this.#walk ??= this.#accounts.entries();
      const { done, value } = this.#walk.next();
      if (done) {
        this.#walk = undefined;
        return;
      }
      const [name, { requests, tokens, running }] = value;
      if (running.size === 0 && requests.isFull(nowMs) && tokens.isFull(nowMs)) this.#accounts.delete(name);
    }
  }

  #accountOf({ kind, id }: Subject): Account {
    const name = kind === 'key' ? id : `${kind} ${id}`;
    let account = this.#accounts.get(name);
    if (!account) {
      account = { requests: new Bucket(), tokens: new Bucket(), running: new Set() };
      this.#accounts.set(name, account);
    }
    return account;
  }
}

interface Reserved {
  readonly parts: readonly Part[];
  readonly tokens: number;
  readonly owner: object;
}

class MemoryReservation implements Reservation {
  readonly owner: object;
  readonly #limiter: MemoryLimiter;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #parts: readonly Part[];
  readonly #tokens: number;
  #isOver = false;

  constructor(limiter: MemoryLimiter, clock: Pick<Clock, 'monotonic'>, { parts, tokens, owner }: Reserved) {
    this.owner = owner;
    this.#limiter = limiter;
    this.#clock = clock;
    this.#parts = parts;
    this.#tokens = tokens;
    for (const { account } of parts) account.running.add(this);
  }

  states(): LimitStates {
    return statesOf(this.#parts, this.#clock.monotonic());
  }

  settle(tokensUsed: number): void {
    this.#end(true, tokensUsed);
  }

  refund(tokensUsed = 0): void {
    this.#end(false, tokensUsed);
  }

  #end(isServed: boolean, tokensUsed: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#limiter.ended(this);
    const nowMs = this.#clock.monotonic();
    const surplus = this.#tokens - tokensUsed;
    for (const { subject, account, requestUntilMs, tokensUntilMs } of this.#parts) {
      const { requestsPerMinute, tokensPerMinute } = subject.limits;
      account.running.delete(this);
      if (requestsPerMinute !== null && !isServed)
        account.requests.giveBack(1, requestsPerMinute, nowMs, requestUntilMs);
      if (tokensPerMinute === null) continue;
      if (surplus > 0) account.tokens.giveBack(surplus, tokensPerMinute, nowMs, tokensUntilMs);
      // More than was estimated is a debt, which the next requests wait for.
      else account.tokens.take(-surplus, tokensPerMinute, nowMs);
    }
  }
}

/** The limit that holds the request up the longest. */
function findRefusal(parts: readonly Part[], tokens: number, nowMs: number): LimitRefusal | undefined {
  let worst: LimitRefusal | undefined;
  const consider = (refusal: LimitRefusal) => {
    if (!worst || (refusal.retryAfterMs ?? 0) > (worst.retryAfterMs ?? 0)) worst = refusal;
  };
  for (const { subject, account } of parts) {
    const { requestsPerMinute, tokensPerMinute, concurrentRequests } = subject.limits;
    const { kind } = subject;
    if (concurrentRequests !== null && account.running.size >= concurrentRequests) {
      consider({
        subject: kind,
        limit: 'concurrent_requests',
        allowed: concurrentRequests,
        retryAfterMs: undefined,
      });
    }
    if (requestsPerMinute !== null) {
      const retryAfterMs = account.requests.waitMs(1, requestsPerMinute, nowMs);
      if (retryAfterMs > 0)
        consider({ subject: kind, limit: 'requests_per_minute', allowed: requestsPerMinute, retryAfterMs });
    }
    if (tokensPerMinute !== null) {
      const retryAfterMs = account.tokens.waitMs(tokens, tokensPerMinute, nowMs);
      if (retryAfterMs > 0)
        consider({ subject: kind, limit: 'tokens_per_minute', allowed: tokensPerMinute, retryAfterMs });
    }
  }
  return worst;
}

function statesOf(parts: readonly Part[], nowMs: number): LimitStates {
  let requests: LimitState | undefined;
  let tokens: LimitState | undefined;
  for (const { subject, account } of parts) {
    const { requestsPerMinute, tokensPerMinute } = subject.limits;
    if (requestsPerMinute !== null)
      requests = tighter(requests, stateOf(account.requests, requestsPerMinute, nowMs));
    if (tokensPerMinute !== null) tokens = tighter(tokens, stateOf(account.tokens, tokensPerMinute, nowMs));
  }
  return { requests, tokens };
}

function stateOf(bucket: Bucket, limit: number, nowMs: number): LimitState {
  return { limit, remaining: bucket.remaining(limit, nowMs), resetMs: bucket.resetMs(nowMs) };
}

function tighter(a: LimitState | undefined, b: LimitState): LimitState {
  return a && a.remaining <= b.remaining ? a : b;
}
