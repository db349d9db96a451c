/**
 * One connection whose requests are plain: one after the other, each read, handled and answered here.
 *
 * At the first request that is not plain the connection is given to node:http with that request's bytes unread, and
 * stays there. What a client sends ahead waits, and beyond a limit is not read from the socket. A client that closes
 * its side has left, also while it waits for an answer.
 */
import type { Socket } from 'node:net';
import { NO_SLOT } from '#kernel/slot-list.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import { type HttpDate, refusalOf } from './answer-head.ts';
import type { EdgeContext } from './edge-options.ts';
import { type ExchangeOwner, FastExchange } from './fast-exchange.ts';
import { readPlainHead } from './plain-head.ts';
import { RequestBody } from './request-body.ts';

export interface FastContext extends EdgeContext {
  readonly deadlines: Deadlines;
  readonly date: HttpDate;
  /** Answers that begin now say that their connection ends. */
  readonly isDraining: () => boolean;
  /** Connections end with their present exchange, whatever its answer said. */
  readonly isStopping: () => boolean;
  /** Gives the connection to the general parser; what was read of it is back in the socket. */
  readonly handOver: (socket: Socket) => void;
  readonly onGone: (connection: FastConnection) => void;
}

/** Bytes that are kept of requests, or of a body, that come before they are wanted. */
const AHEAD_BYTES_MAX = 65_536;
/** How long a client may take to close its side after ours. */
const LINGER_MS = 5_000;

export class FastConnection implements ExchangeOwner, Deadline {
  readonly socket: Socket;
  readonly #context: FastContext;
  atMs: number;
  slot = NO_SLOT;
  #exchange: FastExchange | undefined;
  #body: RequestBody | undefined;
  #ahead: Buffer[] = [];
  #aheadBytes = 0;
  /** As its client or an answer said. */
  #isLast = false;
  #idleSinceMs: number;
  /** The last answer is written: what still comes is dropped. */
  #isClosing = false;
  #isGone = false;

  constructor(socket: Socket, context: FastContext) {
    this.socket = socket;
    this.#context = context;
    this.#idleSinceMs = context.env.clock.monotonic();
    this.atMs = this.#idleSinceMs + context.figures.headMs;
    context.deadlines.add(this);
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
  }

  get date(): HttpDate {
    return this.#context.date;
  }

  announcesEnd(): boolean {
    this.#isLast ||= this.#context.isDraining();
    return this.#isLast;
  }

  /** Ends it when no exchange has been under way for so long. */
  closeIdle(idleMs: number): void {
    if (this.#exchange || this.#isClosing) return;
    if (this.#context.env.clock.monotonic() - this.#idleSinceMs >= idleMs) this.#close(LINGER_MS);
  }

  /** A limit of time has passed. */
  readonly expire = (): void => {
    const isWaitingForBody = this.#body && this.#body.missing > 0 && !this.#exchange?.hasStarted;
    if (this.#isClosing || !isWaitingForBody) {
      this.socket.destroy();
      return;
    }
    this.#exchange?.leave();
    this.socket.write(refusalOf(408, this.#context.newRequestId()), 'latin1');
    this.#close(LINGER_MS);
    this.#context.deadlines.add(this);
  };

  bodyAsked(): void {
    if (!this.#isClosing && this.#aheadBytes <= AHEAD_BYTES_MAX) this.socket.resume();
  }

  answered(): void {
    const body = this.#body;
    if (body && body.missing > 0) {
      // Read to its end and forgotten, so that the answer reaches a client that is still writing.
      body.drop();
      this.atMs = this.#after(this.#context.figures.bodyMs);
      this.socket.resume();
    } else {
      this.#finish();
    }
  }

  #after(ms: number): number {
    return this.#context.env.clock.monotonic() + ms;
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#isClosing) return;
    if (!this.#exchange) {
      this.#begin(bytes);
      return;
    }
    const surplus = this.#pushBody(bytes);
    if (surplus) this.#keep(surplus);
  };

  /** Returns what comes after the body. */
  #pushBody(bytes: Buffer): Buffer | undefined {
    const body = this.#body;
    if (!body || body.missing === 0) return bytes;
    const surplus = body.push(bytes);
    if (body.missing > 0) {
      if (body.unaskedBytes > AHEAD_BYTES_MAX) this.socket.pause();
    } else if (this.#exchange?.hasEnded) {
      if (surplus) this.#keep(surplus);
      this.#finish();
      return undefined;
    } else {
      this.atMs = Number.POSITIVE_INFINITY;
    }
    return surplus;
  }

  #keep(bytes: Buffer): void {
    this.#ahead.push(bytes);
    this.#aheadBytes += bytes.length;
    if (this.#aheadBytes > AHEAD_BYTES_MAX) this.socket.pause();
  }

  #begin(bytes: Buffer): void {
    const head = readPlainHead(bytes);
    if (!head || !this.#context.isPlain(head.method, head.target)) {
      this.#handOver(bytes);
      return;
    }
    const body = new RequestBody(head.bodyBytes);
    this.#isLast = head.isLast;
    this.#body = body;
    const { method, target, rawHeaders } = head;
    const exchange = new FastExchange({ method, target, httpVersion: '1.1', rawHeaders }, body, this);
    this.#exchange = exchange;
    this.atMs = head.bodyBytes > 0 ? this.#after(this.#context.figures.bodyMs) : Number.POSITIVE_INFINITY;
    if (head.end < bytes.length) this.#onData(bytes.subarray(head.end));
    this.#context.handle(exchange);
  }

  /** The answer is written and the body is read: the next request, or the end. */
  #finish(): void {
    this.#exchange = undefined;
    this.#body = undefined;
    this.#idleSinceMs = this.#context.env.clock.monotonic();
    const { figures } = this.#context;
    // A client that was told that the connection stays may be sending on it already.
    if (this.#isLast || this.#context.isStopping()) {
      this.#close(figures.inactivityMs);
    } else if (this.socket.writableNeedDrain) {
      // It does not read its answers: its next request waits.
      this.atMs = this.#after(figures.inactivityMs);
    } else {
      this.#next();
    }
  }

  #next(): void {
    this.atMs = this.#idleSinceMs + this.#context.figures.keepAliveMs;
    if (this.#aheadBytes > 0) setImmediate(beginOf, this);
  }

  /** @internal Begins with what came ahead. */
  beginNext(): void {
    if (this.#exchange || this.#isClosing || this.#isGone || this.#aheadBytes === 0) return;
    const bytes = this.#takeAhead();
    this.socket.resume();
    this.#begin(bytes);
  }

  #takeAhead(): Buffer {
    const [first] = this.#ahead;
    const bytes = this.#ahead.length === 1 && first ? first : Buffer.concat(this.#ahead, this.#aheadBytes);
    this.#ahead = [];
    this.#aheadBytes = 0;
    return bytes;
  }

  /** Nothing more is said here; `limitMs` is how long the client may take to hear what was said. */
  #close(limitMs: number): void {
    this.#isClosing = true;
    this.#ahead = [];
    this.atMs = this.#after(limitMs);
    this.socket.end(() => {
      this.atMs = Math.min(this.atMs, this.#after(LINGER_MS));
    });
    // Until the client has closed too: to close on bytes unread would reset the answer away.
    this.socket.resume();
  }

  #handOver(bytes: Buffer): void {
    const { socket } = this;
    this.#forget();
    socket.off('data', this.#onData);
    socket.off('drain', this.#onDrain);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    socket.off('error', ignore);
    // Paused, so that the next parser begins with these bytes and not with later ones.
    socket.pause();
    socket.unshift(bytes);
    this.#context.handOver(socket);
    socket.resume();
  }

  readonly #onDrain = (): void => {
    if (this.#exchange) this.#exchange.drained();
    else if (!this.#isClosing) this.#next();
  };

  readonly #onEnd = (): void => {
    const exchange = this.#exchange;
    if (exchange && !exchange.hasEnded) {
      exchange.leave();
      this.socket.destroy();
    } else if (!this.#isClosing) {
      this.#close(this.#context.figures.inactivityMs);
    }
  };

  readonly #onClose = (): void => {
    this.#forget();
    this.#exchange?.leave();
    this.#ahead = [];
  };

  #forget(): void {
    this.#isGone = true;
    this.#context.deadlines.remove(this);
    this.#context.onGone(this);
  }
}

function beginOf(connection: FastConnection): void {
  connection.beginNext();
}

function ignore(): void {
  // The error of a broken connection says no more than its close, which follows.
}
