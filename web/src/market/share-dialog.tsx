import { useState } from 'react';
import type { OfferingView } from '#contracts/offerings.ts';
import type { TokenPrice } from '#contracts/token-price.ts';
import { answerOf, api, given } from '../api/client.ts';
import { TextField } from '../design/field.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { MomentField } from './moment-field.tsx';
import { NoteField } from './note-field.tsx';
import { momentOf, priceOf, priceTextsOf } from './price-draft.ts';
import { PriceFields } from './price-fields.tsx';
import { useMarketAction } from './use-market-action.ts';

interface Terms {
  consumer: string;
  price: TokenPrice;
  starts_at?: string;
  ends_at?: string;
  note: string;
}

/** Shares an offering with another organisation at a price of its own: a contract that the other side accepts. */
export function ShareDialog({ offering, onClose }: { offering: OfferingView; onClose: () => void }) {
  const { t } = useTranslation();
  const [consumer, setConsumer] = useState('');
  const [texts, setTexts] = useState(() => priceTextsOf(offering.price));
  const [start, setStart] = useState('');
  const [end, setEnd] = useState('');
  const [note, setNote] = useState('');
  const [isChecked, setChecked] = useState(false);
  const price = priceOf(texts);
  const endsAt = momentOf(end);
  const isEndWrong = endsAt !== undefined && endsAt <= (momentOf(start) ?? new Date().toISOString());
  const share = useMarketAction({
    act: (terms: Terms, header) => {
      const body = { offering_id: offering.id, ...terms };
      return answerOf(api.POST('/api/v1/contracts', { params: { header }, body }));
    },
    done: 'share.done',
    onDone: onClose,
  });
  return (
    <FormDialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('share.title', { name: offering.name })}
      description={t('share.text')}
      submit={t('share.submit')}
      action={share}
      onSubmit={() => {
        setChecked(true);
        if (!price || consumer.trim() === '' || isEndWrong) return;
        const dates = given({ starts_at: momentOf(start), ends_at: endsAt });
        share.mutate({ consumer: consumer.trim(), price, note: note.trim(), ...dates });
      }}
      testId="share-dialog"
    >
      <TextField
        label={t('share.organisation')}
        hint={t('share.organisation_hint')}
        value={consumer}
        maxLength={100}
        required
        autoFocus
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        className="font-mono"
        onChange={(event) => setConsumer(event.target.value)}
        data-testid="share-organisation"
      />
      <PriceFields texts={texts} onChange={setTexts} isChecked={isChecked} />
      <div className="grid gap-4 sm:grid-cols-2">
        <MomentField
          label={t('contract.starts')}
          hint={t('market.from_hint')}
          value={start}
          onChange={setStart}
        />
        <MomentField
          label={t('contract.ends')}
          hint={t('contract.ends_hint')}
          error={isChecked && isEndWrong ? t('contract.ends_wrong') : undefined}
          value={end}
          onChange={setEnd}
        />
      </div>
      <NoteField label={t('share.note')} value={note} onChange={setNote} />
    </FormDialog>
  );
}
