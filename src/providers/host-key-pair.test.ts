import assert from 'node:assert/strict';
import { test } from 'node:test';
import ssh2 from 'ssh2';
import { type KeyPair, newKeyPair } from './host-key-pair.ts';

test('a pair that no program reads is made again', () => {
  const whole = newKeyPair('of-a-machine');
  const cut = { ...whole, private: whole.private.replace(/^(.+\n.+\n).{4}/, '$1') };
  assert.ok(ssh2.utils.parseKey(cut.private) instanceof Error);
  const made: KeyPair[] = [cut, { ...whole, public: 'ssh-ed25519 AAAA' }, whole];
  assert.equal(
    newKeyPair('of-a-machine', () => made.shift() ?? whole),
    whole,
  );
  assert.equal(made.length, 0);
  assert.match(whole.public, /^ssh-ed25519 \S+ of-a-machine$/);
  assert.throws(() => newKeyPair(undefined, () => cut), /no key pair/);
});
