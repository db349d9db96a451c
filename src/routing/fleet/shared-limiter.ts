/**
 * Limits that several gateways count together.
 *
 * A request is paid at once, without a wait, from what this gateway holds of each limit (allowance.ts, slot-account.ts);
 * more is leased before that runs out. Only when it is not enough does a request wait for one round of leases, some
 * milliseconds. When nobody answers, each limit is this gateway's share of it: never an error. What can go wrong
 * together is bounded: gateways hold a tenth of a limit ahead of need at most.
 */
import type { Clock } from '#kernel/env.ts';
import type {
  Limiter,
  LimitName,
  LimitRefusal,
  LimitState,
  LimitStates,
  Reservation,
  ReserveAnswer,
  ReserveDecision,
  Subject,
} from '../limits/limits.ts';
import { Allowance } from './allowance.ts';
import { LeaseRounds } from './lease-rounds.ts';
import type { Asker, LeaseServer } from './lease-server.ts';
import { SlotAccount } from './slot-account.ts';

/** Old subjects looked at with each new request: more than one, so memory follows those that speak. */
const FORGOTTEN_PER_REQUEST = 2;
/** Rounds that a request waits for: another one of the same moment may have taken what came. */
const ROUNDS_MAX = 4;
/** When it comes to nothing for no reason that is known here. */
const AGAIN_MS = 100;
const RENEW_EVERY_MS = 1_000;

interface Account {
  readonly requests: Allowance;
  readonly tokens: Allowance;
  readonly slots: SlotAccount;
  /** Requests that wait for a round. */
  waiting: number;
}

interface Part {
  readonly subject: Subject;
  readonly account: Account;
  /** When what this request took will have flowed back by itself. */
  requestUntilMs: number;
  tokensUntilMs: number;
}

interface Order {
  readonly parts: readonly Part[];
  readonly tokens: number;
  readonly owner: object;
}

interface Lack {
  readonly asker: Asker;
  readonly refusal: LimitRefusal;
  /** Tells what is needed to those who are asked. */
  readonly need: () => void;
  readonly isDenied: boolean;
}

const UNLIMITED: ReserveAnswer = {
  kind: 'reserved',
  reservation: {
    states: () => ({ requests: undefined, tokens: undefined }),
    settle() {},
    refund() {},
  },
};

export class SharedLimiter implements Limiter {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #server: LeaseServer;
  readonly #rounds: LeaseRounds;
  readonly #accounts = new Map<string, Account>();
  readonly #open = new Set<SharedReservation>();
  /** Those that may hold something of a limit. */
  readonly #holding = new Set<Account>();
  #walk: MapIterator<[string, Account]> | undefined;
  #renewedAtMs: number;

  constructor(clock: Pick<Clock, 'monotonic'>, server: LeaseServer) {
    this.#clock = clock;
    this.#server = server;
    this.#rounds = new LeaseRounds(clock, server);
    this.#renewedAtMs = clock.monotonic();
  }

  get size(): number {
    return this.#accounts.size;
  }

  reserve(subjects: readonly Subject[], tokens: number, owner: object): ReserveAnswer {
    const nowMs = this.#clock.monotonic();
    this.forget(FORGOTTEN_PER_REQUEST);
    const parts: Part[] = [];
    for (const subject of subjects) {
      const { requestsPerMinute, tokensPerMinute, concurrentRequests } = subject.limits;
      if (requestsPerMinute === null && tokensPerMinute === null && concurrentRequests === null) continue;
      parts.push({ subject, account: this.#accountOf(subject), requestUntilMs: nowMs, tokensUntilMs: nowMs });
    }
    if (parts.length === 0) return UNLIMITED;
    const order = { parts, tokens, owner };
    const lacks = this.#lacksOf(order, nowMs);
    if (!lacks) return this.#take(order, nowMs);
    if (lacks.some(({ isDenied }) => isDenied)) return this.#refuse(order, lacks);
    return { kind: 'asked', decision: this.#ask(order, lacks) };
  }

  reconcile(isAlive: (owner: object) => boolean): number {
    const lost = [...this.#open].filter(({ owner }) => !isAlive(owner));
    for (const reservation of lost) reservation.refund();
    return lost.length;
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
      const [name, account] = value;
      const { requests, tokens, slots } = account;
      if (account.waiting > 0 || slots.running.size > 0 || slots.leased > 0) continue;
      if (!requests.isFull(nowMs) || !tokens.isFull(nowMs)) continue;
      this.#accounts.delete(name);
      this.#holding.delete(account);
    }
  }

  /** To be called every few milliseconds: tells what there is to tell, renews slots, gives back what is not used. */
  tick(): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#renewedAtMs >= RENEW_EVERY_MS) {
      this.#renewedAtMs = nowMs;
      for (const account of this.#holding) this.#renew(account, nowMs);
    }
    this.#rounds.tick();
  }

  /** The others can be asked again: what was counted alone is told, and what runs. */
  rejoin(): void {
    for (const account of this.#accounts.values()) {
      this.#holding.add(account);
      for (const asker of [account.requests, account.tokens, account.slots]) this.#rounds.later(asker);
    }
  }

  /** The last word of a gateway that ends: what it does not need any more goes back. */
  async leave(): Promise<void> {
    const nowMs = this.#clock.monotonic();
    for (const account of this.#holding) {
      for (const rate of [account.requests, account.tokens]) {
        rate.rest(nowMs, true);
        this.#rounds.later(rate);
      }
      this.#rounds.later(account.slots);
    }
    await this.#rounds.finish();
  }

  /** Called by a reservation that is over. */
  ended(reservation: SharedReservation, isServed: boolean, surplus: number): void {
    this.#open.delete(reservation);
    const nowMs = this.#clock.monotonic();
    const { members, isUp } = this.#server;
    const fleet = { members, isUp };
    for (const { subject, account, requestUntilMs, tokensUntilMs } of reservation.parts) {
      const { requestsPerMinute, tokensPerMinute, concurrentRequests } = subject.limits;
      account.slots.running.delete(reservation);
      if (concurrentRequests !== null && isUp && account.slots.hasSpare(members))
        this.#rounds.later(account.slots);
      if (requestsPerMinute !== null && !isServed) {
        account.requests.giveBack(1, requestUntilMs, fleet, nowMs);
        this.#tell(account.requests, account);
      }
      if (tokensPerMinute === null || surplus === 0) continue;
      if (surplus > 0) account.tokens.giveBack(surplus, tokensUntilMs, fleet, nowMs);
      else account.tokens.takeMore(-surplus, fleet, nowMs);
      this.#tell(account.tokens, account);
    }
  }

  statesOf(parts: readonly Part[]): LimitStates {
    const nowMs = this.#clock.monotonic();
    let requests: LimitState | undefined;
    let tokens: LimitState | undefined;
    const stateOf = (rate: Allowance, limit: number): LimitState => {
      return { limit, remaining: rate.remaining(this.#server, nowMs), resetMs: rate.resetMs(nowMs) };
    };
    for (const { subject, account } of parts) {
      const { requestsPerMinute, tokensPerMinute } = subject.limits;
      if (requestsPerMinute !== null)
        requests = tighter(requests, stateOf(account.requests, requestsPerMinute));
      if (tokensPerMinute !== null) tokens = tighter(tokens, stateOf(account.tokens, tokensPerMinute));
    }
    return { requests, tokens };
  }

  async #ask(order: Order, first: readonly Lack[]): Promise<ReserveDecision> {
    for (const { account } of order.parts) {
      account.waiting++;
      this.#holding.add(account);
    }
    try {
      return await this.#askInRounds(order, first);
    } finally {
      for (const { account } of order.parts) account.waiting--;
    }
  }

  async #askInRounds(order: Order, first: readonly Lack[]): Promise<ReserveDecision> {
    let lacks = first;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      for (const { need } of lacks) need();
      await Promise.all(lacks.map(({ asker }) => this.#rounds.urge(asker)));
      const nowMs = this.#clock.monotonic();
      const left = this.#lacksOf(order, nowMs);
      if (!left) return this.#take(order, nowMs);
      lacks = left;
      if (left.some(({ isDenied }) => isDenied)) break;
    }
    // What came for it in vain goes back soon.
    for (const { account } of order.parts) this.#rounds.later(account.slots);
    return this.#refuse(order, lacks);
  }

  /** What this gateway has too little of; undefined when it can take all of it now. */
  #lacksOf({ parts, tokens }: Order, nowMs: number): Lack[] | undefined {
    const fleet = this.#server;
    let lacks: Lack[] | undefined;
    const lack = (one: Lack) => {
      lacks ??= [];
      lacks.push(one);
    };
    for (const { subject, account } of parts) {
      const { requestsPerMinute, tokensPerMinute, concurrentRequests } = subject.limits;
      const { requests, tokens: tokenRate, slots } = account;
      if (concurrentRequests !== null) {
        slots.use(concurrentRequests);
        if (!slots.has(fleet)) lack(this.#slotLack(subject, slots, concurrentRequests, nowMs));
      }
      if (requestsPerMinute !== null) {
        requests.use(requestsPerMinute);
        if (requestsPerMinute < 1 || !requests.has(1, fleet, nowMs))
          lack(this.#rateLack(subject, requests, 'requests_per_minute', 1, nowMs));
      }
      if (tokensPerMinute !== null) {
        tokenRate.use(tokensPerMinute);
        if (tokens > tokensPerMinute || !tokenRate.has(tokens, fleet, nowMs))
          lack(this.#rateLack(subject, tokenRate, 'tokens_per_minute', tokens, nowMs));
      }
    }
    return lacks;
  }

  #slotLack({ kind }: Subject, asker: SlotAccount, allowed: number, nowMs: number): Lack {
    const refusal: LimitRefusal = {
      subject: kind,
      limit: 'concurrent_requests',
      allowed,
      retryAfterMs: undefined,
    };
    const isDenied = allowed < 1 || asker.isDenied(this.#server, nowMs);
    return { asker, refusal, need: () => asker.need(), isDenied };
  }

  #rateLack(subject: Subject, asker: Allowance, limit: LimitName, amount: number, nowMs: number): Lack {
    const { requestsPerMinute, tokensPerMinute } = subject.limits;
    const allowed = (limit === 'requests_per_minute' ? requestsPerMinute : tokensPerMinute) ?? 0;
    const waitMs = asker.waitMs(amount, this.#server, nowMs);
    const retryAfterMs = waitMs > 0 ? waitMs : AGAIN_MS;
    const isDenied = waitMs === Number.POSITIVE_INFINITY || asker.isDenied(amount, this.#server, nowMs);
    return {
      asker,
      refusal: { subject: subject.kind, limit, allowed, retryAfterMs },
      need: () => asker.need(amount),
      isDenied,
    };
  }

  #take({ parts, tokens, owner }: Order, nowMs: number): ReserveDecision {
    const fleet = this.#server;
    for (const part of parts) {
      const { account } = part;
      const { requestsPerMinute, tokensPerMinute } = part.subject.limits;
      if (requestsPerMinute !== null) {
        part.requestUntilMs = account.requests.take(1, fleet, nowMs);
        this.#tell(account.requests, account);
      }
      if (tokensPerMinute !== null) {
        part.tokensUntilMs = account.tokens.take(tokens, fleet, nowMs);
        this.#tell(account.tokens, account);
      }
      this.#holding.add(account);
    }
    const reservation = new SharedReservation(this, { parts, tokens, owner });
    for (const { account } of parts) account.slots.running.add(reservation);
    this.#open.add(reservation);
    return { kind: 'reserved', reservation };
  }

  #refuse({ parts }: Order, lacks: readonly Lack[]): ReserveDecision {
    const denied = lacks.filter(({ isDenied }) => isDenied);
    let worst: LimitRefusal | undefined;
    for (const { refusal } of denied.length > 0 ? denied : lacks) {
      if (!worst || (refusal.retryAfterMs ?? 0) > (worst.retryAfterMs ?? 0)) worst = refusal;
    }
    return { kind: 'refused', refusal: worst as LimitRefusal, states: this.statesOf(parts) };
  }

  #tell(rate: Allowance, account: Account): void {
    if (rate.hasWishes) {
      this.#rounds.later(rate);
      this.#holding.add(account);
    }
  }

  #renew(account: Account, nowMs: number): void {
    const { requests, tokens, slots } = account;
    for (const rate of [requests, tokens]) {
      rate.rest(nowMs);
      if (rate.hasWishes) this.#rounds.later(rate);
    }
    if (slots.leased > 0 || slots.running.size > 0) this.#rounds.later(slots);
    else if (requests.held === 0 && tokens.held === 0) this.#holding.delete(account);
  }

  #accountOf({ kind, id }: Subject): Account {
    const name = kind === 'key' ? id : `${kind} ${id}`;
    let account = this.#accounts.get(name);
    if (!account) {
      account = {
        requests: new Allowance(`requests ${name}`),
        tokens: new Allowance(`tokens ${name}`),
        slots: new SlotAccount(`slots ${name}`),
        waiting: 0,
      };
      this.#accounts.set(name, account);
    }
    return account;
  }
}

class SharedReservation implements Reservation {
  readonly owner: object;
  readonly parts: readonly Part[];
  readonly #limiter: SharedLimiter;
  readonly #tokens: number;
  #isOver = false;

  constructor(limiter: SharedLimiter, { parts, tokens, owner }: Order) {
    this.owner = owner;
    this.parts = parts;
    this.#limiter = limiter;
    this.#tokens = tokens;
  }

  states(): LimitStates {
    return this.#limiter.statesOf(this.parts);
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
    this.#limiter.ended(this, isServed, this.#tokens - tokensUsed);
  }
}

function tighter(a: LimitState | undefined, b: LimitState): LimitState {
  return a && a.remaining <= b.remaining ? a : b;
}
