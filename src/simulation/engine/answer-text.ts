import { finish } from './block-hash.ts';

/**
 * What the pretended model says: short plain words in sentences, chosen by a seed, so that the same prompt always
 * gets the same answer. Every piece is exactly one token of our tokenizer.
 */
export const ANSWER_WORDS: readonly string[] = (
  'the a one each our this that some every other small large quick calm clear bright early late first last whole ' +
  'model batch token queue cache block step clock page river stone field cloud light word line note path plan test ' +
  'road tree wind house table paper music water bread glass reads holds takes gives finds keeps turns moves waits ' +
  'stops opens grows makes shows asks says runs fills joins counts under over with from into after near above below ' +
  'and or but then while until often never soon again here there now once more less very quite well fast slow new ' +
  'old long short warm cold deep high low good fine true simple'
)
  .split(' ')
  .filter((word) => word.length <= 5);

/** The text of the `index`-th token of the answer with this seed. */
export function answerToken(seed: number, index: number): string {
  const sentenceTokens = 8 + (seed % 6);
  const position = index % sentenceTokens;
  if (position === sentenceTokens - 1) return '.';
  const word =
    ANSWER_WORDS[(finish(seed + Math.imul(index + 1, 0x9e3779b1)) >>> 0) % ANSWER_WORDS.length] ?? 'the';
  const shown = position === 0 ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  return index === 0 ? shown : ` ${shown}`;
}

/** Length after which the model would end by itself, the end-of-text token included. */
export function naturalLength(seed: number): number {
  return 24 + ((finish(seed ^ 0x3c6ef372) >>> 0) % 200);
}
