/**
 * What organisations offer each other, as gateways keep it in memory: a name is resolved to whose workers serve it and
 * under which terms, without asking the database. Times are judged at each request, so a contract ends and a price
 * changes to the moment, also while the database is away.
 */
import { NO_PRICE, type TokenPrice } from '#contracts/token-price.ts';
import type { UsageTerms } from '#contracts/usage.ts';
import type { ModelId, OrgId } from '#kernel/ids.ts';

/** Published now. */
export interface SnapshotOffering {
  readonly id: string;
  readonly providerOrgId: OrgId;
  /** `<slug of the provider>/<code>` */
  readonly name: string;
  readonly modelId: ModelId;
  /** A private one is unknown to whoever may not use it. */
  readonly isPrivate: boolean;
}

export interface PriceVersion {
  readonly termsId: string;
  readonly fromMs: number;
  readonly price: TokenPrice;
}

/** Tokens of a trial or of a paid month. */
export interface Allowance {
  readonly id: string;
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly tokens: number;
  readonly used: number;
}

export interface SnapshotEntitlement {
  readonly id: string;
  /** Who may use it. */
  readonly orgId: OrgId;
  readonly offeringId: string;
  readonly source: 'free' | 'per_token' | 'trial' | 'subscription' | 'contract';
  readonly contractId: string | null;
  readonly fromMs: number;
  readonly untilMs: number | null;
  /** Of its contract, else of the list; today's and those to come. */
  readonly prices: readonly PriceVersion[];
  readonly allowances: readonly Allowance[];
}

export interface SnapshotWallet {
  readonly orgId: OrgId;
  readonly balanceMicros: number;
  /** How far it may go below zero; null is no limit. */
  readonly creditMicros: number | null;
}

export interface MarketRows {
  readonly offerings: readonly SnapshotOffering[];
  readonly entitlements: readonly SnapshotEntitlement[];
  readonly wallets: readonly SnapshotWallet[];
}

export const NO_MARKET: MarketRows = { offerings: [], entitlements: [], wallets: [] };

export type Resolved =
  | { readonly kind: 'unknown' }
  /** The caller's own. */
  | { readonly kind: 'own'; readonly offering: SnapshotOffering }
  | {
      readonly kind: 'usable';
      readonly offering: SnapshotOffering;
      readonly terms: UsageTerms;
      /** Tokens that are paid for or given already; without any the wallet pays what is not free. */
      readonly allowanceLeft: number;
    }
  | { readonly kind: Refusal; readonly offering: SnapshotOffering };
export type Refusal = 'not_entitled' | 'allowance_used' | 'subscription_unpaid';

const EMPTY_WALLET = { balanceMicros: 0, creditMicros: 0 };

export class Market {
  readonly #offeringsByName: ReadonlyMap<string, SnapshotOffering>;
  readonly #offeringsById: ReadonlyMap<string, SnapshotOffering>;
  readonly #entitlements: ReadonlyMap<string, readonly SnapshotEntitlement[]>;
  readonly #wallets: ReadonlyMap<string, SnapshotWallet>;

  constructor({ offerings, entitlements, wallets }: MarketRows) {
    this.#offeringsByName = new Map(offerings.map((offering) => [offering.name, offering]));
    this.#offeringsById = new Map(offerings.map((offering) => [offering.id, offering]));
    this.#entitlements = Map.groupBy(entitlements, ({ orgId }) => orgId);
    this.#wallets = new Map(wallets.map((wallet) => [wallet.orgId, wallet]));
  }

  /** What a name means for an organisation at this moment. */
  resolve(orgId: OrgId, name: string, nowMs: number): Resolved {
    const offering = this.#offeringsByName.get(name);
    if (!offering) return { kind: 'unknown' };
    if (offering.providerOrgId === orgId) return { kind: 'own', offering };
    const entitlement = this.#entitlements
      .get(orgId)
      ?.find((one) => one.offeringId === offering.id && isDuring(one, nowMs));
    if (entitlement) return termsOf(entitlement, offering, nowMs);
    return offering.isPrivate ? { kind: 'unknown' } : { kind: 'not_entitled', offering };
  }

  /** What an organisation may use of others now, by name. */
  usableBy(orgId: OrgId, nowMs: number): readonly SnapshotOffering[] {
    const entitled = this.#entitlements.get(orgId) ?? [];
    const found = entitled.flatMap(({ offeringId }) => {
      const offering = this.#offeringsById.get(offeringId);
      const isUsable = offering && this.resolve(orgId, offering.name, nowMs).kind === 'usable';
      return isUsable ? [offering] : [];
    });
    return [...new Set(found)].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  walletOf(orgId: OrgId): Omit<SnapshotWallet, 'orgId'> {
    return this.#wallets.get(orgId) ?? EMPTY_WALLET;
  }
}

function termsOf(entitlement: SnapshotEntitlement, offering: SnapshotOffering, nowMs: number): Resolved {
  const version = priceAt(entitlement, nowMs);
  const allowance = entitlement.allowances.find((one) => isDuring(one, nowMs));
  const allowanceLeft = allowance ? Math.max(0, allowance.tokens - allowance.used) : 0;
  switch (entitlement.source) {
    case 'contract':
    case 'per_token':
      if (!version) return { kind: 'not_entitled', offering };
      break;
    case 'trial':
      if (allowanceLeft === 0) return { kind: 'allowance_used', offering };
      break;
    case 'subscription':
      if (!allowance) return { kind: 'subscription_unpaid', offering };
      if (allowanceLeft === 0 && !version) return { kind: 'allowance_used', offering };
      break;
    case 'free':
      break;
  }
  const terms: UsageTerms = {
    provider_org_id: offering.providerOrgId,
    offering_id: offering.id,
    entitlement_id: entitlement.id,
    contract_id: entitlement.contractId,
    terms_id: version?.termsId ?? null,
    price: version?.price ?? NO_PRICE,
    allowance: allowance ? { id: allowance.id, tokens: allowance.tokens } : null,
  };
  return { kind: 'usable', offering, terms, allowanceLeft };
}

/** What is free or tried has no price, whatever the list says. */
function priceAt({ source, prices }: SnapshotEntitlement, nowMs: number): PriceVersion | undefined {
  if (source === 'free' || source === 'trial') return undefined;
  return prices.findLast(({ fromMs }) => fromMs <= nowMs);
}

function isDuring(
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number | null },
  nowMs: number,
): boolean {
  return fromMs <= nowMs && (untilMs === null || nowMs < untilMs);
}
