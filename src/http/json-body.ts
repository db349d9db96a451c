import { AppError } from '#kernel/errors.ts';

const DEPTH_MAX = 40;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * JSON with one meaning: UTF-8, no key twice, no `__proto__`, no number beyond a double, no text that a database
 * cannot keep, not nested beyond reason.
 * @throws request.malformed
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  refuseAmbiguity(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('request.malformed', { cause: error });
  }
  refuseUnkeepable(value);
  return value;
}

/** @throws request.malformed when any text in the value has a NUL or half a surrogate pair */
export function refuseUnkeepable(value: unknown): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed())
      throw malformed('a text has a character that is not allowed');
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw malformed('a number is too large');
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      refuseUnkeepable(key);
      refuseUnkeepable(inner);
    }
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw new AppError('request.malformed', { publicMessage: 'The body is not UTF-8.', cause: error });
  }
}

/**
 * Looks for what `JSON.parse` would silently decide: of two equal keys the last wins, and depth has no limit.
 * Syntax is left to the parser, so this only needs to know strings, braces and brackets.
 */
function refuseAmbiguity(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(text, at);
      const keys = open.at(-1);
      if (keys && followedByColon(text, end)) noteKey(keys, text.slice(at, end));
      at = end - 1;
    } else if (char === BRACE_OPEN || char === BRACKET_OPEN) {
      if (open.push(char === BRACE_OPEN ? new Set() : null) > DEPTH_MAX)
        throw malformed('it is nested too deeply');
    } else if (char === BRACE_CLOSE || char === BRACKET_CLOSE) {
      open.pop();
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;

/** Index after the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at + 1;
  }
  return text.length;
}

function followedByColon(text: string, from: number): boolean {
  let at = from;
  for (;;) {
    const char = text.charCodeAt(at);
    if (char === COLON) return true;
    if (char !== SPACE && char !== TAB && char !== LINE_FEED && char !== RETURN) return false;
    at++;
  }
}

function noteKey(keys: Set<string>, literal: string): void {
  const key = readKey(literal);
  if (typeof key !== 'string' || key === '__proto__') throw malformed('a key has a name that is not allowed');
  if (keys.has(key)) throw malformed(`the key ${JSON.stringify(key.slice(0, 60))} appears twice`);
  keys.add(key);
}

function readKey(literal: string): unknown {
  // Most keys are what they look like; whatever else is wrong with them the parser of the whole text refuses.
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal);
  } catch (error) {
    throw new AppError('request.malformed', { cause: error });
  }
}

function malformed(what: string): AppError {
  return new AppError('request.malformed', { publicMessage: `The request cannot be read: ${what}.` });
}
