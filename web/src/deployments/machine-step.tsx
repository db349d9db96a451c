import type { UseQueryResult } from '@tanstack/react-query';
import type { ModelView, Offer } from '#contracts/management.ts';
import type { ProviderAccountView } from '#contracts/provider-accounts.ts';
import type { OwnVolume } from '#contracts/sweep.ts';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { AccountField } from './account-field.tsx';
import { type DeployDraft, offerKey } from './draft.ts';
import { FallbackPicker } from './fallback-picker.tsx';
import { OfferPicker } from './offer-picker.tsx';
import { VolumeField } from './volume-field.tsx';

interface MachineStepProps {
  model: ModelView | null;
  offers: UseQueryResult<Offer[]>;
  offer: Offer | null;
  fallbacks: readonly Offer[];
  accounts: readonly ProviderAccountView[];
  accountId: string | null;
  volumes: readonly OwnVolume[];
  volumeIds: readonly string[];
  replicas: number;
  onChange: (part: Partial<DeployDraft>) => void;
}

/** The machine that is ordered first, on which account, and what is tried when the provider has no room for it. */
export function MachineStep(props: MachineStepProps) {
  const { model, offers, offer, fallbacks, accounts, accountId, onChange } = props;
  const { volumes, volumeIds, replicas } = props;
  const { t } = useTranslation();
  return (
    <>
      {model === null && <p className="text-muted">{t('deploy.choose_model_first')}</p>}
      {model !== null && offers.isPending && <SkeletonRows label={t('common.loading')} />}
      {offers.isError && <ErrorState error={offers.error} onRetry={() => void offers.refetch()} />}
      {model && offers.data && (
        <OfferPicker
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
      {offer && (
        <VolumeField
          volumes={volumes}
          chosenIds={volumeIds}
          replicas={replicas}
          onChoose={(ids) => onChange({ volumeIds: ids })}
        />
      )}
      {offer && offers.data && (
        <FallbackPicker
          // What is on a volume cannot leave its zone.
          offers={volumeIds.length > 0 ? offers.data.filter(({ zone }) => zone === offer.zone) : offers.data}
          first={offer}
          fallbacks={fallbacks}
          onChange={(keys) => onChange({ fallbackKeys: keys })}
        />
      )}
    </>
  );
}
