import type { TokenPrice } from '#contracts/token-price.ts';
import { useTranslation } from '../i18n/use-translation.ts';

/** What 1,000 tokens cost, in one line. */
export function PriceLine({ price }: { price: TokenPrice | null }) {
  const { t, format } = useTranslation();
  if (price === null) return <span className="text-muted">{t('market.no_price')}</span>;
  const { prompt_micros_per_1k: prompt, cached_micros_per_1k: cached, completion_micros_per_1k: out } = price;
  if (prompt === 0 && cached === 0 && out === 0) return <span>{t('market.free')}</span>;
  return (
    <span className="tabular" title={t('market.per_1k')}>
      {t('market.price_line', {
        prompt: format.unitPrice(prompt),
        cached: format.unitPrice(cached),
        completion: format.unitPrice(out),
      })}
    </span>
  );
}
