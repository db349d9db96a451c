/**
 * One connection to a worker's data port through a tunnel, with the manners of a TCP socket: what is written before it
 * stands waits, one that never stood fails as if it had been refused, and one that is cut never looks ended.
 */
import type { ClientHttp2Stream } from 'node:http2';
import { Duplex } from 'node:stream';

/** As Node names them. */
type SocketFault = 'ECONNREFUSED' | 'ECONNRESET';

export class TunnelConnection extends Duplex {
  /** Until the worker has taken it. */
  connecting = true;
  readonly #stream: ClientHttp2Stream | undefined;
  #hasEnded = false;

  /** @param stream undefined when there is no way to the worker */
  constructor(stream: ClientHttp2Stream | undefined) {
    super({ autoDestroy: true });
    this.#stream = stream;
    this.cork();
    if (!stream) {
      process.nextTick(() => this.#fail('there is no tunnel to the worker'));
      return;
    }
    stream.once('response', (headers) => this.#answered(Number(headers[':status'])));
    stream.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) stream.pause();
    });
    stream.once('end', () => {
      // A stream that was reset ends too; only one that the worker finished is whole.
      this.#hasEnded = !stream.aborted && !stream.destroyed && stream.rstCode === 0;
      if (this.#hasEnded) this.push(null);
    });
    stream.on('error', (error) => this.#fail(error.message));
    stream.once('close', () => {
      if (!this.#hasEnded) this.#fail('the tunnel to the worker was cut');
      else this.destroy();
    });
  }

  override _read(): void {
    this.#stream?.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#stream) this.#stream.write(chunk, encoding, done);
    else done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
    if (this.#stream) this.#stream.write(bytes, done);
    else done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#stream?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const stream = this.#stream;
    // Of a session that is gone nothing can be closed any more.
    if (stream && !stream.destroyed && stream.session?.destroyed === false) stream.close(CANCEL);
    done(error);
  }

  #answered(status: number): void {
    if (this.destroyed) return;
    if (status !== 200) {
      this.#fail(`the worker answered ${status}`);
      return;
    }
    this.connecting = false;
    this.uncork();
    this.emit('connect');
  }

  #fail(message: string): void {
    if (this.destroyed) return;
    const code: SocketFault = this.connecting ? 'ECONNREFUSED' : 'ECONNRESET';
    this.destroy(Object.assign(new Error(message), { code }));
  }
}

/** Of HTTP/2: nobody wants it any more. */
const CANCEL = 0x8;
