import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AccessRequestView } from '#contracts/offerings.ts';
import type { TokenPrice } from '#contracts/token-price.ts';
import { answerOf, api, given } from '../api/client.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { MomentField } from './moment-field.tsx';
import { NoteField } from './note-field.tsx';
import { momentOf, NO_TEXTS, PRICE_PARTS, priceOf, priceTextsOf } from './price-draft.ts';
import { PriceFields } from './price-fields.tsx';
import { PriceLine } from './price-line.tsx';
import { offeringQuery } from './queries.ts';
import { useMarketAction } from './use-market-action.ts';

interface AnswerProps {
  request: AccessRequestView;
  onClose: () => void;
}

/** Yes, as a contract: at the list price where none is typed. */
export function ApproveDialog({ request, onClose }: AnswerProps) {
  const { t } = useTranslation();
  const offering = useQuery(offeringQuery(request.offering.id));
  const listPrice = offering.data?.price ?? null;
  const [texts, setTexts] = useState(NO_TEXTS);
  const [end, setEnd] = useState('');
  const [answer, setAnswer] = useState('');
  const [isChecked, setChecked] = useState(false);
  const isOwnPrice = PRICE_PARTS.some((part) => texts[part].trim() !== '') || listPrice === null;
  const price = isOwnPrice ? priceOf(texts) : undefined;
  const endsAt = momentOf(end);
  const isEndWrong = endsAt !== undefined && endsAt <= new Date().toISOString();
  const approve = useMarketAction({
    act: (body: { price?: TokenPrice; ends_at?: string; answer: string }, header) =>
      answerOf(
        api.POST('/api/v1/access-requests/{id}/approve', {
          params: { path: { id: request.id }, header },
          body,
        }),
      ),
    done: 'request_to_us.approved',
    onDone: onClose,
  });
  return (
    <FormDialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('request_to_us.approve_title', { name: request.consumer.name })}
      description={t('request_to_us.approve_text', { model: request.offering.model_name })}
      submit={t('request_to_us.approve')}
      action={approve}
      isBlocked={offering.isPending}
      onSubmit={() => {
        setChecked(true);
        if (price === null || isEndWrong) return;
        approve.mutate({ ...given({ price, ends_at: endsAt }), answer: answer.trim() });
      }}
      testId="approve-dialog"
    >
      {request.note !== '' && (
        <blockquote className="border-l-2 border-border pl-3 text-sm break-words whitespace-pre-line">
          {request.note}
        </blockquote>
      )}
      <p className="text-sm">
        {t('offering.list_price')}: <PriceLine price={listPrice} />
      </p>
      <PriceFields
        texts={texts}
        onChange={setTexts}
        isChecked={isChecked && isOwnPrice}
        placeholders={priceTextsOf(listPrice)}
        emptyHint={t(listPrice === null ? 'request_to_us.price_needed' : 'request_to_us.price_hint')}
      />
      <MomentField
        label={t('contract.ends')}
        hint={t('contract.ends_hint')}
        error={isChecked && isEndWrong ? t('contract.ends_wrong') : undefined}
        value={end}
        onChange={setEnd}
      />
      <NoteField label={t('request_to_us.answer')} value={answer} onChange={setAnswer} />
    </FormDialog>
  );
}

export function RefuseDialog({ request, onClose }: AnswerProps) {
  const { t } = useTranslation();
  const [answer, setAnswer] = useState('');
  const refuse = useMarketAction({
    act: (body: { answer: string }) =>
      answerOf(
        api.POST('/api/v1/access-requests/{id}/refuse', { params: { path: { id: request.id } }, body }),
      ),
    done: 'request_to_us.refused',
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('request_to_us.refuse_title', { name: request.consumer.name })}
      confirm={t('request_to_us.refuse')}
      action={refuse}
      onConfirm={() => refuse.mutate({ answer: answer.trim() })}
      testId="refuse-dialog"
    >
      <p>{t('request_to_us.refuse_text', { model: request.offering.model_name })}</p>
      <NoteField label={t('request_to_us.answer')} value={answer} onChange={setAnswer} />
    </ConfirmDialog>
  );
}

/** By who asked: it is asked for no more. */
export function WithdrawRequestDialog({ request, onClose }: AnswerProps) {
  const { t } = useTranslation();
  const withdraw = useMarketAction({
    act: (_: null) =>
      answerOf(api.POST('/api/v1/access-requests/{id}/withdraw', { params: { path: { id: request.id } } })),
    done: 'request_of_us.withdrawn',
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('request_of_us.withdraw_title', { model: request.offering.model_name })}
      confirm={t('request_of_us.withdraw')}
      action={withdraw}
      onConfirm={() => withdraw.mutate(null)}
    >
      <p>{t('request_of_us.withdraw_text', { name: request.provider.name })}</p>
    </ConfirmDialog>
  );
}
