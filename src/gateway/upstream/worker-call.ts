import { type AnswerReader, type UpstreamAnswer, type UpstreamCall, UpstreamError } from '../upstream.ts';
import type { AnswerHead } from './answer-head.ts';
import { AnswerParser, type AnswerSink } from './answer-parser.ts';

/** What a call needs of the connection that it is on. */
export interface CallConnection {
  pause(): void;
  resume(): void;
  /** The answer is whole; `isKept`: another call may follow. */
  release(isKept: boolean, keptMs: number | undefined): void;
  destroy(): void;
}

/** One request and its answer. The answer waits until somebody reads it. */
export class WorkerCall implements UpstreamCall, UpstreamAnswer, AnswerSink {
  readonly head: string;
  readonly body: Buffer;
  readonly answer: Promise<UpstreamAnswer>;
  status = 0;
  contentType: string | undefined;
  agentError: string | undefined;
  /** It was sent a second time already. */
  isRepeated = false;
  #parser = new AnswerParser(this);
  #connection: CallConnection | undefined;
  readonly #settle: PromiseWithResolvers<UpstreamAnswer>;
  #reader: AnswerReader | undefined;
  #answerHead: AnswerHead | undefined;
  #hasBytes = false;
  #isPaused = false;
  #isConnectionOver: { readonly error: Error | undefined } | undefined;
  #end: { readonly error: UpstreamError | undefined } | undefined;

  constructor(head: string, body: Buffer) {
    this.head = head;
    this.body = body;
    this.#settle = Promise.withResolvers();
    this.answer = this.#settle.promise;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Something of an answer came, so the request was read. */
  get hasBytes(): boolean {
    return this.#hasBytes;
  }

  /** Bytes that came and are not handed on yet. */
  get heldBytes(): number {
    return this.#parser.heldBytes;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  attach(connection: CallConnection): void {
    this.#connection = connection;
    if (this.isOver) connection.destroy();
  }

  cancel(): void {
    if (this.#end) return;
    this.#parser.stop();
    const connection = this.#connection;
    this.#conclude(new UpstreamError(new Error('cancelled by the gateway')));
    connection?.destroy();
  }

  read(reader: AnswerReader): void {
    this.#reader = reader;
    if (this.#end) {
      this.#tell(reader, this.#end.error);
    } else if (!this.#isPaused) {
      this.#release();
      if (!this.#isPaused) this.#connection?.resume();
    }
  }

  pause(): void {
    if (this.#end) return;
    this.#isPaused = true;
    this.#parser.hold();
    this.#connection?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.#end || !this.#reader) return;
    this.#release();
    if (!this.#isPaused) this.#connection?.resume();
  }

  /** Bytes of the worker. */
  take(bytes: Buffer): void {
    this.#hasBytes = true;
    this.#guard(() => this.#parser.push(bytes));
  }

  /** The connection is over: with an error, or closed by the worker. */
  connectionOver(error: Error | undefined): void {
    if (this.#end) return;
    this.#connection = undefined;
    this.#isConnectionOver ??= { error };
    // What came before must be handed on first.
    if (!this.#parser.isHeld || this.#parser.heldBytes === 0) this.#noticeOver();
  }

  onHead(head: AnswerHead): void {
    this.#answerHead = head;
    this.status = head.status;
    this.contentType = head.contentType;
    this.agentError = head.agentError;
    // Held until somebody reads.
    if (!this.#reader) this.#parser.hold();
    this.#settle.resolve(this);
  }

  onPayload(bytes: Buffer): void {
    this.#reader?.onBytes(bytes);
  }

  onWhole(isClean: boolean): void {
    const connection = this.#connection;
    this.#connection = undefined;
    const isKept = isClean && this.#answerHead?.isKept === true;
    connection?.release(isKept, this.#answerHead?.keptMs);
    this.#conclude(undefined);
  }

  #release(): void {
    this.#guard(() => this.#parser.release());
    if (this.#isConnectionOver && !this.#end && !this.#parser.isHeld) this.#noticeOver();
  }

  #noticeOver(): void {
    if (this.#isConnectionOver?.error === undefined && this.#parser.finish()) return;
    const error = this.#isConnectionOver?.error ?? new Error('the worker closed the connection');
    this.#fail(error);
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#end) return;
    this.#parser.stop();
    const connection = this.#connection;
    this.#conclude(new UpstreamError(error));
    connection?.destroy();
  }

  #conclude(error: UpstreamError | undefined): void {
    if (this.#end) return;
    this.#end = { error };
    this.#connection = undefined;
    if (error) this.#settle.reject(error);
    if (this.#reader) this.#tell(this.#reader, error);
  }

  #tell(reader: AnswerReader, error: UpstreamError | undefined): void {
    if (error) reader.onBroken(error);
    else reader.onEnd();
  }
}
