import { useState } from 'react';
import type { TokenPrice } from '#contracts/token-price.ts';
import { answerOf, api, given } from '../api/client.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { MomentField } from './moment-field.tsx';
import { momentOf, priceOf, priceTextsOf } from './price-draft.ts';
import { PriceFields } from './price-fields.tsx';
import { useMarketAction } from './use-market-action.ts';

interface PriceDialogProps {
  of: { kind: 'offering' | 'contract'; id: string; name: string };
  price: TokenPrice | null;
  onClose: () => void;
}

/** A new version of a price, from now or later. Versions are added and never changed, so the past stays as it was. */
export function PriceDialog({ of, price, onClose }: PriceDialogProps) {
  const { t } = useTranslation();
  const [texts, setTexts] = useState(() => priceTextsOf(price));
  const [start, setStart] = useState('');
  const [isChecked, setChecked] = useState(false);
  const wanted = priceOf(texts);
  const set = useMarketAction({
    act: (body: { price: TokenPrice; starts_at?: string }, header) => {
      const request = { params: { path: { id: of.id }, header }, body };
      return answerOf<{ data?: unknown }>(
        of.kind === 'offering'
          ? api.POST('/api/v1/offerings/{id}/prices', request)
          : api.POST('/api/v1/contracts/{id}/prices', request),
      );
    },
    done: 'market.price_set',
    onDone: onClose,
  });
  return (
    <FormDialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('market.price_title', { name: of.name })}
      description={t(of.kind === 'offering' ? 'market.price_text' : 'market.price_text_contract')}
      submit={t('market.set_price')}
      action={set}
      onSubmit={() => {
        setChecked(true);
        if (wanted) set.mutate(given({ price: wanted, starts_at: momentOf(start) }));
      }}
      testId="price-dialog"
    >
      <PriceFields texts={texts} onChange={setTexts} isChecked={isChecked} />
      <MomentField
        label={t('market.holds_from')}
        hint={t('market.from_hint')}
        value={start}
        onChange={setStart}
      />
    </FormDialog>
  );
}
