import { useQuery } from '@tanstack/react-query';
import { Banknote, CalendarSync, CircleCheck, CircleOff, Plus, Waypoints } from 'lucide-react';
import { useState } from 'react';
import type { OfferingView, PlanView } from '#contracts/offerings.ts';
import { answerOf, api } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Card } from '../design/card.tsx';
import { Chip } from '../design/chip.tsx';
import { Consequence } from '../design/consequence.tsx';
import { EmptyState } from '../design/empty-state.tsx';
import { TextField } from '../design/field.tsx';
import { type Column, Table } from '../design/table.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useIsAllowed } from '../identity/session.ts';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { isEuros, microsOf } from '../widgets/euros.ts';
import { FormDialog } from '../widgets/form-dialog.tsx';
import { Loaded } from '../widgets/loaded.tsx';
import { plansQuery } from './queries.ts';
import { useMarketAction } from './use-market-action.ts';

const FEE_MAX_EUROS = 1_000_000;

/** Subscriptions to an offering; its own organisation adds and retires them. */
export function PlansCard({ offering, isOwn }: { offering: OfferingView; isOwn: boolean }) {
  const { t } = useTranslation();
  const plans = useQuery(plansQuery(offering.id));
  const mayWrite = useIsAllowed('prices.write') && isOwn;
  const [isAdding, setAdding] = useState(false);
  const [retiring, setRetiring] = useState<PlanView | null>(null);
  const add = mayWrite && (
    <Button
      size="sm"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => setAdding(true)}
      data-testid="plan-add"
    >
      {t('plan.add')}
    </Button>
  );
  return (
    <Card isFlush title={t('plan.title')} actions={add}>
      <Loaded query={plans} rows={2}>
        {(data) =>
          data.length === 0 ? (
            <EmptyState icon={CalendarSync} title={t('plan.none')}>
              {t(isOwn ? 'plan.none_text' : 'plan.none_open')}
            </EmptyState>
          ) : (
            <PlanTable plans={data} {...(mayWrite ? { onRetire: setRetiring } : {})} />
          )
        }
      </Loaded>
      {isAdding && <PlanDialog offering={offering} onClose={() => setAdding(false)} />}
      {retiring && <RetireDialog plan={retiring} onClose={() => setRetiring(null)} />}
    </Card>
  );
}

function PlanTable({ plans, onRetire }: { plans: readonly PlanView[]; onRetire?: (plan: PlanView) => void }) {
  const { t, format } = useTranslation();
  const columns: Column<PlanView>[] = [
    { id: 'name', header: t('offering.name'), cell: ({ name }) => name },
    {
      id: 'fee',
      header: t('plan.fee'),
      align: 'end',
      cell: ({ fee_micros: fee }) => <span className="tabular">{format.money(fee)}</span>,
    },
    {
      id: 'tokens',
      header: t('plan.tokens'),
      align: 'end',
      cell: ({ included_tokens: tokens }) => <span className="tabular">{format.number(tokens)}</span>,
    },
    {
      id: 'state',
      header: t('keys.status'),
      cell: ({ is_retired: isRetired }) => (
        <Chip tone={isRetired ? 'neutral' : 'ok'} icon={isRetired ? CircleOff : CircleCheck}>
          {t(isRetired ? 'plan.retired' : 'plan.open')}
        </Chip>
      ),
    },
    ...(onRetire
      ? [
          {
            id: 'actions',
            header: t('common.actions'),
            isHeaderHidden: true,
            align: 'end' as const,
            cell: (plan: PlanView) =>
              !plan.is_retired && (
                <Button
                  size="sm"
                  variant="ghost"
                  className="text-danger!"
                  aria-label={t('plan.retire_of', { name: plan.name })}
                  onClick={() => onRetire(plan)}
                >
                  {t('plan.retire')}
                </Button>
              ),
          },
        ]
      : []),
  ];
  return <Table label={t('plan.title')} columns={columns} rows={plans} rowKey={({ id }) => id} />;
}

function PlanDialog({ offering, onClose }: { offering: OfferingView; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [fee, setFee] = useState('');
  const [tokens, setTokens] = useState('');
  const [isChecked, setChecked] = useState(false);
  const isFeeOk = fee.trim() !== '' && isEuros(fee, FEE_MAX_EUROS);
  const areTokensOk = /^[1-9]\d{0,11}$/.test(tokens.trim());
  const create = useMarketAction({
    act: (body: { name: string; fee_micros: number; included_tokens: number }, header) =>
      answerOf(
        api.POST('/api/v1/plans', { params: { header }, body: { offering_id: offering.id, ...body } }),
      ),
    done: 'plan.added',
    onDone: onClose,
  });
  return (
    <FormDialog
      isOpen
      onClose={onClose}
      title={t('plan.add')}
      description={t('plan.add_text')}
      submit={t('plan.add')}
      action={create}
      onSubmit={() => {
        setChecked(true);
        if (name.trim() === '' || !isFeeOk || !areTokensOk) return;
        create.mutate({
          name: name.trim(),
          fee_micros: microsOf(fee) ?? 0,
          included_tokens: Number(tokens.trim()),
        });
      }}
      testId="plan-dialog"
    >
      <TextField
        label={t('offering.name')}
        value={name}
        maxLength={100}
        required
        autoFocus
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={t('plan.fee')}
        hint={t('plan.fee_hint')}
        error={isChecked && !isFeeOk ? t('market.amount_wrong') : undefined}
        value={fee}
        inputMode="decimal"
        maxLength={18}
        autoComplete="off"
        onChange={(event) => setFee(event.target.value)}
      />
      <TextField
        label={t('plan.tokens')}
        hint={t('plan.tokens_hint')}
        error={isChecked && !areTokensOk ? t('offering.whole_wrong') : undefined}
        value={tokens}
        inputMode="numeric"
        maxLength={12}
        autoComplete="off"
        onChange={(event) => setTokens(event.target.value)}
      />
    </FormDialog>
  );
}

function RetireDialog({ plan, onClose }: { plan: PlanView; onClose: () => void }) {
  const { t } = useTranslation();
  const retire = useMarketAction({
    act: (_: null) => answerOf(api.POST('/api/v1/plans/{id}/retire', { params: { path: { id: plan.id } } })),
    done: 'plan.retired_done',
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('plan.retire_of', { name: plan.name })}
      confirm={t('plan.retire')}
      action={retire}
      onConfirm={() => retire.mutate(null)}
    >
      <ul className="flex flex-col gap-4">
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-ok" />}>
          {t('plan.retire_traffic')}
        </Consequence>
        <Consequence icon={<Banknote aria-hidden className="size-5 text-ok" />}>
          {t('plan.retire_money')}
        </Consequence>
      </ul>
    </ConfirmDialog>
  );
}
