import type { JsonRows } from '#contracts/json-rows.ts';
import { hasTerms, type UsageRecord, usageRecordSchema } from '#contracts/usage.ts';
import type { Database, Transaction } from '#database/database.ts';
import { lockAllowances, updateAllowances } from '../allowance-store.ts';
import { type ChargedRecord, chargeRecords } from '../charge.ts';
import { type AddedCharge, addToLedger, announceUsage, rowOf, selectKnownRequests } from '../ledger-store.ts';
import { bookMoves, lockWallets, type WalletMove } from '../wallet-store.ts';

/**
 * Takes usage records into the ledger, charges what other organisations served, and moves the money, all in one
 * transaction. Idempotent by request id: a batch whose answer was lost is sent again as it is. `inserted` counts the
 * records that were new. Rows are usage records (`usageRecordSchema`), one JSON object each. Locks are taken in one order by everybody: allowances, ledger and sums, wallets.
 */
export async function recordUsage(db: Database, rows: JsonRows): Promise<{ inserted: number }> {
  if (rows.length === 0) return { inserted: 0 };
  // Only what another organisation served is looked into.
  const [sold, own] = [rows.filter(hasTerms), rows.filter((row) => !hasTerms(row))];
  const records = sold.map((row) => usageRecordSchema.parse(JSON.parse(row)));
  return db.transaction(async (tx) => {
    const chargedRows = (await charged(tx, records)).map(rowOf);
    const { inserted, uses, charges } = await addToLedger(tx, [...own, ...chargedRows]);
    if (charges.length > 0) await book(tx, charges);
    await announceUsage(tx, uses);
    return { inserted };
  });
}

async function charged(tx: Transaction, records: readonly UsageRecord[]): Promise<ChargedRecord[]> {
  const onAllowance = records.flatMap(({ request_id, org_id, terms }) =>
    terms?.allowance ? [{ requestId: request_id, orgId: org_id, allowanceId: terms.allowance.id }] : [],
  );
  if (onAllowance.length === 0) return chargeRecords(records, new Map(), new Set());
  const refs = onAllowance.map(({ orgId, allowanceId }) => ({ orgId, allowanceId }));
  // The lock comes first, so that a shipment of the same records at the same moment is known or not yet begun.
  const book = await lockAllowances(tx, refs);
  const known = await selectKnownRequests(
    tx,
    onAllowance.map(({ requestId }) => requestId),
  );
  const result = chargeRecords(records, book, known);
  await updateAllowances(tx, refs, book);
  return result;
}

/** What one pays is what the other gets. What was used is paid, also past the end of the wallet. */
async function book(tx: Transaction, charges: readonly AddedCharge[]): Promise<void> {
  await lockWallets(
    tx,
    charges.flatMap(({ orgId, providerOrgId }) => [orgId, providerOrgId]),
  );
  const createdBy = 'finops';
  await bookMoves(
    tx,
    charges.flatMap(({ requestId, orgId, providerOrgId, offeringId, chargedMicros }): WalletMove[] => [
      {
        orgId,
        ref: `usage:${requestId}`,
        kind: 'usage',
        amountMicros: -chargedMicros,
        counterpartyOrgId: providerOrgId,
        note: offeringId,
        createdBy,
      },
      {
        orgId: providerOrgId,
        ref: `income:${requestId}`,
        kind: 'income',
        amountMicros: chargedMicros,
        counterpartyOrgId: orgId,
        note: offeringId,
        createdBy,
      },
    ]),
  );
}
