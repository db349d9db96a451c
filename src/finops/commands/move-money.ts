/**
 * Money that people move between wallets, and fees of subscriptions. Unlike usage, which has happened and is paid, none
 * of these takes a wallet further down than it may go: the wallets are locked before that is judged.
 */
import { notify } from '#database/channels.ts';
import type { Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { addFee, type FeeCharge } from '../charge-back-store.ts';
import { bookMoves, lockWallets, updateCredit, type WalletMove, type WalletRow } from '../wallet-store.ts';

export interface MoneyOrder {
  /** Names the order: the same one moves money once. */
  readonly ref: string;
  readonly amountMicros: number;
  readonly note: string;
  /** `user:<id>` */
  readonly actor: string;
}

/** Money that came to the platform for an organisation; negative takes back. @throws wallet.empty */
export async function topUpWallet(tx: Transaction, scope: OrgScope, order: MoneyOrder): Promise<void> {
  const wallets = await lockWallets(tx, [scope.orgId]);
  requireFunds(wallets.get(scope.orgId), -order.amountMicros, { withCredit: false });
  await bookMoves(tx, [
    {
      orgId: scope.orgId,
      ref: `top_up:${order.ref}`,
      kind: 'top_up',
      amountMicros: order.amountMicros,
      counterpartyOrgId: null,
      note: order.note,
      createdBy: order.actor,
    },
  ]);
  await announce(tx, [scope.orgId]);
}

/** From one's own wallet to another's; never on credit. @throws wallet.empty, request.invalid */
export async function transferMoney(
  tx: Transaction,
  scope: OrgScope,
  to: OrgScope,
  order: MoneyOrder,
): Promise<void> {
  if (to.orgId === scope.orgId) {
    throw new AppError('request.invalid', { publicMessage: 'Name another organisation than your own.' });
  }
  const wallets = await lockWallets(tx, [scope.orgId, to.orgId]);
  requireFunds(wallets.get(scope.orgId), order.amountMicros, { withCredit: false });
  const shared = { ref: `transfer:${order.ref}`, note: order.note, createdBy: order.actor };
  await bookMoves(tx, [
    {
      ...shared,
      orgId: scope.orgId,
      kind: 'transfer_out',
      amountMicros: -order.amountMicros,
      counterpartyOrgId: to.orgId,
    },
    {
      ...shared,
      orgId: to.orgId,
      kind: 'transfer_in',
      amountMicros: order.amountMicros,
      counterpartyOrgId: scope.orgId,
    },
  ]);
  await announce(tx, [scope.orgId, to.orgId]);
}

/** How far the wallet may go below zero. */
export async function setCredit(
  tx: Transaction,
  scope: OrgScope,
  creditMicros: number | null,
): Promise<void> {
  await lockWallets(tx, [scope.orgId]);
  await updateCredit(tx, scope, creditMicros);
  await announce(tx, [scope.orgId]);
}

/** The fee of a month, named by its period. @throws wallet.empty, and then nothing is booked */
export async function chargeFee(
  tx: Transaction,
  periodId: string,
  fee: FeeCharge,
  actor: string,
): Promise<void> {
  if (fee.feeMicros === 0) return;
  const wallets = await lockWallets(tx, [fee.orgId, fee.providerOrgId]);
  requireFunds(wallets.get(fee.orgId), fee.feeMicros, { withCredit: true });
  const shared = { note: fee.offeringId, createdBy: actor };
  const moves: WalletMove[] = [
    {
      ...shared,
      orgId: fee.orgId,
      ref: `fee:${periodId}`,
      kind: 'fee',
      amountMicros: -fee.feeMicros,
      counterpartyOrgId: fee.providerOrgId,
    },
    {
      ...shared,
      orgId: fee.providerOrgId,
      ref: `income:${periodId}`,
      kind: 'income',
      amountMicros: fee.feeMicros,
      counterpartyOrgId: fee.orgId,
    },
  ];
  if ((await bookMoves(tx, moves)) > 0) await addFee(tx, fee);
  await announce(tx, [fee.orgId, fee.providerOrgId]);
}

function requireFunds(
  wallet: WalletRow | undefined,
  amountMicros: number,
  { withCredit }: { readonly withCredit: boolean },
): void {
  if (!wallet) throw new Error('a wallet that was locked is there');
  if (amountMicros <= 0) return;
  const credit = withCredit ? (wallet.creditMicros ?? Number.POSITIVE_INFINITY) : 0;
  if (wallet.balanceMicros - amountMicros + credit < 0) throw new AppError('wallet.empty');
}

async function announce(tx: Transaction, orgIds: readonly string[]): Promise<void> {
  for (const orgId of orgIds) {
    await emitEvent(tx, { orgId, type: 'wallet.changed', subjectId: orgId, summary: {} });
  }
  await notify(tx, 'routing');
}
