/** What is used up, in money: reads. */
import type { UsagePriceView } from '#contracts/usage-prices.ts';
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import {
  ANY_MODEL,
  type SpentRow,
  selectCurrentPrices,
  selectPrices,
  selectSpent,
  selectSpentOfBudgets,
  type UsagePriceRow,
} from './price-store.ts';

/** What gateways keep in memory to hold keys to their budgets. */
export interface Spending {
  readonly spent: readonly SpentRow[];
  readonly prices: readonly UsagePriceRow[];
}

export async function readSpending(db: Queryable): Promise<Spending> {
  const [spent, prices] = await Promise.all([selectSpentOfBudgets(db), selectCurrentPrices(db)]);
  return { spent, prices };
}

/** As the api shows it. */
export async function spentOfKeys(db: Queryable, scope: OrgScope, keyIds: readonly string[]) {
  const rows = await selectSpent(db, scope, keyIds);
  return new Map(
    rows.map((row) => [
      row.keyId,
      { day_micros: row.dayMicros, month_micros: row.monthMicros, total_micros: row.totalMicros },
    ]),
  );
}

/** Those in force and those to come. */
export async function listUsagePrices(db: Queryable, scope: OrgScope): Promise<UsagePriceView[]> {
  const rows = await selectPrices(db, scope);
  return rows.map((row) => ({
    model_id: row.modelId === ANY_MODEL ? null : row.modelId,
    prompt_micros_per_million: row.promptMicros,
    completion_micros_per_million: row.completionMicros,
    cached_micros_per_million: row.cachedMicros,
    from: row.from.toISOString(),
    set_by: row.setBy,
    set_at: row.setAt.toISOString(),
  }));
}
