import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { microsOf } from '../widgets/euros.ts';
import { isPartOk, PRICE_PARTS, type PriceTexts } from './price-draft.ts';

/** Of 1,000 tokens a micro-euro is a thousandth of what a million of them cost. */
const THOUSANDS_PER_MILLION = 1_000;

interface PriceFieldsProps {
  texts: PriceTexts;
  onChange: (texts: PriceTexts) => void;
  /** Complain of what is missing too. */
  isChecked: boolean;
  /** That it may be left out as a whole, and what then. */
  emptyHint?: string;
  /** What counts where nothing is typed. */
  placeholders?: PriceTexts;
}

/** What 1,000 tokens cost; below each part what that is for a million, which price lists elsewhere say. */
export function PriceFields({ texts, onChange, isChecked, emptyHint, placeholders }: PriceFieldsProps) {
  const { t, format } = useTranslation();
  return (
    <fieldset className="min-w-0">
      <legend className="text-sm font-semibold">{t('market.price_of_1k')}</legend>
      {emptyHint && <p className="text-xs text-muted">{emptyHint}</p>}
      <div className="mt-2 grid gap-3 sm:grid-cols-3">
        {PRICE_PARTS.map((part) => {
          const isOk = isPartOk(texts[part]);
          const isWrong = !isOk && (isChecked || texts[part].trim() !== '');
          const micros = isOk ? (microsOf(texts[part]) ?? 0) : 0;
          return (
            <TextField
              key={part}
              label={t(`market.price_${part}`)}
              value={texts[part]}
              onChange={(event) => onChange({ ...texts, [part]: event.target.value })}
              error={isWrong ? t('market.price_wrong') : undefined}
              hint={
                isOk
                  ? t('market.per_million', { amount: format.unitPrice(micros * THOUSANDS_PER_MILLION) })
                  : undefined
              }
              placeholder={placeholders?.[part] || '0.001'}
              inputMode="decimal"
              maxLength={12}
              autoComplete="off"
              data-testid={`price-${part}`}
            />
          );
        })}
      </div>
    </fieldset>
  );
}
