/**
 * What several gateways count together, as each of them sees it: a place where shares of limits are leased in pieces.
 *
 * A piece is taken from the limit when it is leased, not when it is used. So a gateway that dies leaves nothing to
 * clean up: what it had taken per minute flows back by itself, and its slots end with their lease.
 */

/** A piece of a limit per minute. */
export interface RateAsk {
  readonly kind: 'rate';
  readonly key: string;
  readonly msPerUnit: number;
  /** Units to take. All of them, or as many as there are, or none if that is less than `least`. */
  readonly want: number;
  readonly least: number;
  /** Was taken without asking, or below zero is given back; in milliseconds of the limit's flow. */
  readonly takenMs: number;
  /** How long until all has flowed back, as the gateway knows it: what holds when the place has lost its memory. */
  readonly knownMs: number;
  /** It counted alone meanwhile, so what it knows holds even where the place remembers less. */
  readonly mustRestore: boolean;
}

/** Slots of a limit of requests at once. */
export interface SlotAsk {
  readonly kind: 'slots';
  readonly key: string;
  readonly limit: number;
  /** Those that the gateway has and keeps, all of them. */
  readonly held: number;
  readonly want: number;
}

export type LeaseAsk = RateAsk | SlotAsk;

export interface LeaseAnswer {
  readonly granted: number;
  /** Of a rate: milliseconds until all of it has flowed back. Of slots: those that others hold. */
  readonly rest: number;
}

export interface LeaseServer {
  readonly isUp: boolean;
  /** Gateways that share the limits, this one included; the last number that was known. */
  readonly members: number;
  /** One answer for each, in order. Rejects when nobody answers in time; what was done then is not known. */
  lease(asks: readonly LeaseAsk[]): Promise<readonly LeaseAnswer[]>;
}

/** What keeps one limit and says what it needs when a round begins. */
export interface Asker {
  ask(nowMs: number, members: number): LeaseAsk | undefined;
  answered(ask: LeaseAsk, answer: LeaseAnswer, nowMs: number): void;
  failed(ask: LeaseAsk, nowMs: number): void;
}

/** Nobody to share with: each gateway has its share of each limit, of as many gateways as it was told. */
export function aloneOf(members: number): LeaseServer {
  return { isUp: false, members, lease: () => Promise.reject(new Error('there is no lease server')) };
}
