import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { newId } from './ids.ts';
import { Secret } from './secret.ts';
import { deriveToken, hashToken, mintToken, parseToken, sameHash, tokenIdOf } from './token.ts';

const random = { float: () => 0.5, bytes: (length: number) => randomBytes(length) };
const keyId = newId({ clock: { now: () => 1_700_000_000_000, monotonic: () => 0 }, random }, 'apiKey');

test('a minted token is parsed back to its type and id', () => {
  const token = mintToken(random, 'key', tokenIdOf(keyId)).reveal();
  assert.deepEqual(parseToken(token), { type: 'key', id: tokenIdOf(keyId) });
  assert.match(token, /^inv_key_[0-9a-z]{26}_[0-9A-Za-z]{49}$/);
});

test('a token with one character changed is refused before any lookup', () => {
  const token = mintToken(random, 'key', tokenIdOf(keyId)).reveal();
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === 'a' ? 'b' : 'a';
    assert.equal(parseToken(token.slice(0, i) + other + token.slice(i + 1)), undefined, `position ${i}`);
  }
});

test('a derived token repeats for the same binding and differs for any other', () => {
  const key = new Secret('server key');
  const derive = (id: string, bound: string) => deriveToken(key, 'data', id, bound).reveal();
  assert.equal(derive('abcdefgh', '1'), derive('abcdefgh', '1'));
  assert.notEqual(derive('abcdefgh', '1'), derive('abcdefgh', '2'));
  assert.notEqual(derive('abcdefgh', '1'), derive('abcdefgi', '1'));
});

test('hashes are compared by value, and an empty one equals nothing', () => {
  const hash = hashToken('x');
  assert(sameHash(hash, hashToken('x')));
  assert(!sameHash(hash, hashToken('y')));
  assert(!sameHash('', ''));
});

test('a secret does not print itself', () => {
  const secret = new Secret('canary');
  assert.equal(`${secret} ${JSON.stringify({ secret })}`.includes('canary'), false);
});
