/**
 * One request and its answer on a FastConnection.
 *
 * What is written within one turn of the event loop goes out together, as one chunk: a read from a worker often holds
 * several events. A length that was announced is kept: an answer that breaks it is cut, because the next answer on the
 * connection would be read as its rest.
 */
import type { Socket } from 'node:net';
import type { EdgeRequest, Exchange } from '../edge.ts';
import { answerHead, type HttpDate } from './answer-head.ts';
import type { RequestBody } from './request-body.ts';

export interface ExchangeOwner {
  readonly socket: Socket;
  readonly date: HttpDate;
  /** True when the answer must say that the connection ends with it; from then on it does. */
  announcesEnd(): boolean;
  /** The body is wanted now. */
  bodyAsked(): void;
  /** The answer is handed over to the socket. */
  answered(): void;
}

/** Up to here one buffer with everything is cheaper than several. */
const JOINED_BYTES_MAX = 16_384;
const LAST_CHUNK = '0\r\n\r\n';

export class FastExchange implements Exchange {
  readonly request: EdgeRequest;
  readonly #owner: ExchangeOwner;
  readonly #body: RequestBody;
  #head = '';
  #hasStarted = false;
  #hasEnded = false;
  #hasClientLeft = false;
  #isChunked = false;
  /** Of an announced length. */
  #bytesLeft = 0;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #isFlushDue = false;
  #isDrainOwed = false;
  #leftListener: (() => void) | undefined;
  #drainListener: (() => void) | undefined;

  constructor(request: EdgeRequest, body: RequestBody, owner: ExchangeOwner) {
    this.request = request;
    this.#body = body;
    this.#owner = owner;
  }

  get hasClientLeft(): boolean {
    return this.#hasClientLeft;
  }

  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  onClientLeft(listener: () => void): void {
    this.#leftListener = listener;
    if (this.#hasClientLeft) listener();
  }

  readBody(bytesMax: number): Promise<Buffer> {
    const body = this.#body.read(bytesMax);
    if (this.#hasClientLeft) this.#body.leave();
    else this.#owner.bodyAsked();
    return body;
  }

  /** What comes this way is small enough to be held. */
  async *bodyParts(bytesMax: number): AsyncGenerator<Buffer> {
    yield await this.readBody(bytesMax);
  }

  start(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#hasStarted) return;
    const { date } = this.#owner;
    const head = answerHead(status, headers, { date: date.text, isLast: this.#owner.announcesEnd() });
    this.#hasStarted = true;
    this.#head = head.text;
    this.#isChunked = head.length === undefined;
    this.#bytesLeft = head.length ?? 0;
    this.#flushSoon();
  }

  write(bytes: Buffer): boolean {
    if (this.#isGone || !this.#hasStarted) return false;
    if (!this.#take(bytes)) return false;
    this.#flushSoon();
    const { writableLength, writableHighWaterMark } = this.#owner.socket;
    if (this.#pendingBytes + writableLength < writableHighWaterMark) return true;
    this.#isDrainOwed = true;
    return false;
  }

  onDrain(listener: () => void): void {
    this.#drainListener = listener;
  }

  end(bytes?: Buffer): void {
    if (this.#isGone) return;
    if (!this.#hasStarted || (bytes && !this.#take(bytes)) || this.#bytesLeft > 0) {
      this.destroy();
      return;
    }
    this.#hasEnded = true;
    this.#flush();
    this.#owner.answered();
  }

  destroy(): void {
    this.#owner.socket.destroy();
  }

  /** The socket has room again. */
  drained(): void {
    if (!this.#isDrainOwed) return;
    this.#isDrainOwed = false;
    this.#drainListener?.();
  }

  /** The connection is gone, or its client is. */
  leave(): void {
    if (this.#hasClientLeft || this.#hasEnded) return;
    this.#hasClientLeft = true;
    this.#pending = [];
    this.#body.leave();
    this.#leftListener?.();
  }

  get #isGone(): boolean {
    return this.#hasEnded || this.#hasClientLeft;
  }

  /** False, and the connection is cut, when this is more than was announced. */
  #take(bytes: Buffer): boolean {
    if (!this.#isChunked) {
      this.#bytesLeft -= bytes.length;
      if (this.#bytesLeft < 0) {
        this.destroy();
        return false;
      }
    }
    if (bytes.length > 0) this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    return true;
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(flushOf, this);
  }

  /** @internal */
  flushNow(): void {
    if (!this.#isFlushDue || this.#isGone) return;
    this.#flush();
  }

  #flush(): void {
    this.#isFlushDue = false;
    const { socket } = this.#owner;
    const payload = this.#pendingBytes;
    const pending = this.#pending;
    let before = this.#head;
    let after = '';
    if (this.#isChunked) {
      if (payload > 0) {
        before += `${payload.toString(16)}\r\n`;
        after = '\r\n';
      }
      if (this.#hasEnded) after += LAST_CHUNK;
    }
    this.#head = '';
    this.#pending = [];
    this.#pendingBytes = 0;
    const hasRoom = writeAll(socket, before, pending, payload, after);
    // The socket tells of room only when its own last write found none.
    if (hasRoom) this.drained();
  }
}

function flushOf(exchange: FastExchange): void {
  exchange.flushNow();
}

function writeAll(socket: Socket, before: string, parts: Buffer[], bytes: number, after: string): boolean {
  const total = before.length + bytes + after.length;
  if (total === 0) return true;
  if (total > JOINED_BYTES_MAX) {
    socket.cork();
    if (before !== '') socket.write(before, 'latin1');
    let hasRoom = true;
    for (const part of parts) hasRoom = socket.write(part);
    if (after !== '') hasRoom = socket.write(after, 'latin1');
    socket.uncork();
    return hasRoom;
  }
  const joined = Buffer.allocUnsafe(total);
  joined.write(before, 0, 'latin1');
  let at = before.length;
  for (const part of parts) {
    part.copy(joined, at);
    at += part.length;
  }
  joined.write(after, at, 'latin1');
  return socket.write(joined);
}
