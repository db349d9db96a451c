import type { TokenPrice } from '#contracts/token-price.ts';
import type { Queryable } from '#database/database.ts';
import { allowanceUsage, listWallets } from '#finops/market-queries.ts';
import { listInactive } from '#identity/activation/queries.ts';
import type {
  Allowance,
  MarketRows,
  PriceVersion,
  SnapshotEntitlement,
  SnapshotOffering,
} from '#routing/market.ts';
import {
  type MarketEntitlementRow,
  type MarketPeriodRow,
  type MarketPriceRow,
  selectLiveEntitlements,
  selectLivePeriods,
  selectLivePrices,
  selectPublished,
} from './market-store.ts';

/** What organisations offer each other, for the gateways' memory. */
export async function readMarket(db: Queryable): Promise<MarketRows> {
  const [offerings, entitlements, periods] = await Promise.all([
    servedOfferings(db),
    selectLiveEntitlements(db),
    selectLivePeriods(db),
  ]);
  if (entitlements.length === 0) return { offerings, entitlements: [], wallets: [] };
  const trials = entitlements.filter(({ source }) => source === 'trial').map(({ id }) => id);
  const [prices, wallets, used] = await Promise.all([
    selectLivePrices(db, [...new Set(entitlements.map(({ offeringId }) => offeringId))]),
    listWallets(db, [...new Set(entitlements.map(({ orgId }) => orgId))]),
    allowanceUsage(db, [...trials, ...periods.map(({ id }) => id)]),
  ]);
  const lists = Map.groupBy(prices, (price) => listName(price));
  const months = Map.groupBy(periods, ({ entitlementId }) => entitlementId);
  return {
    offerings,
    entitlements: entitlements.map((row): SnapshotEntitlement => {
      const { tokensMax: _, ...entitlement } = row;
      return {
        ...entitlement,
        prices: (lists.get(listName(row)) ?? []).map(toVersion),
        allowances: allowancesOf(row, months.get(row.id) ?? [], used),
      };
    }),
    wallets,
  };
}

/**
 * The one place that decides which offerings are served at all: those that are published, and that both sides of their
 * organisation have activated. Publishing and pricing are such acts; either may be taken back.
 */
async function servedOfferings(db: Queryable): Promise<SnapshotOffering[]> {
  const [published, inactive] = await Promise.all([selectPublished(db), listInactive(db, 'offering')]);
  const held = new Set(inactive.map(({ orgId, id }) => `${orgId} ${id}`));
  return published.filter(({ providerOrgId, id }) => !held.has(`${providerOrgId} ${id}`));
}

function listName({ offeringId, contractId }: Pick<MarketPriceRow, 'offeringId' | 'contractId'>): string {
  return `${offeringId} ${contractId ?? ''}`;
}

function toVersion({ termsId, fromMs, ...price }: MarketPriceRow): PriceVersion {
  const { prompt_micros_per_1k, completion_micros_per_1k, cached_micros_per_1k }: TokenPrice = price;
  return { termsId, fromMs, price: { prompt_micros_per_1k, completion_micros_per_1k, cached_micros_per_1k } };
}

function allowancesOf(
  { id, source, tokensMax, fromMs, untilMs }: MarketEntitlementRow,
  months: readonly MarketPeriodRow[],
  used: ReadonlyMap<string, number>,
): Allowance[] {
  if (source === 'trial') return [{ id, fromMs, untilMs, tokens: tokensMax ?? 0, used: used.get(id) ?? 0 }];
  return months.map(({ entitlementId: _, ...month }) => ({ ...month, used: used.get(month.id) ?? 0 }));
}
