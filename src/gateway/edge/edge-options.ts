import type { Env } from '#kernel/env.ts';
import type { ExchangeHandler, ListenPlace } from '../edge.ts';

/** Asked at each use and never copied, so that a changed setting needs no restart. */
export interface EdgeFigures {
  /** From the first byte of a request to the end of its head; also what a connection has for its first byte. */
  readonly headMs: number;
  /** From the end of the head to the end of the body, however slowly it trickles. */
  readonly bodyMs: number;
  /** How long a connection may stay open between two requests. */
  readonly keepAliveMs: number;
  readonly connectionsMax: number;
  /** A connection on which nothing moves for so long is cut: its client neither reads nor leaves. */
  readonly inactivityMs: number;
}

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** `node` reads every request with node:http; `fast` reads plain ones itself and leaves all others to it. */
export type EdgeKind = 'fast' | 'node';

export interface EdgeOptions {
  readonly place: ListenPlace;
  readonly kind: EdgeKind;
  readonly tls?: TlsFiles | undefined;
  readonly figures: EdgeFigures;
  /** Whether a request of this method and address may take the fast way: one that is answered here at all. */
  readonly isPlain: (method: string, target: string) => boolean;
  /** For answers to what never became a request. */
  readonly newRequestId: () => string;
}

/** What the connections of one edge share. */
export interface EdgeContext extends EdgeOptions {
  readonly env: Env;
  readonly handle: ExchangeHandler;
}

export const HEAD_BYTES_MAX = 16_384;
