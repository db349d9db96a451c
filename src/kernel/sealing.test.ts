import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { SILENT_LOG } from './log.ts';
import { SealError, type SealedPlace, Sealer } from './sealing.ts';
import { Secret } from './secret.ts';
import { systemEnv } from './system-env.ts';

const { random } = systemEnv(SILENT_LOG);
const PLACE: SealedPlace = { table: 'accounts', orgId: 'org_1', rowId: 'acc_1', column: 'credential' };
const PLAIN = '{"token":"très secret"}';
const keyOf = (letter: string) => new Secret(letter.repeat(43));
const sealer = new Sealer(random, keyOf('a'));

test('what is sealed opens in its place, and twice sealed is never the same text', () => {
  const one = sealer.seal(new Secret(PLAIN), PLACE);
  const two = sealer.seal(new Secret(PLAIN), PLACE);
  assert.notEqual(one, two);
  assert.ok(!one.includes('secret') && !one.includes(Buffer.from(PLAIN).toString('base64url')));
  for (const text of [one, two]) assert.equal(sealer.open(text, PLACE).reveal(), PLAIN);
  assert.equal(new Sealer(random, keyOf('a')).open(one, PLACE).reveal(), PLAIN, 'in another process too');
  assert.equal(inspect(sealer.open(one, PLACE)), '[secret]');
  assert.equal(sealer.open(sealer.seal(new Secret(''), PLACE), PLACE).reveal(), '');
});

test('a sealed text that was moved does not open', () => {
  const sealed = sealer.seal(new Secret(PLAIN), PLACE);
  for (const change of [{ table: 'other' }, { orgId: 'org_2' }, { rowId: 'acc_2' }, { column: 'name' }]) {
    assert.throws(() => sealer.open(sealed, { ...PLACE, ...change }), SealError, JSON.stringify(change));
  }
});

test('one changed character anywhere is noticed, and so is one too many or too few', () => {
  const sealed = sealer.seal(new Secret(PLAIN), PLACE);
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed[at] === 'A' ? 'Q' : 'A';
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
    // The last character of a part may hold bits that mean nothing.
    const isSame = changed.split('.').every((part, index) => {
      const own = sealed.split('.')[index] ?? '';
      return index < 2 ? part === own : Buffer.from(part, 'base64url').equals(Buffer.from(own, 'base64url'));
    });
    if (!isSame) assert.throws(() => sealer.open(changed, PLACE), SealError, `at ${at}`);
  }
  for (const text of ['', 'v1', `${sealed}.x`, sealed.slice(0, -4), 'v1.x.y.z', PLAIN]) {
    assert.throws(() => sealer.open(text, PLACE), SealError, text);
  }
});

test('parts of two sealed texts of one place do not go together', () => {
  const [one, two] = [sealer.seal(new Secret('one'), PLACE), sealer.seal(new Secret('two'), PLACE)];
  const [version, keyId, wrapped] = one.split('.');
  const mixed = [version, keyId, wrapped, two.split('.')[3]].join('.');
  assert.throws(() => sealer.open(mixed, PLACE), SealError);
});

test('while the master key is replaced, the former one opens and the new one seals', () => {
  const both = new Sealer(random, keyOf('b'), keyOf('a'));
  assert.deepEqual(both.keyIds, [new Sealer(random, keyOf('b')).keyId, sealer.keyId]);
  assert.equal(both.open(sealer.seal(new Secret(PLAIN), PLACE), PLACE).reveal(), PLAIN);
  const renewed = both.seal(new Secret(PLAIN), PLACE);
  assert.throws(() => sealer.open(renewed, PLACE), SealError);
  assert.equal(new Sealer(random, keyOf('b')).open(renewed, PLACE).reveal(), PLAIN);
});

test('another master key opens nothing, and is known by its fingerprint', () => {
  const other = new Sealer(random, keyOf('b'));
  assert.notEqual(other.keyId, sealer.keyId);
  const sealed = sealer.seal(new Secret(PLAIN), PLACE);
  assert.throws(() => other.open(sealed, PLACE), /another master key/);
  const renamed = sealed.replace(sealer.keyId, other.keyId);
  assert.throws(() => other.open(renamed, PLACE), SealError);
  assert.throws(() => new Sealer(random, new Secret('short')), SealError);
});
