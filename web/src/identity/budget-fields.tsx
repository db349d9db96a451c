import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { isEuros } from '../widgets/euros.ts';
import { BUDGET_SPANS, type BudgetTexts } from './key-budget.ts';

interface BudgetFieldsProps {
  texts: BudgetTexts;
  onChange: (texts: BudgetTexts) => void;
}

export function BudgetFields({ texts, onChange }: BudgetFieldsProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm font-semibold">{t('keys.budget')}</legend>
      <p className="mb-2 text-xs text-muted">{t('keys.budget_hint')}</p>
      <div className="grid gap-3 sm:grid-cols-3">
        {BUDGET_SPANS.map((span) => (
          <TextField
            key={span}
            label={t(`keys.budget_${span}`)}
            placeholder={t('keys.no_limit')}
            value={texts[span]}
            onChange={(event) => onChange({ ...texts, [span]: event.target.value })}
            error={isEuros(texts[span]) ? undefined : t('keys.budget_wrong')}
            inputMode="decimal"
            maxLength={18}
            autoComplete="off"
            data-testid={`key-budget-${span}`}
          />
        ))}
      </div>
    </fieldset>
  );
}
