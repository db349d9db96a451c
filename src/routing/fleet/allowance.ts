/**
 * One limit per minute of one subject, as one of several gateways keeps it.
 *
 * Requests are paid from what is held: units that were leased and are already taken from the limit. How full the limit
 * itself is, is known from the last lease (`fullAtMs`, as in bucket.ts). While nobody can be asked, the gateway takes
 * from there by itself, as if the limit were its share: one of as many parts as there are gateways. Afterwards the
 * place where the limit is kept is told, so what was taken meanwhile counts.
 */
import { WINDOW_MS } from '../limits/bucket.ts';
import type { Asker, LeaseAnswer, RateAsk } from './lease-server.ts';

/** Of a limit, what all gateways together may hold ahead of need: so much may be admitted too much, or too little. */
export const AHEAD_SHARE = 0.1;
/** Enough for this long at the pace of the last requests. */
const AHEAD_MS = 500;
const PACE_MS_MIN = 20;
/** From one lease to the next, so that one burst does not lease for a hundred. */
const GROWTH = 4;
/** What nobody used for so long goes back. */
const IDLE_MS = 2_000;
/** Whoever is refused all the time is asked about so often. */
const DENIED_MS = 100;
const ROUNDING_MS = 0.001;

export interface FleetFacts {
  readonly isUp: boolean;
  readonly members: number;
}

export class Allowance implements Asker {
  readonly #key: string;
  #perMinute = 1;
  #held = 0;
  #fullAtMs = Number.NEGATIVE_INFINITY;
  /** Taken without asking, or to be given back when below zero. In units. */
  #owed = 0;
  #mustRestore = false;
  #needed = 0;
  #least = 0;
  #ahead = 0;
  #takenSinceAsk = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #usedAtMs = Number.NEGATIVE_INFINITY;
  #deniedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(key: string) {
    this.#key = key;
  }

  get held(): number {
    return this.#held;
  }

  /** More would be wanted soon, or something is to be told. */
  get hasWishes(): boolean {
    return this.#held < this.#ahead / 2 || this.#owed !== 0;
  }

  /** A changed limit counts at once; what was taken of the minute stays taken. */
  use(perMinute: number): void {
    this.#perMinute = perMinute;
  }

  has(amount: number, fleet: FleetFacts, nowMs: number): boolean {
    if (this.#held >= amount) return true;
    return !fleet.isUp && this.#shareWaitMs(amount, fleet.members, nowMs) === 0;
  }

  /** After `has`. Returns the moment at which the last of it will have flowed back. */
  take(amount: number, fleet: FleetFacts, nowMs: number): number {
    this.#usedAtMs = nowMs;
    this.#takenSinceAsk += amount;
    if (this.#held >= amount) this.#held -= amount;
    else this.#takeAlone(amount, fleet.members, nowMs);
    return Math.max(nowMs, this.#fullAtMs);
  }

  /** More was used than was taken: a debt, which the next requests wait for. */
  takeMore(amount: number, fleet: FleetFacts, nowMs: number): void {
    const paid = Math.min(amount, Math.max(0, this.#held));
    this.#held -= paid;
    if (amount === paid) return;
    if (fleet.isUp) this.#owed += amount - paid;
    else this.#takeAlone(amount - paid, fleet.members, nowMs);
  }

  /** What was taken in vain comes back, but for what has flowed back by itself. */
  giveBack(amount: number, untilMs: number, fleet: FleetFacts, nowMs: number): void {
    const notFlowedMs = Math.max(0, untilMs - nowMs);
    if (!fleet.isUp) {
      const unitMs = this.#msPerUnit * fleet.members;
      this.#fullAtMs -= Math.min(amount * unitMs, notFlowedMs);
      return;
    }
    this.#held += Math.min(amount, notFlowedMs / this.#msPerUnit);
    const surplus = this.#held - Math.max(1, this.#aheadMax(fleet.members));
    if (surplus <= 0) return;
    this.#held -= surplus;
    this.#owed -= surplus;
  }

  /** Nobody knows better: it was refused a moment ago, and by what is known there still is not enough. */
  isDenied(amount: number, fleet: FleetFacts, nowMs: number): boolean {
    return !fleet.isUp || (nowMs < this.#deniedUntilMs && this.waitMs(amount, fleet, nowMs) > 0);
  }

  /** How long until so much can be had, as far as it is known here. */
  waitMs(amount: number, fleet: FleetFacts, nowMs: number): number {
    if (amount > this.#perMinute) return Number.POSITIVE_INFINITY;
    if (!fleet.isUp) return this.#shareWaitMs(amount, fleet.members, nowMs);
    return this.#waitMs((amount - this.#held) * this.#msPerUnit, nowMs);
  }

  remaining(fleet: FleetFacts, nowMs: number): number {
    const unitMs = this.#msPerUnit * (fleet.isUp ? 1 : fleet.members);
    const left = (WINDOW_MS - this.resetMs(nowMs)) / unitMs + Math.max(0, this.#held);
    return Math.max(0, Math.floor(Math.min(this.#perMinute, left) + 1e-6));
  }

  resetMs(nowMs: number): number {
    return Math.max(0, this.#fullAtMs - nowMs);
  }

  /** Nothing is to be remembered of it. */
  isFull(nowMs: number): boolean {
    return this.#held === 0 && this.#owed === 0 && this.#fullAtMs <= nowMs;
  }

  need(amount: number): void {
    this.#needed += amount;
    if (this.#least === 0) this.#least = amount;
  }

  /** Gives back what was held for nothing; everything when the gateway ends. */
  rest(nowMs: number, isEnd = false): void {
    if (!isEnd && nowMs - this.#usedAtMs < IDLE_MS) return;
    this.#ahead = 0;
    this.#takenSinceAsk = 0;
    if (this.#held <= 0) return;
    this.#owed -= Math.min(this.#held, this.resetMs(nowMs) / this.#msPerUnit);
    this.#held = 0;
  }

  ask(nowMs: number, members: number): RateAsk | undefined {
    const missing = Math.max(0, this.#needed - this.#held);
    const elapsedMs = Math.max(PACE_MS_MIN, nowMs - this.#askedAtMs);
    const pace = this.#takenSinceAsk * Math.min(GROWTH, AHEAD_MS / elapsedMs);
    this.#ahead = Math.floor(Math.min(this.#aheadMax(members), pace));
    const want = Math.ceil(missing + Math.max(0, this.#ahead - Math.max(0, this.#held - this.#needed)));
    const least = Math.max(0, this.#least - this.#held);
    const takenMs = this.#owed * this.#msPerUnit;
    this.#needed = 0;
    this.#least = 0;
    this.#owed = 0;
    this.#takenSinceAsk = 0;
    this.#askedAtMs = nowMs;
    if (want === 0 && takenMs === 0 && !this.#mustRestore) return undefined;
    const [key, msPerUnit, mustRestore] = [this.#key, this.#msPerUnit, this.#mustRestore];
    return {
      kind: 'rate',
      key,
      msPerUnit,
      want,
      least,
      takenMs,
      knownMs: this.resetMs(nowMs),
      mustRestore,
    };
  }

  answered(ask: RateAsk, { granted, rest }: LeaseAnswer, nowMs: number): void {
    this.#held += granted;
    this.#fullAtMs = nowMs + rest;
    this.#mustRestore = false;
    if (granted < ask.want) this.#ahead = 0;
    if (granted < ask.least) this.#deniedUntilMs = nowMs + DENIED_MS;
  }

  /** Whether it counted is not known. What was used is kept and told later; what was to be given back is lost. */
  failed({ takenMs }: RateAsk, nowMs: number): void {
    if (takenMs <= 0) return;
    this.#fullAtMs = Math.max(nowMs, this.#fullAtMs) + takenMs;
    this.#mustRestore = true;
  }

  get #msPerUnit(): number {
    return WINDOW_MS / this.#perMinute;
  }

  #aheadMax(members: number): number {
    return (this.#perMinute * AHEAD_SHARE) / members;
  }

  #takeAlone(amount: number, members: number, nowMs: number): void {
    this.#fullAtMs = Math.max(nowMs, this.#fullAtMs) + amount * this.#msPerUnit * members;
    this.#mustRestore = true;
  }

  /** More than the whole share passes when all of it is there, and then nothing does for as much longer. */
  #shareWaitMs(amount: number, members: number, nowMs: number): number {
    return this.#waitMs(Math.min(WINDOW_MS, amount * this.#msPerUnit * members), nowMs);
  }

  #waitMs(neededMs: number, nowMs: number): number {
    const afterMs = Math.max(nowMs, this.#fullAtMs) + neededMs;
    return Math.max(0, afterMs - nowMs - WINDOW_MS - ROUNDING_MS);
  }
}
