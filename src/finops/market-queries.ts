import type { WalletView } from '#contracts/wallets.ts';
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type ChargeBackRow, selectChargeBack } from './charge-back-store.ts';
import { selectWallet } from './wallet-store.ts';

export { selectAllowanceUsage as allowanceUsage } from './allowance-store.ts';
export { selectWalletEntries as listWalletEntries, selectWallets as listWallets } from './wallet-store.ts';

/** An organisation that never had money has an empty wallet. */
export async function getWallet(db: Queryable, scope: OrgScope): Promise<WalletView> {
  const wallet = await selectWallet(db, scope);
  const balance = wallet?.balanceMicros ?? 0;
  const credit = wallet ? wallet.creditMicros : 0;
  return {
    currency: 'EUR',
    balance_micros: balance,
    credit_micros: credit,
    can_spend: credit === null || balance + credit > 0,
  };
}

/** Both sides of what organisations owe each other. */
export async function getChargeBack(
  db: Queryable,
  scope: OrgScope,
  window: { readonly from?: Date | undefined; readonly to?: Date | undefined },
) {
  const [consumed, provided] = await Promise.all([
    selectChargeBack(db, scope, 'consumed', window),
    selectChargeBack(db, scope, 'provided', window),
  ]);
  return { currency: 'EUR' as const, consumed: summed(consumed), provided: summed(provided) };
}

function summed(rows: readonly ChargeBackRow[]) {
  return {
    rows,
    requests: rows.reduce((sum, row) => sum + row.requests, 0),
    total_micros: rows.reduce((sum, row) => sum + row.usage_micros + row.fee_micros, 0),
  };
}
