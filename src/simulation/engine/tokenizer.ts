/**
 * A tokenizer without a vocabulary file: a token is a run of letters, digits, other signs or white space with at
 * most one space before it, cut into pieces of at most six bytes. Its id is those bytes as a number, so that every
 * text comes back exactly and any array of ids is a valid prompt. English gets a little over four bytes per token.
 */
export const SPECIAL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;
export const END_OF_TEXT = 0;
export const IM_START = 1;
export const IM_END = 2;

const PIECE_BYTES = 6;
/** Ids of pieces of n bytes start here: those of fewer bytes, and the special ones, come before. */
const FIRST_ID_BY_LENGTH = firstIds();

const SPACE = 0x20;
const BYTE_CLASS = { letter: 0, digit: 1, blank: 2, other: 3 } as const;
const CLASS_BY_BYTE = classes();

export function tokenize(text: string): number[] {
  const bytes = Buffer.from(text, 'utf8');
  const tokens: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    let end = at + 1;
    let kind = CLASS_BY_BYTE[bytes[at] ?? 0];
    if (bytes[at] === SPACE && end < bytes.length && CLASS_BY_BYTE[bytes[end] ?? 0] !== BYTE_CLASS.blank) {
      kind = CLASS_BY_BYTE[bytes[end] ?? 0];
      end++;
    }
    while (end < bytes.length && end - at < PIECE_BYTES && CLASS_BY_BYTE[bytes[end] ?? 0] === kind) {
      // The last blank of a run goes with the word that follows it.
      if (
        kind === BYTE_CLASS.blank &&
        bytes[end] === SPACE &&
        CLASS_BY_BYTE[bytes[end + 1] ?? SPACE] !== BYTE_CLASS.blank
      )
        break;
      end++;
    }
    tokens.push(idOf(bytes, at, end));
    at = end;
  }
  return tokens;
}

export function detokenize(tokens: readonly number[]): string {
  const bytes: number[] = [];
  for (const token of tokens) {
    const special = SPECIAL_TOKENS[token];
    if (special) bytes.push(...Buffer.from(special));
    else appendBytes(bytes, token);
  }
  return Buffer.from(bytes).toString('utf8');
}

/** Whether a number from outside can be an id. */
export function isTokenId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function idOf(bytes: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 256 + (bytes[i] ?? 0);
  return (FIRST_ID_BY_LENGTH[to - from] ?? 0) + value;
}

function appendBytes(bytes: number[], token: number): void {
  let length = PIECE_BYTES;
  while (length > 1 && token < (FIRST_ID_BY_LENGTH[length] ?? 0)) length--;
  const value = token - (FIRST_ID_BY_LENGTH[length] ?? 0);
  for (let i = length - 1; i >= 0; i--) bytes.push(Math.floor(value / 256 ** i) % 256);
}

function firstIds(): number[] {
  const first = [0, SPECIAL_TOKENS.length];
  for (let length = 2; length <= PIECE_BYTES; length++) {
    first.push((first[length - 1] ?? 0) + 256 ** (length - 1));
  }
  return first;
}

/** Bytes of other scripts count as letters: their words are cut like ours. */
function classes(): Uint8Array {
  const table = new Uint8Array(256).fill(BYTE_CLASS.other);
  for (let byte = 0; byte < 256; byte++) {
    const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
    if (letter || byte >= 0x80) table[byte] = BYTE_CLASS.letter;
    else if (byte >= 0x30 && byte <= 0x39) table[byte] = BYTE_CLASS.digit;
    else if (byte <= SPACE) table[byte] = BYTE_CLASS.blank;
  }
  return table;
}
