import { finish } from './block-hash.ts';

/**
 * A vector for a text: each token adds to eight places that its hash picks, and the sum is brought to length 1. Texts
 * with the same words so come out near each other, which is all that a test of embeddings can ask.
 */
export function embed(tokens: readonly number[], dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const token of tokens) {
    let hash = finish(token ^ Math.floor(token / 2 ** 32));
    for (let i = 0; i < 8; i++) {
      hash = finish(hash + i + 0x9e3779b9);
      const place = (hash >>> 1) % dimensions;
      vector[place] = (vector[place] ?? 0) + (hash & 1 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

export function encodeEmbedding(vector: Float32Array, format: 'float' | 'base64'): number[] | string {
  return format === 'base64'
    ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
    : [...vector];
}
