import { ArrowDown, ArrowUp, X } from 'lucide-react';
import type { Offer } from '#contracts/management.ts';
import { IconButton } from '../design/button.tsx';
import { SelectField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { moved, offerKey, possibleFallbacks } from './draft.ts';

interface FallbackPickerProps {
  offers: readonly Offer[];
  first: Offer;
  fallbacks: readonly Offer[];
  onChange: (keys: string[]) => void;
}

/** Further zones and types of the same provider, tried in this order when it has no room for the first. */
export function FallbackPicker({ offers, first, fallbacks, onChange }: FallbackPickerProps) {
  const { t, format } = useTranslation();
  const keys = fallbacks.map(offerKey);
  const choices = possibleFallbacks(offers, first, fallbacks);
  const priceOf = ({ price_micros_per_hour: micros }: Offer) =>
    micros === null ? t('price.unknown_short') : `${format.unitPrice(micros)}${t('unit.per_hour')}`;
  if (choices.length === 0 && fallbacks.length === 0) return null;
  return (
    <div className="mt-4">
      {choices.length > 0 && (
        <SelectField
          label={t('deploy.fallback_add')}
          hint={t('deploy.fallback_hint')}
          value=""
          data-testid="deploy-fallback"
          onChange={(event) => onChange([...keys, event.target.value])}
        >
          <option value="">{t('deploy.fallback_none')}</option>
          {choices.map((offer) => (
            <option key={offerKey(offer)} value={offerKey(offer)}>
              {`${offer.instance_type} · ${offer.zone} · ${priceOf(offer)}`}
            </option>
          ))}
        </SelectField>
      )}
      {fallbacks.length > 0 && (
        <ol className="mt-3 overflow-hidden rounded-lg border border-border" data-testid="fallbacks">
          {fallbacks.map((offer, index) => {
            const name = `${offer.instance_type}, ${offer.zone}`;
            return (
              <li
                key={offerKey(offer)}
                className="flex items-center gap-2 border-b border-border py-1.5 pr-1.5 pl-3.5 last:border-0"
              >
                <span className="tabular w-5 shrink-0 text-xs text-muted">{index + 2}.</span>
                <span className="min-w-0 flex-1">
                  <span className="block truncate text-sm font-medium">{offer.instance_type}</span>
                  <span className="tabular block truncate text-xs text-muted">
                    {offer.zone} · {priceOf(offer)}
                  </span>
                </span>
                <IconButton
                  isCompact
                  label={t('deploy.fallback_up', { name })}
                  icon={<ArrowUp className="size-4" />}
                  disabled={index === 0}
                  onClick={() => onChange(moved(keys, index, -1))}
                />
                <IconButton
                  isCompact
                  label={t('deploy.fallback_down', { name })}
                  icon={<ArrowDown className="size-4" />}
                  disabled={index === fallbacks.length - 1}
                  onClick={() => onChange(moved(keys, index, 1))}
                />
                <IconButton
                  isCompact
                  label={t('deploy.fallback_remove', { name })}
                  icon={<X className="size-4" />}
                  onClick={() => onChange(keys.filter((key) => key !== offerKey(offer)))}
                />
              </li>
            );
          })}
        </ol>
      )}
    </div>
  );
}
