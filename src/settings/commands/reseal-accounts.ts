/**
 * Seals with the present master key what a former one sealed. Each account by itself, so that a run that dies anywhere
 * is continued by the next one; meanwhile both keys open.
 */
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { SealError, type Sealer } from '#kernel/sealing.ts';
import { placeOf } from '../account-directory.ts';
import { replaceSealed, type SealedAccount, selectSealedOtherwise } from '../account-store.ts';

/** @returns how many accounts were sealed anew */
export async function resealAccounts(env: Env, db: Database, sealer: Sealer): Promise<number> {
  const accounts = await selectSealedOtherwise(db, sealer.keyId);
  let count = 0;
  for (const account of accounts) {
    const text = resealed(env, sealer, account);
    if (text === undefined) continue;
    await env.crashPoint('reseal-accounts.commit');
    await replaceSealed(db, account, { text, keyId: sealer.keyId });
    count += 1;
  }
  return count;
}

/** One that does not open keeps nobody from starting; whoever uses it is told. */
function resealed(env: Env, sealer: Sealer, account: SealedAccount): string | undefined {
  const place = placeOf(account);
  try {
    return sealer.seal(sealer.open(account.credential, place), place);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    env.log.error({ account_id: account.id, error: error.message }, 'a provider credential cannot be opened');
    return undefined;
  }
}
