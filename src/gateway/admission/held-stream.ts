/**
 * A stream whose client asked to wait for a starting model. Once it waits for long, its answer begins: status 200 and
 * a comment now and then, so that no proxy between takes the connection for dead. From then on an error can only be an
 * event of the stream, and no end marker follows it.
 */
import { NO_SLOT } from '#kernel/slot-list.ts';
import type { Deadline, Deadlines } from '../deadlines.ts';
import type { Exchange } from '../edge.ts';

const COMMENT = Buffer.from(': waiting for the model to start\n\n');

/** A whole answer as one event, named where the protocol names its events: all that a begun stream can still take. */
export function asEvent(body: Buffer, name?: string): Buffer {
  const lines = body.toString('utf8').split(/\r?\n/);
  const head = name === undefined ? '' : `event: ${name}\n`;
  return Buffer.from(`${head}${lines.map((line) => `data: ${line}`).join('\n')}\n\n`);
}

export class HeldStream {
  readonly #exchange: Exchange;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #deadlines: Deadlines;
  readonly #nextAtMs: () => number;
  readonly #next: Deadline;
  #isOver = false;

  constructor(
    deadlines: Deadlines,
    stream: {
      readonly exchange: Exchange;
      readonly headers: Readonly<Record<string, string>>;
      readonly nextAtMs: () => number;
    },
  ) {
    this.#exchange = stream.exchange;
    this.#headers = stream.headers;
    this.#deadlines = deadlines;
    this.#nextAtMs = stream.nextAtMs;
    this.#next = { slot: NO_SLOT, atMs: stream.nextAtMs(), expire: () => this.#comment() };
    deadlines.add(this.#next);
  }

  /** It waits no longer. What follows is written by others. */
  end(): void {
    this.#isOver = true;
    this.#deadlines.remove(this.#next);
  }

  #comment(): void {
    if (this.#isOver || this.#exchange.hasClientLeft) return;
    if (!this.#exchange.hasStarted) {
      this.#exchange.start(200, {
        ...this.#headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
      });
    }
    this.#exchange.write(COMMENT);
    this.#next.atMs = this.#nextAtMs();
    this.#deadlines.add(this.#next);
  }
}
