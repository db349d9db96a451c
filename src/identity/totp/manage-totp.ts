/**
 * Turns one-time codes on and off. They are on once a code of the app was given back, so nobody locks themselves out
 * with a picture that was not read. Changes end the other sessions of the account.
 */
import { AppError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { type AccountDeps, noteEntry, type Owner, requireProof } from '../accounts/account-rules.ts';
import { selectUser } from '../accounts/user-store.ts';
import { endAllSessions } from '../sessions/end-sessions.ts';
import { renewToken } from '../sessions/open-session.ts';
import {
  hashRecoveryCode,
  isTotpOn,
  mintRecoveryCodes,
  mintSecret,
  otpauthUri,
  placeOfTotp,
  takeAppCode,
} from './one-time-codes.ts';
import { deleteTotp, markConfirmed, replaceRecoveryCodes, upsertTotp } from './totp-store.ts';

/** @throws auth.wrong_password, auth.sign_in_again, totp.already_on */
export async function startTotp(
  deps: AccountDeps,
  owner: Owner,
  password: Secret | undefined,
): Promise<{ readonly secret: string; readonly uri: string }> {
  await requireProof(deps, owner, password);
  const { env, db, sealer } = deps;
  const secret = mintSecret(env);
  return db.transaction(async (tx) => {
    const user = await selectUser(tx, owner.userId);
    if (!user) throw new AppError('auth.required');
    const sealed = sealer.seal(secret, placeOfTotp(owner.userId));
    if (!(await upsertTotp(tx, { userId: owner.userId, secret: sealed }))) {
      throw new AppError('totp.already_on');
    }
    return { secret: secret.reveal(), uri: otpauthUri(user.username, secret) };
  });
}

/** Turns codes on. The recovery codes are in this answer and nowhere else. @throws auth.bad_code, totp.not_on */
export async function confirmTotp(
  deps: AccountDeps,
  owner: Owner,
  code: string,
): Promise<{ readonly recoveryCodes: string[]; readonly token: Secret }> {
  const { env, db } = deps;
  // In a transaction of its own: a code that was seen is taken, whatever comes of the rest.
  if (await isTotpOn(db, owner.userId)) throw new AppError('totp.already_on');
  if (!(await takeAppCode(deps, db, owner.userId, code.replace(/\s/g, ''))))
    throw new AppError('auth.bad_code');
  return db.transaction(async (tx) => {
    if (!(await markConfirmed(tx, owner.userId))) throw new AppError('totp.already_on');
    const recoveryCodes = await giveRecoveryCodes(deps, tx, owner.userId);
    await endAllSessions(tx, owner.userId, owner.sessionId);
    await noteEntry(env, tx, owner, { userId: owner.userId, action: 'totp.on' });
    return { recoveryCodes, token: await renewToken(env, tx, owner.sessionId) };
  });
}

/** The former ones are worth nothing from then on. @throws auth.wrong_password, totp.not_on */
export async function renewRecoveryCodes(
  deps: AccountDeps,
  owner: Owner,
  password: Secret | undefined,
): Promise<string[]> {
  await requireProof(deps, owner, password);
  return deps.db.transaction(async (tx) => {
    if (!(await isTotpOn(tx, owner.userId))) throw new AppError('totp.not_on');
    await noteEntry(deps.env, tx, owner, { userId: owner.userId, action: 'totp.recovery_codes' });
    return giveRecoveryCodes(deps, tx, owner.userId);
  });
}

/** @throws auth.wrong_password, auth.sign_in_again, totp.not_on */
export async function stopTotp(deps: AccountDeps, owner: Owner, password: Secret | undefined): Promise<void> {
  await requireProof(deps, owner, password);
  await deps.db.transaction(async (tx) => {
    if (!(await deleteTotp(tx, owner.userId))) throw new AppError('totp.not_on');
    await endAllSessions(tx, owner.userId, owner.sessionId);
    await noteEntry(deps.env, tx, owner, { userId: owner.userId, action: 'totp.off' });
  });
}

async function giveRecoveryCodes(
  { env }: AccountDeps,
  tx: Parameters<typeof replaceRecoveryCodes>[0],
  userId: UserId,
): Promise<string[]> {
  const codes = mintRecoveryCodes(env);
  await replaceRecoveryCodes(
    tx,
    userId,
    codes.map((code) => hashRecoveryCode(userId, code)),
  );
  return codes;
}
