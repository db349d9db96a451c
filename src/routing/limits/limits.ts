/** The words of the limits: what bounds a key or an organisation, and how a refusal reads. */

/** Null is no limit. */
export interface Limits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly concurrentRequests: number | null;
}

export const NO_LIMITS: Limits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrentRequests: null,
};

/** Whoever is limited: a key, or an organisation with all its keys and people. */
export interface Subject {
  readonly kind: 'key' | 'organisation';
  readonly id: string;
  readonly limits: Limits;
}

export type LimitName = 'requests_per_minute' | 'tokens_per_minute' | 'concurrent_requests';

export interface LimitRefusal {
  readonly subject: Subject['kind'];
  readonly limit: LimitName;
  readonly allowed: number;
  /** Infinity: the request asks for more than the limit ever allows. Undefined: nobody knows when one ends. */
  readonly retryAfterMs: number | undefined;
}

/** What is left of one kind of limit, of the tighter of key and organisation. */
export interface LimitState {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

export interface LimitStates {
  readonly requests: LimitState | undefined;
  readonly tokens: LimitState | undefined;
}

/** The right to one request. Ends once, whichever of the two comes first. */
export interface Reservation {
  /** As they are now, this request counted. */
  states(): LimitStates;
  /** It was served, and used so many tokens. */
  settle(tokensUsed: number): void;
  /** It was not served: it burns no request. Tokens only if a worker worked for it. */
  refund(tokensUsed?: number): void;
}

export type ReserveDecision =
  | { readonly kind: 'reserved'; readonly reservation: Reservation }
  | { readonly kind: 'refused'; readonly refusal: LimitRefusal; readonly states: LimitStates };

export type ReserveAnswer =
  | ReserveDecision
  /** What this gateway holds is not enough, and the others are asked: decided within a fraction of a second. */
  | { readonly kind: 'asked'; readonly decision: Promise<ReserveDecision> };

/**
 * Who counts: the memory of the one gateway process (memory-limiter.ts), or each of several, which lease shares of each
 * limit from one another (fleet/shared-limiter.ts). The usual answer needs no wait.
 */
export interface Limiter {
  /** Subjects of which something is remembered. */
  readonly size: number;
  /** Counts the request with its estimated tokens, all of it or nothing. */
  reserve(subjects: readonly Subject[], tokens: number, owner: object): ReserveAnswer;
  /** Gives back what belongs to no living owner. The number that was given back; more than 0 is a fault of ours. */
  reconcile(isAlive: (owner: object) => boolean): number;
  /** Forgets subjects that have all of their limits back; looks at so many at most. */
  forget(countMax: number): void;
}
