import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

test('the guide tells scanners the form and the checksum of keys', () => {
  const guide = readFileSync(new URL('../../docs/guides/api-keys.md', import.meta.url), 'utf8');
  const [, form = ''] = /^```\n(inv_key_.*)\n```$/m.exec(guide) ?? [];
  const scanner = new RegExp(form, 'g');
  const keys = Array.from({ length: 50 }, () => mintToken(random, 'key', tokenIdOf(keyId)).reveal());
  assert.deepEqual(`export KEY="${keys.join('" # ')}"`.match(scanner), keys);
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  for (const key of keys) {
    const covered = key.slice('inv_'.length, -6);
    let value = createHash('sha256').update(covered).digest().readUInt32BE(0);
    let checksum = '';
    for (let i = 0; i < 6; i++) {
      checksum = digits[value % 62] + checksum;
      value = Math.floor(value / 62);
    }
    assert.equal(key.slice(-6), checksum);
  }
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
