/**
 * The workers' side of the gateway: one POST to a worker's data port, its answer handed on piece by piece.
 *
 * Cancelling closes the connection, which is how the agent and the engine learn that nobody wants the answer. Nothing
 * here waits by itself: limits belong to the caller.
 */
import { messageOf } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';

export interface UpstreamTarget {
  readonly origin: string;
  readonly token: Secret;
  /** The instance whose tunnel leads there; undefined when it is reached directly. */
  readonly tunnel?: string | undefined;
}

export interface UpstreamRequest {
  readonly path: string;
  readonly requestId: string;
  /** Names and values in turn that the engine gets besides ours. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Where an answer goes. Exactly one of `onEnd` and `onBroken` is called, last. */
export interface AnswerReader {
  onBytes(bytes: Buffer): void;
  onEnd(): void;
  onBroken(error: UpstreamError): void;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** Set when the agent itself refused or failed; undefined when the engine speaks. */
  readonly agentError: string | undefined;
  read(reader: AnswerReader): void;
  pause(): void;
  resume(): void;
}

export interface UpstreamCall {
  /** Settles with the head of the answer; rejects with UpstreamError. */
  readonly answer: Promise<UpstreamAnswer>;
  /** Ends it wherever it is; without effect after its end. */
  cancel(): void;
}

/** Asked at each use and never copied, so that a changed setting needs no restart. */
export interface UpstreamFigures {
  /** How long a worker may take to accept a connection. */
  readonly connectMs: number;
}

/** `fast` reads the workers' answers itself, `undici` leaves it to that library. */
export type UpstreamKind = 'fast' | 'undici';

export interface Upstream {
  post(target: UpstreamTarget, request: UpstreamRequest): UpstreamCall;
  close(): Promise<void>;
}

export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  /** True when no connection was made, so the worker cannot have seen the request. */
  readonly isUnreachable: boolean;

  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
    this.isUnreachable = isConnectFailure(cause);
  }
}

/** The code of an error of ours: the worker did not take the connection in time. */
export const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT';

const NEVER_CONNECTED = new Set(['ECONNREFUSED', CONNECT_TIMEOUT, 'UND_ERR_CONNECT_TIMEOUT']);
/** An established connection may fail with these too: only a failed `connect` proves that nothing was sent. */
const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']);

function isConnectFailure(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const code = String(error.code);
  return (
    NEVER_CONNECTED.has(code) || (UNREACHABLE.has(code) && 'syscall' in error && error.syscall === 'connect')
  );
}
