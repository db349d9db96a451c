/**
 * What a new password must not be. Length is what makes guessing hard, so there are no rules about signs in it; but
 * what everybody tries first, and what is known of its owner, is no secret.
 */
import { AppError } from '#kernel/errors.ts';
import type { Secret } from '#kernel/secret.ts';

/** Of those that are long enough, the ones in every list. Compared without case, signs between, and digits at the end. */
const COMMON = new Set([
  'password',
  'passwordpassword',
  'mypassword',
  'newpassword',
  'thisismypassword',
  'administrator',
  'adminadmin',
  'adminadminadmin',
  'rootroot',
  'welcome',
  'welcomewelcome',
  'letmein',
  'letmeinplease',
  'changeme',
  'changemenow',
  'changemeplease',
  'iloveyou',
  'iloveyouiloveyou',
  'trustno',
  'correcthorsebatterystaple',
  'motdepasse',
  'motdepassemotdepasse',
  'monmotdepasse',
  'bonjour',
  'bonjourbonjour',
  'azertyuiop',
  'azertyuiopqsdfghjklm',
  'qwertyuiop',
  'qwertyuiopasdfghjkl',
  'qwertzuiop',
  'qwertyqwerty',
  'azertyazerty',
  'abcabcabcabc',
  'inventivagents',
  'inventiv',
]);
/** Rows that fingers run along. */
const RUNS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  'qwertzuiopasdfghjklyxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn',
];
const NAME_LENGTH_MIN = 4;

/** @throws request.invalid, naming `field` */
export function checkNewPassword(
  password: Secret,
  owner: { readonly username: string; readonly email: string },
  field: string,
): void {
  const message = findWeakness(password.reveal(), owner);
  if (message) throw new AppError('request.invalid', { details: { errors: [{ path: field, message }] } });
}

function findWeakness(
  password: string,
  { username, email }: { readonly username: string; readonly email: string },
): string | undefined {
  const plain = password.toLowerCase();
  const letters = plain.replace(/[^\p{L}\p{N}]/gu, '');
  if (new Set(plain).size < 4) return 'too few different signs: choose several words';
  if (isRepetition(plain)) return 'the same again and again: choose several words';
  if (COMMON.has(letters.replace(/\d+$/, ''))) return 'one of the first that are tried: choose several words';
  if (RUNS.some((run) => isAlong(run, letters))) return 'a row of keys: choose several words';
  const [local = ''] = email.toLowerCase().split('@', 1);
  for (const name of [username.toLowerCase(), email.toLowerCase(), local]) {
    if (name.length < NAME_LENGTH_MIN) {
      if (plain.replaceAll(name, '').length === 0) return 'your name again and again: choose several words';
    } else if (plain.includes(name)) return 'must not contain your user name or your address';
  }
  return undefined;
}

function isRepetition(text: string): boolean {
  return [1, 2, 3, 4].some((length) => {
    const part = text.slice(0, length);
    return part.repeat(Math.ceil(text.length / length)).slice(0, text.length) === text;
  });
}

/** Forwards or backwards along one row, for all of its length. */
function isAlong(run: string, text: string): boolean {
  const doubled = run + run;
  const backwards = [...doubled].reverse().join('');
  return text.length >= 6 && (doubled.includes(text) || backwards.includes(text));
}
