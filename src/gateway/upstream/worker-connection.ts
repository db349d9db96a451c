/** One TCP connection to a worker: carries one call at a time, and waits idle between two. */
import { connect, type Socket } from 'node:net';
import type { Env } from '#kernel/env.ts';
import { NO_SLOT } from '#kernel/slot-list.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import { CONNECT_TIMEOUT } from '../upstream.ts';
import type { CallConnection, WorkerCall } from './worker-call.ts';

export interface ConnectionOwner {
  readonly env: Env;
  readonly deadlines: Deadlines;
  readonly connectMs: number;
  /** Connects in another way than over TCP. */
  readonly dial?: ((host: string) => Socket) | undefined;
  /** A kept connection that ends within this after a request was written ended before it was read. */
  readonly crossingMs: number;
  /** It can take another call. */
  onIdle(connection: WorkerConnection): void;
  /** It broke with a call that the worker cannot have read. */
  onStale(call: WorkerCall): void;
  onGone(connection: WorkerConnection): void;
}

/** Below the 5 s after which common servers close an idle connection, so that we do not write into a closing one. */
const IDLE_MS_MAX = 4_000;
/** A worker that says how long it waits is left before that. */
const IDLE_MARGIN_MS = 1_000;
/** A dead machine is noticed while an answer is silent: the first probe after this, ten more a second apart. */
const PROBE_MS = 15_000;
/** Up to here request and body go out as one buffer. */
const JOINED_BYTES_MAX = 32_768;
const HELD_BYTES_MAX = 65_536;
export class WorkerConnection implements CallConnection, Deadline {
  atMs: number;
  slot = NO_SLOT;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  #call: WorkerCall | undefined;
  #sentAt = 0;
  #isUsed = false;
  #isPaused = false;
  #error: Error | undefined;

  constructor(owner: ConnectionOwner, address: { host: string; port: number }) {
    this.#owner = owner;
    this.#socket =
      owner.dial?.(address.host) ??
      connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_MS });
    this.atMs = owner.env.clock.monotonic() + owner.connectMs;
    owner.deadlines.add(this);
    this.#socket.on('connect', () => owner.deadlines.remove(this));
    this.#socket.on('data', (bytes: Buffer) => this.#take(bytes));
    this.#socket.on('end', () => this.#over(undefined));
    this.#socket.on('error', (error) => {
      this.#error ??= error;
    });
    this.#socket.on('close', () => this.#over(this.#error));
  }

  get isUsable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && this.#owner.env.clock.monotonic() < this.atMs;
  }

  /** Too slow to connect, or idle for too long. */
  readonly expire = (): void => {
    if (this.#socket.connecting) {
      const error = new Error('the worker did not take the connection in time');
      this.#error = Object.assign(error, { code: CONNECT_TIMEOUT });
    }
    // A limit of ours is no sign that the worker has not read the request.
    this.#isUsed = false;
    this.#socket.destroy();
    this.#over(this.#error);
  };

  send(call: WorkerCall): void {
    this.#call = call;
    if (!this.#socket.connecting) this.#owner.deadlines.remove(this);
    this.#sentAt = this.#owner.env.clock.monotonic();
    this.#write(call.head, call.body);
    call.attach(this);
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  release(isKept: boolean, keptMs: number | undefined): void {
    this.#call = undefined;
    // An answer before the request was out: the worker did not read the rest of it.
    if (!isKept || this.#socket.writableLength > 0 || !this.#socket.writable) {
      this.destroy();
      return;
    }
    this.resume();
    this.#isUsed = true;
    const idleMs = Math.min(IDLE_MS_MAX, (keptMs ?? Number.POSITIVE_INFINITY) - IDLE_MARGIN_MS);
    this.atMs = this.#owner.env.clock.monotonic() + idleMs;
    this.#owner.deadlines.add(this);
    this.#owner.onIdle(this);
  }

  destroy(): void {
    this.#call = undefined;
    this.#socket.destroy();
  }

  #write(head: string, body: Buffer): void {
    if (body.length > JOINED_BYTES_MAX) {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
      return;
    }
    const joined = Buffer.allocUnsafe(head.length + body.length);
    joined.write(head, 0, 'latin1');
    body.copy(joined, head.length);
    this.#socket.write(joined);
  }

  #take(bytes: Buffer): void {
    const call = this.#call;
    if (!call) {
      // An answer that nobody asked for would be read as the next one's.
      this.#socket.destroy();
      return;
    }
    call.take(bytes);
    if (this.#call === call && !this.#isPaused && call.heldBytes > HELD_BYTES_MAX) this.pause();
  }

  #over(error: Error | undefined): void {
    const call = this.#call;
    this.#call = undefined;
    this.#owner.deadlines.remove(this);
    this.#socket.destroy();
    if (call && this.#isStale(call)) {
      call.isRepeated = true;
      this.#owner.onStale(call);
    } else {
      call?.connectionOver(error);
    }
    this.#owner.onGone(this);
  }

  #isStale(call: WorkerCall): boolean {
    const isCrossing = this.#owner.env.clock.monotonic() - this.#sentAt < this.#owner.crossingMs;
    return this.#isUsed && isCrossing && !call.hasBytes && !call.isRepeated && !call.isOver;
  }
}
