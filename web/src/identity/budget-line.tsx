import type { ApiKey } from '../api/types.ts';
import { Progress } from '../design/progress.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { budgetUses } from './key-budget.ts';

const NEARLY = 0.8;

/** The budget that ends first, and how far it is used up; without one, what this month took. */
export function BudgetLine({ apiKey }: { apiKey: ApiKey }) {
  const { t, format } = useTranslation();
  const [use] = budgetUses(apiKey);
  if (!use) {
    const spent = apiKey.spent?.month_micros ?? 0;
    if (spent === 0) return <span className="text-muted">–</span>;
    return (
      <span className="text-xs whitespace-nowrap">
        {t('keys.spent_month', { amount: format.money(spent) })}
      </span>
    );
  }
  const text = t(`keys.spent_of_${use.span}`, {
    spent: format.money(use.spent),
    budget: format.money(use.budget),
  });
  const tone = use.share >= 1 ? 'danger' : use.share >= NEARLY ? 'neutral' : 'accent';
  return (
    <span className="flex w-44 flex-col gap-1">
      <span className="tabular text-xs whitespace-nowrap">{text}</span>
      <Progress value={Math.round(use.share * 100)} label={t('keys.budget')} valueText={text} tone={tone} />
      {use.share >= 1 && <span className="text-xs text-danger">{t('keys.budget_reached')}</span>}
    </span>
  );
}
