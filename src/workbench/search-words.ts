/**
 * Words to find texts by: without case and accents, each once, as PostgreSQL keeps them in a tsvector. Scripts that do
 * not part their words are taken sign by sign. Its own parser is not asked, so that what is kept and what is looked for
 * are cut alike.
 */
const WORD_CHARS_MAX = 60;
/** Of a longer text the beginning is found: cutting all of it would hold up everybody else. */
const TEXT_CHARS_MAX = 50_000;
/** A tsvector ends at a megabyte. */
const WORDS_BYTES_MAX = 500_000;
const SEARCHED_WORDS_MAX = 12;
const WORDS = /[\p{L}\p{N}]+/gu;
const UNPARTED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let bytes = 0;
  for (const word of cut(text)) {
    bytes += Buffer.byteLength(word);
    if (bytes > WORDS_BYTES_MAX) break;
    words.push(word);
  }
  return words;
}

/** Each word, or its beginning; undefined when there is nothing to look for. */
export function searchOf(text: string): string | undefined {
  const words = [...cut(text)].slice(0, SEARCHED_WORDS_MAX);
  // Letters and digits only, so there is nothing to escape.
  return words.length === 0 ? undefined : words.map((word) => `'${word}':*`).join(' & ');
}

function cut(text: string): Set<string> {
  const start = text.slice(0, TEXT_CHARS_MAX);
  // Most texts are plain: a tenth of the time.
  if (!NOT_PLAIN.test(start)) return new Set(start.toLowerCase().match(PLAIN_WORDS)?.map(shorten));
  const bare = start.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const runs = bare.match(WORDS) ?? [];
  return new Set((UNPARTED.test(bare) ? runs.flatMap(piecesOf) : runs).map(shorten));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII is meant.
const NOT_PLAIN = /[^\x00-\x7f]/;
const PLAIN_WORDS = /[a-z0-9]+/g;

/** A letter run may hold signs of a script that has no spaces: those stand alone. */
function piecesOf(run: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const sign of run) {
    if (!UNPARTED.test(sign)) {
      piece += sign;
      continue;
    }
    if (piece !== '') pieces.push(piece);
    piece = '';
    pieces.push(sign);
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}

function shorten(word: string): string {
  return word.length <= WORD_CHARS_MAX ? word : [...word].slice(0, WORD_CHARS_MAX).join('');
}
