/**
 * What an organisation has spent since the balance in the snapshot was read, so that a wallet is not overdrawn while
 * its charges are on their way: in the journal, in a shipment, or in a database that is away.
 *
 * A request that costs something holds what it is expected to cost until it ends; then what it really cost stays on
 * the books until the snapshot knows. A reading that was under way when a shipment was answered may not have seen it:
 * the charge is forgotten at the second reading after it. So a wallet can be overdrawn by this gateway only by as much
 * as requests that are open cost more than expected. Other gateways hold for themselves.
 */
import { chargeOfTokens } from '#contracts/token-price.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import { chargeOf } from '#finops/charge.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import type { ServedModel } from './served-model.ts';

export interface Hold {
  /** The request is over; without usage when it never came to be counted. */
  release(usage: UsageRecord | undefined): void;
}

interface ShippedCharge {
  readonly orgId: string;
  readonly micros: number;
  /** Readings of the snapshot when it was shipped. */
  readonly reading: number;
}

const NO_HOLD: Hold = { release() {} };
const READINGS = 2;

export class Spending {
  readonly #snapshot: Pick<SnapshotKeeper, 'current' | 'onChange'>;
  readonly #byOrg = new Map<string, number>();
  /** Closed by this process and not yet shipped, by request. */
  readonly #unshipped = new Map<string, number>();
  #shipped: ShippedCharge[] = [];
  #reading = 0;

  constructor(snapshot: Pick<SnapshotKeeper, 'current' | 'onChange'>) {
    this.#snapshot = snapshot;
    snapshot.onChange(() => this.#forgetKnown());
  }

  /** Spent or held, and not in the balance of the snapshot. */
  pendingMicros(orgId: string): number {
    return this.#byOrg.get(orgId) ?? 0;
  }

  /** @throws wallet.empty */
  hold(
    orgId: OrgId,
    { terms, isCharged }: Pick<ServedModel, 'terms' | 'isCharged'>,
    expected: { readonly inputTokens: number; readonly outputTokens: number },
  ): Hold {
    if (!terms || !isCharged) return NO_HOLD;
    const micros = chargeOfTokens(
      {
        prompt_tokens: Math.ceil(expected.inputTokens),
        completion_tokens: Math.ceil(expected.outputTokens),
        cached_tokens: 0,
      },
      terms.price,
    );
    const { balanceMicros, creditMicros } = this.#snapshot.current.market.walletOf(orgId);
    if (creditMicros !== null) {
      const left = balanceMicros + creditMicros - this.pendingMicros(orgId);
      if (left <= 0 || left < micros) throw walletEmpty(left);
    }
    this.#add(orgId, micros);
    let isHeld = true;
    return {
      release: (usage) => {
        if (!isHeld) return;
        isHeld = false;
        this.#add(orgId, -micros);
        if (usage) this.#closed(usage);
      },
    };
  }

  /** The ledger has these. */
  shipped(records: readonly UsageRecord[]): void {
    for (const { request_id, org_id } of records) {
      const micros = this.#unshipped.get(request_id);
      if (micros === undefined) continue;
      this.#unshipped.delete(request_id);
      this.#shipped.push({ orgId: org_id, micros, reading: this.#reading });
    }
  }

  #closed(usage: UsageRecord): void {
    const micros = chargeOf(usage);
    if (micros === 0) return;
    this.#unshipped.set(usage.request_id, micros);
    this.#add(usage.org_id, micros);
  }

  #forgetKnown(): void {
    this.#reading++;
    if (this.#shipped.length === 0) return;
    const isKnown = ({ reading }: ShippedCharge) => this.#reading - reading >= READINGS;
    for (const { orgId, micros } of this.#shipped.filter(isKnown)) this.#add(orgId, -micros);
    this.#shipped = this.#shipped.filter((charge) => !isKnown(charge));
  }

  #add(orgId: string, micros: number): void {
    const sum = this.pendingMicros(orgId) + micros;
    if (sum === 0) this.#byOrg.delete(orgId);
    else this.#byOrg.set(orgId, sum);
  }
}

function walletEmpty(leftMicros: number): AppError {
  const rest = (Math.max(0, leftMicros) / 1_000_000).toFixed(6);
  return new AppError('wallet.empty', {
    publicMessage: `The wallet of your organisation does not cover this request: EUR ${rest} are left. An owner or manager has it topped up, see GET /api/v1/wallet; what is topped up counts within seconds.`,
    details: { param: 'model' },
  });
}
