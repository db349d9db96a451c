import { Banknote, Waypoints } from 'lucide-react';
import type { ContractView, EntitlementView } from '#contracts/offerings.ts';
import { answerOf, api } from '../api/client.ts';
import { Consequence } from '../design/consequence.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { PriceLine } from './price-line.tsx';
import { useMarketAction } from './use-market-action.ts';

interface OfContract {
  contract: ContractView;
  onClose: () => void;
}

/** By the consumer: from its start on, requests are charged at its price. */
export function AcceptContractDialog({ contract, onClose }: OfContract) {
  const { t, format } = useTranslation();
  const accept = useMarketAction({
    act: (_: null, header) => {
      const params = { path: { id: contract.id }, header };
      return answerOf(api.POST('/api/v1/contracts/{id}/accept', { params }));
    },
    done: 'contract.accepted',
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      isOpen
      isDanger={false}
      onClose={onClose}
      title={t('contract.accept_title', { model: contract.offering.model_name })}
      confirm={t('contract.accept')}
      action={accept}
      onConfirm={() => accept.mutate(null)}
      testId="accept-contract"
    >
      <ul className="flex flex-col gap-4">
        <Consequence icon={<Banknote aria-hidden className="size-5 text-warn" />}>
          <PriceLine price={contract.price} /> {t('market.per_1k')}.{' '}
          {t('contract.accept_money', { name: contract.provider.name })}
        </Consequence>
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-ok" />}>
          {t('contract.accept_traffic', {
            model: contract.offering.model_name,
            from: format.moment(contract.starts_at),
          })}
        </Consequence>
      </ul>
      {contract.note !== '' && (
        <blockquote className="border-l-2 border-border pl-3 text-sm break-words whitespace-pre-line">
          {contract.note}
        </blockquote>
      )}
    </ConfirmDialog>
  );
}

/** From either side, and now; what was used until then stays on both bills. */
export function EndContractDialog({ contract, isProvider, onClose }: OfContract & { isProvider: boolean }) {
  const { t } = useTranslation();
  const end = useMarketAction({
    act: (_: null) =>
      answerOf(api.POST('/api/v1/contracts/{id}/end', { params: { path: { id: contract.id } } })),
    done: 'contract.ended_done',
    onDone: onClose,
  });
  const other = isProvider ? contract.consumer.name : contract.provider.name;
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('contract.end_title', { name: other })}
      confirm={t('contract.end')}
      action={end}
      onConfirm={() => end.mutate(null)}
      testId="end-contract"
    >
      <ul className="flex flex-col gap-4">
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-warn" />}>
          {contract.state === 'proposed'
            ? t('contract.end_proposed')
            : t(isProvider ? 'contract.end_traffic_provider' : 'contract.end_traffic_consumer', {
                name: other,
                model: contract.offering.model_name,
              })}
        </Consequence>
        <Consequence icon={<Banknote aria-hidden className="size-5 text-ok" />}>
          {t('contract.end_money')}
        </Consequence>
      </ul>
    </ConfirmDialog>
  );
}

interface EndUseProps {
  entitlement: EntitlementView;
  isProvider: boolean;
  onClose: () => void;
}

/** The use of an offering, by whichever side; a month that its consumer has paid for is served to its end. */
export function EndUseDialog({ entitlement, isProvider, onClose }: EndUseProps) {
  const { t, format } = useTranslation();
  const { id, offering, provider, consumer, source, allowance } = entitlement;
  const end = useMarketAction({
    act: (_: null) => answerOf(api.POST('/api/v1/entitlements/{id}/end', { params: { path: { id } } })),
    done: 'use.ended_done',
    onDone: onClose,
  });
  const isPaidMonth = source === 'subscription' && !isProvider;
  const until = allowance?.ends_at;
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('use.end_title', {
        name: isProvider ? `${consumer.name} · ${offering.model_name}` : offering.model_name,
      })}
      confirm={t('use.end')}
      action={end}
      onConfirm={() => end.mutate(null)}
      testId="end-use"
    >
      <ul className="flex flex-col gap-4">
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-warn" />}>
          {isPaidMonth && until
            ? t('use.end_traffic_month', { at: format.moment(until) })
            : t(isProvider ? 'contract.end_traffic_provider' : 'contract.end_traffic_consumer', {
                name: isProvider ? consumer.name : provider.name,
                model: offering.model_name,
              })}
        </Consequence>
        <Consequence icon={<Banknote aria-hidden className="size-5 text-ok" />}>
          {t(source === 'subscription' ? 'use.end_money_month' : 'contract.end_money')}
        </Consequence>
        {source === 'trial' && !isProvider && (
          <Consequence icon={<Banknote aria-hidden className="size-5 text-warn" />}>
            {t('use.end_trial')}
          </Consequence>
        )}
      </ul>
    </ConfirmDialog>
  );
}
