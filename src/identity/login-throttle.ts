/**
 * Slows down guessing: after some failures the same login from the same address waits, and so does an address that
 * tries many logins. Kept in memory, so a restart forgets it; the cost of a password hash is the second line.
 */
import type { Clock } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';

const FREE_FAILURES_PER_LOGIN = 5;
const FREE_FAILURES_PER_ADDRESS = 30;
const WAIT_FIRST_MS = 1_000;
const WAIT_MAX_MS = 300_000;
const FORGET_AFTER_MS = 900_000;
const ENTRIES_MAX = 20_000;

interface Failures {
  count: number;
  lastAtMs: number;
}

export class LoginThrottle {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts an attempt as failed until it is known to be otherwise, so that many at once are counted too.
   * @throws auth.too_many_attempts
   */
  begin(login: string, address: string): void {
    const waitMs = Math.max(
      this.#waitMs(loginKey(login, address), FREE_FAILURES_PER_LOGIN),
      this.#waitMs(addressKey(address), FREE_FAILURES_PER_ADDRESS),
    );
    if (waitMs > 0) throw new AppError('auth.too_many_attempts', { retryAfterMs: waitMs });
    this.#count(loginKey(login, address));
    this.#count(addressKey(address));
  }

  /** The password was right, or something else than the password failed. */
  pardon(login: string, address: string): void {
    this.#failures.delete(loginKey(login, address));
    const entry = this.#failures.get(addressKey(address));
    if (entry) entry.count = Math.max(0, entry.count - 1);
  }

  #waitMs(key: string, free: number): number {
    const entry = this.#failures.get(key);
    if (!entry || entry.count < free) return 0;
    const waitMs = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** Math.min(entry.count - free, 20));
    return Math.max(0, entry.lastAtMs + waitMs - this.#clock.now());
  }

  #count(key: string): void {
    const nowMs = this.#clock.now();
    const entry = this.#failures.get(key);
    const isOld = entry !== undefined && nowMs - entry.lastAtMs > FORGET_AFTER_MS;
    // Set again at the end of the order, so that the oldest is the first.
    this.#failures.delete(key);
    this.#failures.set(key, { count: (isOld ? 0 : (entry?.count ?? 0)) + 1, lastAtMs: nowMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > ENTRIES_MAX && oldest !== undefined) this.#failures.delete(oldest);
  }
}

function loginKey(login: string, address: string): string {
  return `login ${address} ${login.toLowerCase()}`;
}

function addressKey(address: string): string {
  return `address ${address}`;
}
