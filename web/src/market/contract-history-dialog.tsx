import { useQuery } from '@tanstack/react-query';
import type { ContractView } from '#contracts/offerings.ts';
import { Button } from '../design/button.tsx';
import { Dialog } from '../design/dialog.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { LongId } from '../widgets/long-id.tsx';
import { Facts, OfferingLink } from './parts.tsx';
import { PriceVersions } from './price-versions.tsx';
import { contractPricesQuery } from './queries.ts';

/** All that two organisations agreed on: who, what, from when until when, and every price there was. */
export function ContractHistoryDialog({
  contract,
  onClose,
}: {
  contract: ContractView;
  onClose: () => void;
}) {
  const { t, format } = useTranslation();
  const prices = useQuery(contractPricesQuery(contract.id));
  const isOwn = useSession().organisation.id === contract.provider.id;
  const moment = (iso: string | null, absent: string) => (iso === null ? absent : format.dateTime(iso));
  return (
    <Dialog
      isOpen
      size="md"
      onClose={onClose}
      title={t('contract.with', { name: isOwn ? contract.consumer.name : contract.provider.name })}
      testId="contract-history"
      footer={<Button onClick={onClose}>{t('common.close')}</Button>}
    >
      <div className="flex flex-col gap-5 py-5">
        <div className="px-5">
          <Facts
            facts={[
              [t('offering.one'), <OfferingLink key="offering" offering={contract.offering} />],
              [t('keys.status'), t(`agreement_state.${contract.state}`)],
              [t('contract.provider'), contract.provider.name],
              [t('contract.consumer'), contract.consumer.name],
              [t('contract.starts'), moment(contract.starts_at, '–')],
              [t('contract.ends'), moment(contract.ends_at, t('market.open_end'))],
              [t('contract.accepted_at'), moment(contract.accepted_at, t('contract.not_accepted'))],
              [t('contract.id'), <LongId key="id" id={contract.id} />],
            ]}
          />
          {contract.note !== '' && (
            <blockquote className="mt-4 border-l-2 border-border pl-3 text-sm break-words whitespace-pre-line">
              {contract.note}
            </blockquote>
          )}
        </div>
        <PriceVersions query={prices} isOwn={isOwn} />
      </div>
    </Dialog>
  );
}
