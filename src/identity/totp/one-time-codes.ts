/**
 * One-time codes of authenticator apps (RFC 6238), as a second proof beside the password. The secret is sealed with
 * the master key and bound to its user. A code counts once, also when it is sent twice at the same moment, and none
 * counts that is older than the last. Recovery codes stand in for a lost device, once each.
 */
import { Secret as OtpSecret, TOTP } from 'otpauth';
import type { Queryable } from '#database/database.ts';
import type { SealedColumn } from '#database/sealed-rows.ts';
import type { Env } from '#kernel/env.ts';
import type { UserId } from '#kernel/ids.ts';
import type { SealedPlace, Sealer } from '#kernel/sealing.ts';
import { Secret } from '#kernel/secret.ts';
import { hashToken } from '#kernel/token.ts';
import { selectTotp, takeRecoveryCode, takeStep } from './totp-store.ts';

const ISSUER = 'Inventiv Agents';
const STEP_SECONDS = 30;
/** A code of the step before or after counts as well: clocks of phones differ. */
const STEPS_AROUND = 1;
const SECRET_BYTES = 20;
const RECOVERY_CODES = 10;
const RECOVERY_BYTES = 10;
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

export const SEALED_TOTP: SealedColumn = {
  table: 'user_totp',
  id: 'user_id',
  column: 'secret',
  key: 'key_id',
};

export interface CodeDeps {
  readonly env: Env;
  readonly sealer: Sealer;
}

export function mintSecret(env: Env): Secret {
  const bytes = Uint8Array.from(env.random.bytes(SECRET_BYTES));
  return new Secret(new OtpSecret({ buffer: bytes.buffer }).base32);
}

/** What an authenticator app reads. */
export function otpauthUri(username: string, secret: Secret): string {
  return totpOf(secret, username).toString();
}

/** Whether codes are asked of this user at the sign-in. */
export async function isTotpOn(db: Queryable, userId: UserId): Promise<boolean> {
  return (await selectTotp(db, userId))?.isConfirmed === true;
}

/** Takes a code of the app; false when it is wrong or was taken before. */
export async function takeAppCode(
  { env, sealer }: CodeDeps,
  db: Queryable,
  userId: UserId,
  code: string,
): Promise<boolean> {
  const row = await selectTotp(db, userId);
  if (!row || !/^\d{6}$/.test(code)) return false;
  const totp = totpOf(sealer.open(row.secret, placeOfTotp(userId)));
  const nowMs = env.clock.now();
  const delta = totp.validate({ token: code, timestamp: nowMs, window: STEPS_AROUND });
  return delta !== null && takeStep(db, userId, Math.floor(nowMs / 1000 / STEP_SECONDS) + delta);
}

/** Takes a code of the app, or a recovery code. */
export async function takeCode(
  deps: CodeDeps,
  db: Queryable,
  userId: UserId,
  code: string,
): Promise<boolean> {
  const plain = code.replace(/[\s-]/g, '').toLowerCase();
  if (/^\d{6}$/.test(plain)) return takeAppCode(deps, db, userId, plain);
  return takeRecoveryCode(db, userId, hashRecoveryCode(userId, plain));
}

/** Ten fresh ones, `xxxx-xxxx-xxxx-xxxx`. */
export function mintRecoveryCodes(env: Env): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    let bits = 0n;
    for (const byte of env.random.bytes(RECOVERY_BYTES)) bits = (bits << 8n) | BigInt(byte);
    const signs = Array.from({ length: 16 }, (_, i) => BASE32[Number((bits >> BigInt(i * 5)) & 31n)]);
    return (signs.join('').match(/.{4}/g) ?? []).join('-');
  });
}

/** 80 random bits need no slow hash. */
export function hashRecoveryCode(userId: UserId, code: string): string {
  return hashToken(`recovery\n${userId}\n${code.replaceAll('-', '')}`);
}

export function placeOfTotp(userId: UserId): SealedPlace {
  return { table: 'user_totp', orgId: '', rowId: userId, column: 'secret' };
}

function totpOf(secret: Secret, label = ''): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: STEP_SECONDS,
    secret: OtpSecret.fromBase32(secret.reveal()),
  });
}
