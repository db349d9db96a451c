/**
 * Cuts a worker's bytes into head and payload. Payload is handed on as views of what came, without copying. It can be
 * held at any point; what was not read then waits.
 */
import { type AnswerHead, MalformedAnswerError, readAnswerHead, readHeaderLine } from './answer-head.ts';

export interface AnswerSink {
  onHead(head: AnswerHead): void;
  onPayload(bytes: Buffer): void;
  /** The answer is whole. `isClean`: nothing came after it. */
  onWhole(isClean: boolean): void;
}

const HEAD_BYTES_MAX = 32_768;
const CHUNK_LINE_MAX = 256;
const TRAILER_BYTES_MAX = 8_192;
const INTERIM_MAX = 8;
const CR = 0x0d;
const LF = 0x0a;
const BLANK_LINE = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const BEGINNING = 'HTTP/1.';
const EXTENSION = /^[ \t]*;[\t\x20-\x7e\x80-\xff]*$/;

const EXTENSION_BEGIN = /^[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*\r?)?$/;

type Place = 'head' | 'payload' | 'chunk_size' | 'chunk' | 'chunk_end' | 'trailer' | 'until_close' | 'over';

export class AnswerParser {
  readonly #sink: AnswerSink;
  #place: Place = 'head';
  #rest: Buffer | undefined;
  /** Of a payload of known length, or of the present chunk. */
  #left = 0;
  #interim = 0;
  #trailerBytes = 0;
  #isHeld = false;

  constructor(sink: AnswerSink) {
    this.#sink = sink;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get heldBytes(): number {
    return this.#rest?.length ?? 0;
  }

  hold(): void {
    this.#isHeld = true;
  }

  /** @throws MalformedAnswerError */
  release(): void {
    this.#isHeld = false;
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#read(rest);
  }

  /** Nobody wants the rest. */
  stop(): void {
    this.#place = 'over';
    this.#rest = undefined;
  }

  /** @throws MalformedAnswerError */
  push(bytes: Buffer): void {
    const rest = this.#rest;
    this.#rest = undefined;
    this.#read(rest ? Buffer.concat([rest, bytes]) : bytes);
  }

  /** The worker closed its side. False: in the middle of the answer. */
  finish(): boolean {
    if (this.#place !== 'until_close') return this.#place === 'over';
    this.#place = 'over';
    this.#sink.onWhole(false);
    return true;
  }

  #read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && !this.#isHeld && this.#place !== 'over') {
      const next = this.#step(bytes, at);
      if (next < 0) break;
      at = next;
      if (this.#place === 'payload' && this.#left === 0) this.#conclude(at === bytes.length);
    }
    if (at < bytes.length && this.#place !== 'over') this.#rest = at === 0 ? bytes : bytes.subarray(at);
  }

  /** Reads one piece; returns where the next begins, or -1 when this one is not whole yet. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#place) {
      case 'head':
        return this.#head(bytes, at);
      case 'payload':
      case 'chunk':
        return this.#payload(bytes, at);
      case 'chunk_size':
        return this.#chunkSize(bytes, at);
      case 'chunk_end':
        return this.#chunkEnd(bytes, at);
      case 'trailer':
        return this.#trailer(bytes, at);
      case 'until_close':
        this.#sink.onPayload(at === 0 ? bytes : bytes.subarray(at));
        return bytes.length;
      case 'over':
        return bytes.length;
    }
  }

  #head(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(BLANK_LINE, at);
    if (end < 0) {
      const seen = bytes.toString('latin1', at, Math.min(bytes.length, at + BEGINNING.length));
      if (!BEGINNING.startsWith(seen)) throw new MalformedAnswerError('the worker does not answer in HTTP');
      if (bytes.length - at > HEAD_BYTES_MAX)
        throw new MalformedAnswerError('the head of the answer is too long');
      return -1;
    }
    if (end - at > HEAD_BYTES_MAX) throw new MalformedAnswerError('the head of the answer is too long');
    const head = readAnswerHead(bytes.toString('latin1', at, end));
    const next = end + BLANK_LINE.length;
    if (head.status < 200) {
      if (head.status === 101 || ++this.#interim > INTERIM_MAX) {
        throw new MalformedAnswerError(`the worker answered ${head.status}`);
      }
      return next;
    }
    this.#enter(head.body);
    this.#sink.onHead(head);
    // An empty body is whole with its head, and there may be no further byte to notice it with.
    if (this.#place === 'payload' && this.#left === 0) this.#conclude(next === bytes.length);
    return next;
  }

  #enter(body: AnswerHead['body']): void {
    if (body === 'chunked') this.#place = 'chunk_size';
    else if (body === 'until_close') this.#place = 'until_close';
    else {
      this.#place = 'payload';
      this.#left = body === 'none' ? 0 : body.length;
    }
  }

  #payload(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0 && this.#place === 'chunk') this.#place = 'chunk_end';
    this.#sink.onPayload(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    return end;
  }

  #chunkSize(bytes: Buffer, at: number): number {
    let size = 0;
    let i = at;
    for (; i < bytes.length; i++) {
      const digit = hexDigit(bytes[i] ?? 0);
      if (digit < 0) break;
      size = size * 16 + digit;
      if (i - at >= 8) throw new MalformedAnswerError('a chunk of the answer is too long');
    }
    if (i === bytes.length) return -1;
    if (i === at) throw new MalformedAnswerError('a chunk of the answer has no size');
    const end = bytes[i] === CR ? i : extensionEnd(bytes, i);
    if (end < 0) return -1;
    if (end + 1 === bytes.length) return -1;
    if (bytes[end + 1] !== LF) throw new MalformedAnswerError('the size of a chunk is malformed');
    this.#left = size;
    this.#place = size === 0 ? 'trailer' : 'chunk';
    return end + 2;
  }

  #chunkEnd(bytes: Buffer, at: number): number {
    if (bytes[at] !== CR) throw new MalformedAnswerError('a chunk is longer than its size');
    if (at + 1 === bytes.length) return -1;
    if (bytes[at + 1] !== LF) throw new MalformedAnswerError('a chunk is longer than its size');
    this.#place = 'chunk_size';
    return at + 2;
  }

  #trailer(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_END, at);
    const length = (end < 0 ? bytes.length : end) - at;
    if (this.#trailerBytes + length > TRAILER_BYTES_MAX) {
      throw new MalformedAnswerError('the trailer of the answer is too long');
    }
    if (end < 0) return -1;
    const next = end + LINE_END.length;
    if (length === 0) {
      this.#conclude(next === bytes.length);
      return next;
    }
    this.#trailerBytes += length;
    // Checked and dropped: a trailer means nothing to anybody here.
    readHeaderLine(bytes.toString('latin1', at, end));
    return next;
  }

  #conclude(isClean: boolean): void {
    this.#place = 'over';
    this.#sink.onWhole(isClean);
  }
}

/** Where an extension of a chunk's size ends; -1 when it is not whole yet. Extensions mean nothing to us. */
function extensionEnd(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(LINE_END, at);
  if ((end < 0 ? bytes.length : end) - at > CHUNK_LINE_MAX) {
    throw new MalformedAnswerError('the size of a chunk is malformed');
  }
  const line = bytes.toString('latin1', at, end < 0 ? bytes.length : end);
  const isFine = end < 0 ? EXTENSION_BEGIN.test(line) : EXTENSION.test(line);
  if (!isFine) throw new MalformedAnswerError('the size of a chunk is malformed');
  return end;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
