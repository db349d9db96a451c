/**
 * Passes a streamed answer to the client at the pace of the slower side.
 *
 * Nothing is sent before the first byte of the answer, so that a failure until then is a plain HTTP error. The end
 * marker is held back until the usage is in the journal. A stream that ends without its marker is broken, however
 * politely the connection was closed.
 */
import { AppError } from '#kernel/errors.ts';
import type { Exchange } from './edge.ts';
import type { PassingStream } from './event-stream.ts';
import type { AnswerReader, UpstreamAnswer, UpstreamError } from './upstream.ts';

export interface StreamRelayOptions {
  readonly exchange: Exchange;
  readonly answer: UpstreamAnswer;
  readonly events: PassingStream;
  readonly headers: Readonly<Record<string, string>>;
  readonly onFirstByte: () => void;
  /** Bytes moved, so the answer is alive. */
  readonly onProgress: () => void;
  /** The client reads slower than the engine writes; `false` when it caught up. */
  readonly onClientSlow: (isSlow: boolean) => void;
  /** The end marker is here; it goes to the client when this resolves. */
  readonly beforeLast: () => Promise<void>;
}

/** Resolves when the engine closed its answer after the end marker. @throws upstream.broken_stream */
export function relayStream(options: StreamRelayOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    options.answer.read(new StreamRelay(options, resolve, reject));
  });
}

class StreamRelay implements AnswerReader {
  readonly #options: StreamRelayOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #hasStarted = false;
  #isOver = false;
  /** The last bytes are on their way. */
  #ending: Promise<void> | undefined;

  constructor(options: StreamRelayOptions, resolve: () => void, reject: (error: Error) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
    options.exchange.onDrain(() => this.#drained());
  }

  onBytes(bytes: Buffer): void {
    const { exchange, events, headers, answer } = this.#options;
    if (this.#isOver || exchange.hasClientLeft) return;
    const passed = events.push(bytes);
    if (events.isOversized) {
      this.#break(new AppError('upstream.broken_stream'));
      return;
    }
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#options.onFirstByte();
      exchange.start(200, headers);
    }
    this.#options.onProgress();
    if (passed.bytes.length > 0 && !exchange.write(passed.bytes) && !passed.last) {
      answer.pause();
      this.#options.onClientSlow(true);
    }
    if (!passed.last) return;
    this.#isOver = true;
    this.#ending = this.#finish(passed.last);
  }

  onEnd(): void {
    if (this.#isOver) this.#ending?.then(this.#resolve, this.#reject);
    else this.#break(new AppError('upstream.broken_stream'));
  }

  onBroken(error: UpstreamError): void {
    if (this.#isOver) this.#ending?.then(this.#resolve, this.#reject);
    else this.#break(new AppError('upstream.broken_stream', { cause: error }));
  }

  async #finish(last: Buffer): Promise<void> {
    await this.#options.beforeLast();
    this.#options.exchange.end(last);
  }

  #break(error: AppError): void {
    this.#isOver = true;
    this.#reject(error);
  }

  #drained(): void {
    if (this.#isOver) return;
    this.#options.onClientSlow(false);
    this.#options.answer.resume();
  }
}
