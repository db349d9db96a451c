import type { UseQueryResult } from '@tanstack/react-query';
import type { ModelView, Offer } from '#contracts/management.ts';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { AccountField } from './account-field.tsx';
import { type DeployDraft, offerKey } from './draft.ts';
import { FallbackPicker } from './fallback-picker.tsx';
import { OfferPicker } from './offer-picker.tsx';

interface MachineStepProps {
  model: ModelView | null;
  offers: UseQueryResult<Offer[]>;
  offer: Offer | null;
  fallbacks: readonly Offer[];
  accounts: readonly ProviderAccountView[];
  accountId: string | null;
  onChange: (part: Partial<DeployDraft>) => void;
}

/** The machine that is ordered first, on which account, and what is tried when the provider has no room for it. */
export function MachineStep(props: MachineStepProps) {
  const { model, offers, offer, fallbacks, accounts, accountId, onChange } = props;
  const { t } = useTranslation();
  return (
    <>
      {model === null && <p className="text-muted">{t('deploy.choose_model_first')}</p>}
      {model !== null && offers.isPending && <SkeletonRows label={t('common.loading')} />}
      {offers.isError && <ErrorState error={offers.error} onRetry={() => void offers.refetch()} />}
      {model && offers.data && (
        <OfferPicker
          model={model}
          offers={offers.data}
          chosenKey={offer && offerKey(offer)}
          onChoose={(key) => onChange({ offerKey: key })}
        />
      )}
      {offer && accounts.length > 1 && (
        <AccountField
          accounts={accounts}
          chosenId={accountId}
          onChoose={(id) => onChange({ accountId: id })}
        />
      )}
      {offer && offers.data && (
        <FallbackPicker
          offers={offers.data}
          first={offer}
          fallbacks={fallbacks}
          onChange={(keys) => onChange({ fallbackKeys: keys })}
        />
      )}
    </>
  );
}
