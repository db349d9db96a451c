/**
 * Finds, replaces and removes one top-level member in the text of a JSON object without touching any other byte, so
 * that key order, number forms and escapes stay as their author wrote them. The text must be valid JSON (it was parsed
 * before, or an engine wrote it) and may be decoded as latin1: structure is ASCII, other bytes are carried along.
 */
export interface Member {
  /** Position of the first quote of the key. */
  readonly start: number;
  readonly valueStart: number;
  /** Position after the value. */
  readonly valueEnd: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The member of this name of the object that begins at `from`; of several the last, as JSON.parse takes it. */
export function findMember(text: string, name: string, from = 0): Member | undefined {
  let at = skipSpace(text, from);
  if (text.charCodeAt(at) !== OPEN_BRACE) return undefined;
  let found: Member | undefined;
  at = skipSpace(text, at + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const start = at;
    const keyEnd = skipString(text, at);
    at = skipSpace(text, keyEnd);
    if (text.charCodeAt(at) !== COLON) return undefined;
    const valueStart = skipSpace(text, at + 1);
    const valueEnd = skipValue(text, valueStart);
    if (valueEnd <= valueStart) return undefined;
    if (isKey(text, start, keyEnd, name)) found = { start, valueStart, valueEnd };
    at = skipSpace(text, valueEnd);
    if (text.charCodeAt(at) !== COMMA) break;
    at = skipSpace(text, at + 1);
  }
  return found;
}

export function replaceValue(text: string, member: Member, value: string): string {
  return text.slice(0, member.valueStart) + value + text.slice(member.valueEnd);
}

/** Removes the member together with the comma that parted it from its neighbour. */
export function removeMember(text: string, member: Member): string {
  const before = skipSpaceBack(text, member.start - 1);
  if (text.charCodeAt(before) === COMMA) return text.slice(0, before) + text.slice(member.valueEnd);
  const after = skipSpace(text, member.valueEnd);
  if (text.charCodeAt(after) !== COMMA) return text.slice(0, member.start) + text.slice(member.valueEnd);
  return text.slice(0, member.start) + text.slice(skipSpace(text, after + 1));
}

/** Puts a member first; the object must have another one already. */
export function insertFirst(text: string, name: string, value: string): string {
  const brace = text.indexOf('{');
  return `${text.slice(0, brace + 1)}${JSON.stringify(name)}:${value},${text.slice(brace + 1)}`;
}

function isKey(text: string, start: number, end: number, name: string): boolean {
  if (text.startsWith(name, start + 1) && end - start === name.length + 2) return true;
  const raw = text.slice(start, end);
  // A key may be written with escapes; a parser would see the same name.
  return raw.includes('\\') && unescaped(raw) === name;
}

function unescaped(raw: string): string | undefined {
  try {
    return JSON.parse(raw) as string;
  } catch {
    return undefined;
  }
}

/** Position after the string that begins at `at`. */
function skipString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
  return slashes % 2 === 1;
}

function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return skipString(text, at);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(text, at);
  let end = at;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || code <= 0x20) break;
    end++;
  }
  return end;
}

function skipNested(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = skipString(text, at);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at + 1;
    }
    at++;
  }
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at++;
  return at;
}

function skipSpaceBack(text: string, from: number): number {
  let at = from;
  while (at >= 0 && text.charCodeAt(at) <= 0x20) at--;
  return at;
}
