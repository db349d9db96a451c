import { useInfiniteQuery } from '@tanstack/react-query';
import { Banknote, Eye, Waypoints } from 'lucide-react';
import type { OfferingView } from '#contracts/offerings.ts';
import { answerOf, api } from '../api/client.ts';
import { Consequence } from '../design/consequence.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { ConfirmDialog } from '../widgets/confirm-dialog.tsx';
import { entitlementsQuery } from './queries.ts';
import { useMarketAction } from './use-market-action.ts';

interface OfOffering {
  offering: OfferingView;
  onClose: () => void;
}

export function PublishDialog({ offering, onClose }: OfOffering) {
  const { t } = useTranslation();
  const publish = useMarketAction({
    act: (_: null) =>
      answerOf(api.POST('/api/v1/offerings/{id}/publish', { params: { path: { id: offering.id } } })),
    done: 'offering.published_done',
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      isOpen
      isDanger={false}
      onClose={onClose}
      title={t('offering.publish_title', { name: offering.name })}
      confirm={t('offering.publish')}
      action={publish}
      onConfirm={() => publish.mutate(null)}
      testId="publish-dialog"
    >
      <ul className="flex flex-col gap-4">
        <Consequence icon={<Eye aria-hidden className="size-5 text-muted" />}>
          {t(`visibility_text.${offering.visibility}`)}
        </Consequence>
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-warn" />}>
          {t('offering.publish_traffic', { model: offering.model_name })}
        </Consequence>
        <Consequence icon={<Banknote aria-hidden className="size-5 text-ok" />}>
          {t(offering.price === null ? 'offering.publish_no_price' : 'offering.publish_money')}
        </Consequence>
      </ul>
    </ConfirmDialog>
  );
}

/** Says how many use it now: their next request is refused. */
export function WithdrawDialog({ offering, onClose }: OfOffering) {
  const { t } = useTranslation();
  const users = useInfiniteQuery(
    entitlementsQuery({ side: 'provided', ended: false, offering: offering.id }),
  );
  const count = users.data?.pages.reduce((sum, page) => sum + page.data.length, 0);
  const withdraw = useMarketAction({
    act: (_: null) =>
      answerOf(api.POST('/api/v1/offerings/{id}/withdraw', { params: { path: { id: offering.id } } })),
    done: 'offering.withdrawn_done',
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      title={t('offering.withdraw_title', { name: offering.name })}
      confirm={t('offering.withdraw')}
      action={withdraw}
      isBlocked={count === undefined && !users.isError}
      onConfirm={() => withdraw.mutate(null)}
      testId="withdraw-dialog"
    >
      <ul className="flex flex-col gap-4">
        <Consequence icon={<Waypoints aria-hidden className="size-5 text-danger" />}>
          {count === undefined
            ? t('offering.withdraw_traffic_unknown')
            : t(users.hasNextPage ? 'offering.withdraw_traffic_many' : 'offering.withdraw_traffic', {
                count,
              })}
        </Consequence>
        <Consequence icon={<Banknote aria-hidden className="size-5 text-warn" />}>
          {t(
            offering.access === 'subscription' ? 'offering.withdraw_money_plans' : 'offering.withdraw_money',
          )}
        </Consequence>
      </ul>
    </ConfirmDialog>
  );
}
