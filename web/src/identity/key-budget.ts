import type { ApiKey } from '../api/types.ts';

const MICROS_PER_EURO = 1_000_000;
const EUROS_MAX = 1_000_000_000;
export const BUDGET_SPANS = ['day', 'month', 'total'] as const;
export type BudgetSpan = (typeof BUDGET_SPANS)[number];

/** As the form holds it: euros as they were typed; nothing is no budget. */
export type BudgetTexts = Record<BudgetSpan, string>;

export function budgetTextsOf({ budget }: Pick<ApiKey, 'budget'>): BudgetTexts {
  const text = (micros: number | null) => (micros === null ? '' : String(micros / MICROS_PER_EURO));
  return { day: text(budget.day_micros), month: text(budget.month_micros), total: text(budget.total_micros) };
}

/** With a decimal point or comma, to the micro-euro. */
export function isEuros(text: string): boolean {
  const trimmed = text.trim();
  return (
    trimmed === '' ||
    (/^\d{1,10}(?:[.,]\d{1,6})?$/.test(trimmed) && Number(trimmed.replace(',', '.')) <= EUROS_MAX)
  );
}

export function budgetBodyOf(texts: BudgetTexts): ApiKey['budget'] {
  return {
    day_micros: microsOf(texts.day),
    month_micros: microsOf(texts.month),
    total_micros: microsOf(texts.total),
  };
}

/** Read as digits, because a decimal fraction has no exact binary one. */
export function microsOf(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const [euros = '0', fraction = ''] = trimmed.split(/[.,]/);
  return Number(euros) * MICROS_PER_EURO + Number(fraction.padEnd(6, '0'));
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
