import type { ApiKey } from '../api/types.ts';
import { eurosTextOf, microsOf } from '../widgets/euros.ts';

export const BUDGET_SPANS = ['day', 'month', 'total'] as const;
export type BudgetSpan = (typeof BUDGET_SPANS)[number];

/** As the form holds it: euros as they were typed; nothing is no budget. */
export type BudgetTexts = Record<BudgetSpan, string>;

export function budgetTextsOf({ budget }: Pick<ApiKey, 'budget'>): BudgetTexts {
  return {
    day: eurosTextOf(budget.day_micros),
    month: eurosTextOf(budget.month_micros),
    total: eurosTextOf(budget.total_micros),
  };
}

export function budgetBodyOf(texts: BudgetTexts): ApiKey['budget'] {
  return {
    day_micros: microsOf(texts.day),
    month_micros: microsOf(texts.month),
    total_micros: microsOf(texts.total),
  };
}

export interface BudgetUse {
  span: BudgetSpan;
  spent: number;
  budget: number;
  /** From 0 to 1. */
  share: number;
}

/** Each budget that there is with what of it is used up, the fullest first. */
export function budgetUses({ budget, spent }: Pick<ApiKey, 'budget' | 'spent'>): BudgetUse[] {
  return BUDGET_SPANS.flatMap((span): BudgetUse[] => {
    const limit = budget[`${span}_micros`];
    if (limit === null) return [];
    const used = spent?.[`${span}_micros`] ?? 0;
    return [{ span, spent: used, budget: limit, share: limit === 0 ? 1 : Math.min(1, used / limit) }];
  }).toSorted((a, b) => b.share - a.share);
}
