/**
 * Chained hashes of the full blocks of a prompt: the hash of a block depends on all tokens up to its end, so equal
 * hashes mean equal prefixes. 53 bits, so that they are ordinary numbers; two prompts collide once in about 10^8
 * million-block caches. Not cryptographic, which a simulation does not need.
 */
export function blockHashes(tokens: readonly number[], blockTokens: number, salt = 0): number[] {
  const hashes: number[] = [];
  let high = (0x9e3779b9 ^ salt) | 0;
  let low = (0x85ebca6b + salt) | 0;
  const end = tokens.length - (tokens.length % blockTokens);
  for (let start = 0; start < end; start += blockTokens) {
    for (let i = start; i < start + blockTokens; i++) {
      const token = tokens[i] ?? 0;
      high = Math.imul(high ^ token, 0xcc9e2d51);
      high = (high << 13) | (high >>> 19);
      // Ids above 2^32 carry their upper bits here; `|` above keeps only the lower ones.
      low = Math.imul((low ^ token) + Math.floor(token / 2 ** 32), 0x1b873593);
      low = (low << 15) | (low >>> 17);
    }
    high = finish(high ^ low);
    low = finish(low + high);
    hashes.push((high >>> 0) * 2 ** 21 + (low & 0x1fffff));
  }
  return hashes;
}

/** A 32-bit hash of a whole token sequence: the seed of everything that is made up for it. */
export function seedOf(tokens: readonly number[], salt = 0): number {
  let hash = 0x2545f491 ^ salt;
  for (const token of tokens)
    hash = Math.imul(hash ^ token ^ Math.floor(token / 2 ** 32), 0x5bd1e995) ^ (hash >>> 15);
  return finish(hash) >>> 0;
}

/** A 32-bit hash of a text, for salts. */
export function saltOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return finish(hash);
}

/** The last rounds of MurmurHash3: every input bit reaches every output bit. */
export function finish(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
