import { useQuery } from '@tanstack/react-query';
import { Banknote, Waypoints } from 'lucide-react';
import { useState } from 'react';
import type { OfferingView, PlanView } from '#contracts/offerings.ts';
import { answerOf, api, given } from '../api/client.ts';
import { Consequence } from '../design/consequence.tsx';
import { SelectField } from '../design/field.tsx';
import { type Translation, useTranslation } from '../i18n/use-translation.ts';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { NoteField } from './note-field.tsx';
import { PriceLine } from './price-line.tsx';
import { plansQuery } from './queries.ts';
import { useMarketAction } from './use-market-action.ts';

interface OfOffering {
  offering: OfferingView;
  onClose: () => void;
}

/** Takes up what is open: free, at the list price, as a trial, or by a plan; says first what it costs. */
export function TakeUpDialog({ offering, onClose }: OfOffering) {
  const { t, format } = useTranslation();
  const isByPlan = offering.access === 'subscription';
  const plans = useQuery({ ...plansQuery(offering.id), enabled: isByPlan });
  const open = (plans.data ?? []).filter((plan) => !plan.is_retired);
  const [chosen, setChosen] = useState('');
  const plan = open.find(({ id }) => id === chosen) ?? open[0];
  const take = useMarketAction({
    act: (plan_id: string | undefined, header) => {
      const body = given({ offering: offering.id, plan_id });
      return answerOf(api.POST('/api/v1/entitlements', { params: { header }, body }));
    },
    done: 'use.begun',
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      isOpen
      isDanger={false}
      onClose={onClose}
      title={t('use.begin_title', { model: offering.model_name })}
      confirm={t(`take_up.${offering.access}`)}
      action={take}
      isBlocked={isByPlan && !plan}
      onConfirm={() => take.mutate(isByPlan ? plan?.id : undefined)}
      testId="take-up"
    >
      {isByPlan && open.length > 0 && (
        <SelectField
          label={t('plan.one')}
          value={plan?.id ?? ''}
          onChange={(event) => setChosen(event.target.value)}
          data-testid="take-up-plan"
        >
          {open.map((offered) => (
            <option key={offered.id} value={offered.id}>
              {planText(offered, t, format)}
            </option>
          ))}
        </SelectField>
      )}
      {isByPlan && plans.data && open.length === 0 && <p>{t('plan.none_open')}</p>}
      <ul className="flex flex-col gap-4">
        <Consequence icon={<Banknote aria-hidden className="size-5 text-warn" />}>
          <Money offering={offering} plan={plan} />
        </Consequence>
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-ok" />}>
          {t('use.begin_traffic', { model: offering.model_name, name: offering.organisation.name })}
        </Consequence>
      </ul>
    </ConfirmDialog>
  );
}

function Money({ offering, plan }: { offering: OfferingView; plan: PlanView | undefined }) {
  const { t, format } = useTranslation();
  const { access, price, trial_tokens: tokens, trial_days: days } = offering;
  if (access === 'trial') {
    const text = t('use.trial_money', { tokens: format.compact(tokens ?? 0) });
    return days === null ? text : `${text} ${t('use.trial_days', { days })}`;
  }
  if (access === 'subscription') {
    return plan
      ? t('use.plan_money', {
          fee: format.money(plan.fee_micros),
          tokens: format.compact(plan.included_tokens),
        })
      : t('plan.none_open');
  }
  if (access === 'free') return t('use.free_money');
  return (
    <>
      <PriceLine price={price} /> {t('market.per_1k')}. {t('use.list_money')}
    </>
  );
}

export function planText(plan: PlanView, t: Translation['t'], format: Translation['format']): string {
  return t('plan.text', {
    name: plan.name,
    fee: format.money(plan.fee_micros),
    tokens: format.compact(plan.included_tokens),
  });
}

/** Asks the other organisation; it costs nothing until that has answered. */
export function RequestAccessDialog({ offering, onClose }: OfOffering) {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  const ask = useMarketAction({
    act: (body: { offering: string; note: string }, header) =>
      answerOf(api.POST('/api/v1/access-requests', { params: { header }, body })),
    done: 'request_of_us.sent',
    onDone: onClose,
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('request_of_us.title', { model: offering.model_name })}
      description={t('request_of_us.text', { name: offering.organisation.name })}
      submit={t('request_of_us.submit')}
      action={ask}
      onSubmit={() => ask.mutate({ offering: offering.id, note: note.trim() })}
      testId="request-access"
    >
      <p className="text-sm">
        {t('offering.list_price')}: <PriceLine price={offering.price} />
      </p>
      <NoteField
        label={t('request_of_us.note')}
        hint={t('request_of_us.note_hint')}
        value={note}
        onChange={setNote}
        testId="request-note"
      />
    </FormDialog>
  );
}
