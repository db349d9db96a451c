/**
 * Words to find texts by: without case and accents, each once, as PostgreSQL keeps them in a tsvector. Scripts that do
 * not part their words are taken sign by sign. Its own parser is not asked, so that what is kept and what is looked for
 * are cut alike.
 */
const WORD_CHARS_MAX = 60;
/** A tsvector ends at a megabyte. */
const WORDS_MAX = 10_000;
const SEARCHED_WORDS_MAX = 12;
const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}]+/gu;
const UNPARTED = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

export function wordsOf(text: string): string[] {
  const words = new Set<string>();
  for (const word of cut(text)) {
    words.add(word);
    if (words.size >= WORDS_MAX) break;
  }
  return [...words];
}

/** Each word, or its beginning; undefined when there is nothing to look for. */
export function searchOf(text: string): string | undefined {
  const words = [...new Set(cut(text))].slice(0, SEARCHED_WORDS_MAX);
  // Letters and digits only, so there is nothing to escape.
  return words.length === 0 ? undefined : words.map((word) => `'${word}':*`).join(' & ');
}

function* cut(text: string): Generator<string> {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  for (const [found] of plain.matchAll(WORDS)) {
    if (UNPARTED.test(found)) yield found;
    else yield* piecesOf(found);
  }
}

/** A letter run may hold signs of a script that has no spaces: those stand alone. */
function* piecesOf(run: string): Generator<string> {
  let piece = '';
  for (const sign of run) {
    if (!UNPARTED.test(sign)) {
      piece += sign;
      continue;
    }
    if (piece !== '') yield shorten(piece);
    piece = '';
    yield sign;
  }
  if (piece !== '') yield shorten(piece);
}

function shorten(word: string): string {
  return [...word].slice(0, WORD_CHARS_MAX).join('');
}
