/**
 * The client's side of a WebSocket (RFC 6455) as a stream of bytes: binary messages, no extensions.
 *
 * Where one message ends means nothing here, so nothing is gathered: payload is handed on as it comes. What a correct
 * server would not send ends the connection.
 */
import { Duplex } from 'node:stream';
import type { Random } from '#kernel/env.ts';

const CONTINUATION = 0x0;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const FINAL = 0x80;
const MASKED = 0x80;
const CONTROL_BYTES_MAX = 125;
const MESSAGE_BYTES_MAX = 262_144;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

export class WebSocketStream extends Duplex {
  readonly #socket: Duplex;
  readonly #random: Random;
  /** Bytes that are not a whole frame head or control frame yet. */
  #rest: Buffer | undefined;
  /** Of the present message's payload. */
  #left = 0;
  #isClosing = false;

  /** @param head what came after the answer to the upgrade */
  constructor(socket: Duplex, head: Buffer, random: Random) {
    super({ highWaterMark: 65_536 });
    this.#socket = socket;
    this.#random = random;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => this.#peerGone());
    socket.on('close', () => this.#peerGone());
    socket.on('error', (error) => this.destroy(error));
    if (head.length > 0) this.#take(head);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(BINARY, chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(BINARY, Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#close();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #take(bytes: Buffer): void {
    if (this.destroyed) return;
    let left = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#rest = undefined;
    while (left.length > 0) {
      if (this.#left > 0) {
        const payload = left.subarray(0, this.#left);
        this.#left -= payload.length;
        left = left.subarray(payload.length);
        if (!this.push(payload)) this.#socket.pause();
        continue;
      }
      const read = this.#frame(left);
      if (read < 0) return;
      if (read === 0) {
        this.#rest = left;
        return;
      }
      left = left.subarray(read);
    }
  }

  /** Reads the head of a message, or a whole control frame: how long it was, 0 when it is not whole, -1 at the end. */
  #frame(bytes: Buffer): number {
    const [first = 0, second = 0] = bytes;
    if (bytes.length < 2) return 0;
    const kind = first & 0x0f;
    if ((first & 0x70) !== 0 || (second & MASKED) !== 0) return this.#refuse();
    const short = second & 0x7f;
    if (kind === CLOSE || kind === PING || kind === PONG) {
      if ((first & FINAL) === 0 || short > CONTROL_BYTES_MAX) return this.#refuse();
      if (bytes.length < 2 + short) return 0;
      return this.#control(kind, bytes.subarray(2, 2 + short)) ? 2 + short : -1;
    }
    if (kind !== BINARY && kind !== CONTINUATION) return this.#refuse();
    if (short < LENGTH_16) {
      this.#left = short;
      return 2;
    }
    const size = short === LENGTH_16 ? 4 : 10;
    if (bytes.length < size) return 0;
    const length = short === LENGTH_16 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (!Number.isSafeInteger(length)) return this.#refuse();
    this.#left = length;
    return size;
  }

  #control(kind: number, payload: Buffer): boolean {
    if (kind === PING) this.#send(PONG, payload, () => undefined);
    if (kind !== CLOSE) return true;
    this.#close();
    this.#peerGone();
    return false;
  }

  #refuse(): number {
    this.destroy(new Error('The gateway does not speak WebSocket.'));
    return -1;
  }

  #close(): void {
    if (this.#isClosing || this.destroyed) return;
    this.#isClosing = true;
    this.#send(CLOSE, Buffer.from([0x03, 0xe8]), () => undefined);
    this.#socket.end();
  }

  #peerGone(): void {
    // What is still to be written has nobody to read it.
    this.destroy();
  }

  #send(kind: number, payload: Buffer, done: (error?: Error | null) => void): void {
    if (!this.#socket.writable) {
      done(kind === BINARY ? new Error('The tunnel is closed.') : null);
      return;
    }
    let at = 0;
    do {
      const end = Math.min(payload.length, at + MESSAGE_BYTES_MAX);
      const frame = this.#masked(kind, payload.subarray(at, end));
      at = end;
      if (at < payload.length) this.#socket.write(frame);
      else this.#socket.write(frame, done);
    } while (at < payload.length);
  }

  /** Clients must mask what they send, so that no proxy on the way takes it for something else. */
  #masked(kind: number, payload: Buffer): Buffer {
    const head = payload.length < LENGTH_16 ? 2 : payload.length <= 0xffff ? 4 : 10;
    const frame = Buffer.allocUnsafe(head + 4 + payload.length);
    frame[0] = FINAL | kind;
    if (head === 2) {
      frame[1] = MASKED | payload.length;
    } else if (head === 4) {
      frame[1] = MASKED | LENGTH_16;
      frame.writeUInt16BE(payload.length, 2);
    } else {
      frame[1] = MASKED | LENGTH_64;
      frame.writeBigUInt64BE(BigInt(payload.length), 2);
    }
    const mask = this.#random.bytes(4);
    frame.set(mask, head);
    const begin = head + 4;
    for (let i = 0; i < payload.length; i++) {
      frame[begin + i] = (payload[i] as number) ^ (mask[i & 3] as number);
    }
    return frame;
  }
}
