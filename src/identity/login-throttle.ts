/**
 * Slows down guessing. A try counts as failed until it is known to be otherwise, so many at once are counted too; it
 * is counted by the login from one address, by the address, and by the login from everywhere. Each has some failures
 * free; then each failure doubles the wait, up to a limit, so nobody is locked out for good.
 *
 * The last count is for many addresses that guess one password. It does not hold for an address that the account was
 * used from before, and a link by mail sets all counts of a login back: its owner always has a way in.
 *
 * Known and unknown logins are counted alike, as they were typed. Counts are kept in the database: all processes count
 * together, and a restart forgets nothing.
 */

import { isIPv6 } from 'node:net';
import { unaccompanied } from '#database/companion.ts';
import type { Database } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import { hashToken } from '#kernel/token.ts';
import { hasSignedInFrom } from './sessions/session-store.ts';
import { countTry, forgetTries, selectWaitMs, type ThrottleRule, takeTriesBack } from './throttle-store.ts';

/** What is tried: each kind has counts of its own. */
export type TryKind = 'login' | 'password-reset' | 'password' | 'invitation' | 'host-enrolment';

export interface Try {
  readonly kind: TryKind;
  /** What was typed, or who is asking. */
  readonly login: string;
  readonly address: string;
}

const WAITS = { firstMs: 1_000, maxMs: 300_000 };
/** The longest wait for a login that others are guessing. */
const SHARED_WAIT_MAX_MS = 60_000;

/** @throws auth.too_many_attempts */
export async function beginTry(db: Database, what: Try): Promise<void> {
  const isFamiliar = await hasSignedInFrom(db, what.login, what.address);
  const { pair, address, login } = rulesOf(what);
  const rules = isFamiliar ? [pair, address] : [pair, address, login];
  await db.transaction(async (tx) => {
    // Always in this order, so that two tries never wait for each other.
    for (const rule of rules) {
      if (await countTry(tx, rule)) continue;
      const retryAfterMs = await selectWaitMs(tx, rule);
      throw new AppError('auth.too_many_attempts', { retryAfterMs });
    }
  });
}

/** It was right: what was counted against this login from here is forgotten. */
export async function endTryWell(db: Database, what: Try): Promise<void> {
  const { pair, address, login } = rulesOf(what);
  await forgetTries(db, [pair.key]);
  await takeTriesBack(db, [address.key, login.key]);
}

/** It was neither right nor wrong, such as when the database failed. */
export async function takeTryBack(db: Database, what: Try): Promise<void> {
  const { pair, address, login } = rulesOf(what);
  await takeTriesBack(db, [pair.key, address.key, login.key]);
}

/** The owner of these logins has proved to be it in another way. */
export async function forgiveLogins(db: Database, logins: readonly string[], address: string): Promise<void> {
  const rules = logins.map((login) => rulesOf({ kind: 'login', login, address }));
  await forgetTries(
    db,
    rules.flatMap(({ pair, login }) => [pair.key, login.key]),
  );
}

/** @throws auth.too_many_attempts; what `isWrong` holds of counts as a failure */
export async function throttled<T>(
  db: Database,
  what: Try,
  attempt: () => Promise<T>,
  isWrong: (error: unknown) => boolean,
): Promise<T> {
  // What is counted is no part of what is tried: it stays, also where that fails.
  await unaccompanied(() => beginTry(db, what));
  try {
    const result = await attempt();
    await unaccompanied(() => endTryWell(db, what));
    return result;
  } catch (error) {
    if (!isWrong(error)) await unaccompanied(() => takeTryBack(db, what)).catch(() => undefined);
    throw error;
  }
}

function rulesOf({ kind, login, address }: Try): Record<'pair' | 'address' | 'login', ThrottleRule> {
  const who = login.toLowerCase();
  const where = networkOf(address);
  return {
    pair: { key: keyOf(kind, 'pair', who, where), free: 5, ...WAITS },
    address: { key: keyOf(kind, 'address', where), free: 30, ...WAITS },
    login: { key: keyOf(kind, 'login', who), free: 50, ...WAITS, maxMs: SHARED_WAIT_MAX_MS },
  };
}

function keyOf(...parts: readonly string[]): string {
  return hashToken(parts.join('\n'));
}

/** One customer has a whole /64 of IPv6 addresses to try from. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after]
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':');
}
