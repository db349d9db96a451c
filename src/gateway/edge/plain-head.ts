/**
 * Reads the head of a request in its plain form, in which there is nothing to interpret: what it takes, every HTTP
 * parser takes in the same way. Whatever is not plain is not judged here but left to the general parser.
 */
import { HEAD_BYTES_MAX } from './edge-options.ts';

export interface PlainHead {
  readonly method: string;
  readonly target: string;
  /** Names, in small letters, and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly bodyBytes: number;
  /** The client wants no further request on this connection. */
  readonly isLast: boolean;
  /** Where the body begins. */
  readonly end: number;
}

const BLANK_LINE = Buffer.from('\r\n\r\n');
/** One space between the words, at most one after a colon, none at the end, no control and no byte above ASCII. */
const PLAIN =
  /^(?:GET|POST) \/[A-Za-z0-9/._-]* HTTP\/1\.1\r\n(?:[A-Za-z0-9-]+: ?[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\r\n)+$/;
const VERSION_LENGTH = ' HTTP/1.1'.length;
const LENGTH = /^(?:0|[1-9]\d{0,9})$/;
/** Headers that change how the message is read or what the connection becomes. */
const NOT_PLAIN = new Set(['transfer-encoding', 'upgrade', 'expect', 'proxy-connection', 'trailer']);

/** Undefined when the head is not plain, or not whole yet. */
export function readPlainHead(bytes: Buffer): PlainHead | undefined {
  const blank = bytes.indexOf(BLANK_LINE);
  if (blank < 0 || blank + 4 > HEAD_BYTES_MAX) return undefined;
  const text = bytes.toString('latin1', 0, blank + 2);
  if (!PLAIN.test(text)) return undefined;
  const firstEnd = text.indexOf('\r\n');
  const space = text.indexOf(' ');
  const framing = new Framing();
  const rawHeaders: string[] = [];
  for (let at = firstEnd + 2; at < text.length; ) {
    const lineEnd = text.indexOf('\r\n', at);
    const colon = text.indexOf(':', at);
    // Every reader compares them so; done once, it is free for all of them.
    const name = text.slice(at, colon).toLowerCase();
    const value = text.slice(text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1, lineEnd);
    if (!framing.take(name, value)) return undefined;
    rawHeaders.push(name, value);
    at = lineEnd + 2;
  }
  const method = text.slice(0, space);
  if (framing.hosts !== 1 || (method === 'POST') !== framing.length >= 0) return undefined;
  return {
    method,
    target: text.slice(space + 1, firstEnd - VERSION_LENGTH),
    rawHeaders,
    bodyBytes: Math.max(0, framing.length),
    isLast: framing.isLast,
    end: blank + 4,
  };
}

/** What the headers say about where the message ends and what comes after it. */
class Framing {
  hosts = 0;
  /** Negative: no length was given. */
  length = -1;
  isLast = false;

  /** False: with this header the message is not plain. */
  take(name: string, value: string): boolean {
    switch (name) {
      case 'host':
        this.hosts++;
        return true;
      case 'content-length':
        if (this.length >= 0 || !LENGTH.test(value)) return false;
        this.length = Number(value);
        return true;
      case 'connection':
        return this.#takeConnection(value.toLowerCase());
      default:
        return !NOT_PLAIN.has(name);
    }
  }

  #takeConnection(value: string): boolean {
    if (value === 'close') this.isLast = true;
    return value === 'close' || (value === 'keep-alive' && !this.isLast);
  }
}
