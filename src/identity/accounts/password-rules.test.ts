import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '#kernel/errors.ts';
import { Secret } from '#kernel/secret.ts';
import { checkNewPassword } from './password-rules.ts';

const OWNER = { username: 'ada.lovelace', email: 'ada@analytical.example' };
const isTaken = (text: string) => {
  try {
    checkNewPassword(new Secret(text), OWNER, 'password');
    return true;
  } catch (error) {
    assert(error instanceof AppError && error.code === 'request.invalid');
    assert(!JSON.stringify(error.details).includes(text), 'the password is not repeated');
    return false;
  }
};

test('what everybody tries first, and what is known of the owner, is refused', () => {
  const weak = [
    'password1234',
    'Password-1234',
    'passwordpassword',
    '123456789012',
    '098765432109',
    'qwertyuiop12',
    'QwertyUiop[]',
    'azertyuiop123',
    'aaaaaaaaaaaa',
    'abababababab',
    'abc1abc1abc1',
    'abcdefghijkl',
    'ada.lovelace-1843',
    'x-Ada.Lovelace-x',
    'ada@analytical.example',
    'adaadaadaada',
    'motdepasse2026',
    'administrator1',
  ];
  assert.deepEqual(weak.filter(isTaken), []);
});

test('a few words are enough, with spaces, accents or other scripts', () => {
  const fine = [
    'three blind little mice',
    'été-hiver-été-22',
    'пароль из слов',
    'Tr0ub4dor&3xyz',
    'my dog ate ada cake',
  ];
  assert.deepEqual(
    fine.filter((text) => !isTaken(text)),
    [],
  );
});
