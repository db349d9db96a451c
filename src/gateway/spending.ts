/**
 * What was spent since the balances in the snapshot were read, so that no wallet is overdrawn and no allowance overrun
 * while the charges are on their way: in the journal, in a shipment, or waiting for a database that is away.
 *
 * A request that costs something holds what it is expected to cost until it ends; then what it really cost stays on
 * the books until the snapshot knows. A reading that was under way when a shipment was answered may not have seen it:
 * the charge is forgotten at the second reading after it. So this gateway can overdraw a wallet only by as much as
 * requests that are open cost more than expected. Other gateways hold for themselves.
 */
import type { JsonRows } from '#contracts/json-rows.ts';
import { chargeOfTokens, isFree } from '#contracts/token-price.ts';
import { hasTerms, type UsageRecord } from '#contracts/usage.ts';
import { chargeOf } from '#finops/charge.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import { requestIdOf } from './send-rows.ts';
import type { ServedModel } from './served-model.ts';

export interface Hold {
  /** The request is over; without usage when it never came to be counted. */
  release(usage: UsageRecord | undefined): void;
}

interface Expected {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Micro-euros of an organisation's wallet, or tokens of an allowance. */
interface Spent {
  readonly account: string;
  readonly amount: number;
}

interface ShippedSpent extends Spent {
  /** Readings of the snapshot when it was shipped. */
  readonly reading: number;
}

const NO_HOLD: Hold = { release() {} };
const READINGS = 2;

export class Spending {
  readonly #snapshot: Pick<SnapshotKeeper, 'current' | 'onChange'>;
  readonly #pending = new Map<string, number>();
  /** Of requests that this process closed and that are not shipped. */
  readonly #unshipped = new Map<string, Spent>();
  #shipped: ShippedSpent[] = [];
  #reading = 0;

  constructor(snapshot: Pick<SnapshotKeeper, 'current' | 'onChange'>) {
    this.#snapshot = snapshot;
    snapshot.onChange(() => this.#forgetKnown());
  }

  /** Spent or held, and unknown to the snapshot. */
  pending(account: string): number {
    return this.#pending.get(account) ?? 0;
  }

  /** @throws wallet.empty, offering.allowance_used */
  hold(
    orgId: OrgId,
    { terms, allowanceLeft = 0 }: Pick<ServedModel, 'terms' | 'allowanceLeft'>,
    expected: Expected,
  ): Hold {
    if (!terms) return NO_HOLD;
    const { allowance, price } = terms;
    if (allowance && allowanceLeft > this.pending(allowance.id)) {
      const tokens = Math.ceil(expected.inputTokens + expected.outputTokens);
      return this.#hold({ account: allowance.id, amount: tokens }, tokensOf);
    }
    if (isFree(price)) {
      if (allowance) throw new AppError('offering.allowance_used', { details: { param: 'model' } });
      return NO_HOLD;
    }
    const micros = chargeOfTokens(
      {
        prompt_tokens: Math.ceil(expected.inputTokens),
        completion_tokens: Math.ceil(expected.outputTokens),
        cached_tokens: 0,
      },
      price,
    );
    this.#requireFunds(orgId, micros);
    return this.#hold({ account: orgId, amount: micros }, chargeOf);
  }

  /** The ledger has these. */
  shipped(rows: JsonRows): void {
    if (this.#unshipped.size === 0) return;
    for (const row of rows) {
      const requestId = hasTerms(row) ? requestIdOf(row) : '';
      const spent = this.#unshipped.get(requestId);
      if (!spent) continue;
      this.#unshipped.delete(requestId);
      this.#shipped.push({ ...spent, reading: this.#reading });
    }
  }

  #requireFunds(orgId: OrgId, micros: number): void {
    const { balanceMicros, creditMicros } = this.#snapshot.current.market.walletOf(orgId);
    if (creditMicros === null) return;
    const left = balanceMicros + creditMicros - this.pending(orgId);
    if (left <= 0 || left < micros) throw walletEmpty(left);
  }

  #hold(held: Spent, amountOf: (usage: UsageRecord) => number): Hold {
    this.#add(held.account, held.amount);
    let isHeld = true;
    return {
      release: (usage) => {
        if (!isHeld) return;
        isHeld = false;
        this.#add(held.account, -held.amount);
        const amount = usage ? amountOf(usage) : 0;
        if (!usage || amount === 0) return;
        this.#unshipped.set(usage.request_id, { account: held.account, amount });
        this.#add(held.account, amount);
      },
    };
  }

  #forgetKnown(): void {
    this.#reading++;
    if (this.#shipped.length === 0) return;
    const isKnown = ({ reading }: ShippedSpent) => this.#reading - reading >= READINGS;
    for (const { account, amount } of this.#shipped.filter(isKnown)) this.#add(account, -amount);
    this.#shipped = this.#shipped.filter((spent) => !isKnown(spent));
  }

  #add(account: string, amount: number): void {
    const sum = this.pending(account) + amount;
    if (sum === 0) this.#pending.delete(account);
    else this.#pending.set(account, sum);
  }
}

function tokensOf({ prompt_tokens, completion_tokens, outcome }: UsageRecord): number {
  return outcome === 'upstream_failed' ? 0 : prompt_tokens + completion_tokens;
}

function walletEmpty(leftMicros: number): AppError {
  const rest = (Math.max(0, leftMicros) / 1_000_000).toFixed(6);
  return new AppError('wallet.empty', {
    publicMessage: `The wallet of your organisation does not cover this request: EUR ${rest} are left. An owner or manager has it topped up, see GET /api/v1/wallet; what is topped up counts within seconds.`,
    details: { param: 'model' },
  });
}
