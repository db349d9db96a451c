import { Rocket } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ModelView, Offer } from '#contracts/management.ts';
import { Button } from '../design/button.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { dearest } from './draft.ts';
import { VramBar } from './vram-bar.tsx';

const HOURS_PER_MONTH = 730;

interface DeploySummaryProps {
  model: ModelView | null;
  offer: Offer | null;
  replicas: number;
  fallbacks: readonly Offer[];
  /** Its name, where one had to be chosen. */
  account: string | null;
  isAccountMissing: boolean;
  hasName: boolean;
  isBusy: boolean;
  error: unknown;
  onSubmit: () => void;
}

/** What is about to be ordered and what it will cost; stays in sight while choosing. */
export function DeploySummary({
  model,
  offer,
  replicas,
  fallbacks,
  account,
  isAccountMissing,
  hasName,
  isBusy,
  error,
  onSubmit,
}: DeploySummaryProps) {
  const { t } = useTranslation();
  const canDeploy = model !== null && offer !== null && hasName && !isAccountMissing;
  return (
    <aside
      aria-label={t('deploy.review')}
      className="sticky bottom-0 border-t border-border bg-surface md:static md:border-t-0 md:border-l"
    >
      <div className="flex flex-col gap-4 p-5 md:sticky md:top-0">
        <h3 className="hidden font-semibold md:block">{t('deploy.review')}</h3>
        <dl className="hidden flex-col gap-2.5 text-sm md:flex">
          <Line label={t('instance.model')}>{model?.name ?? '–'}</Line>
          <Line label={t('instance.type')}>{offer?.instance_type ?? '–'}</Line>
          <Line label={t('instance.where')}>{offer ? `${offer.provider} · ${offer.zone}` : '–'}</Line>
          {account !== null && <Line label={t('deploy.account')}>{account}</Line>}
          {fallbacks.length > 0 && <Line label={t('deploy.fallbacks')}>{fallbacks.length}</Line>}
          <Line label={t('deploy.replicas')}>{replicas}</Line>
        </dl>
        {offer?.fit && <VramBar fit={offer.fit} />}
        <Total offer={offer} replicas={replicas} fallbacks={fallbacks} />
        {error !== null && error !== undefined && <ErrorState error={error} />}
        <Button
          variant="primary"
          size="lg"
          icon={<Rocket aria-hidden className="size-4" />}
          disabled={!canDeploy}
          isBusy={isBusy}
          onClick={onSubmit}
          data-testid="deploy-submit"
        >
          {t('deploy.submit')}
        </Button>
        {!canDeploy && (
          <p className="-mt-2 text-center text-xs text-muted">
            {t(isAccountMissing ? 'deploy.incomplete_account' : 'deploy.incomplete')}
          </p>
        )}
      </div>
    </aside>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex gap-3">
      <dt className="shrink-0 text-muted">{label}</dt>
      <dd className="ml-auto min-w-0 text-right break-words">{children}</dd>
    </div>
  );
}

interface TotalProps {
  offer: Offer | null;
  replicas: number;
  fallbacks: readonly Offer[];
}

function Total({ offer, replicas, fallbacks }: TotalProps) {
  const { t, format } = useTranslation();
  const price = offer?.price_micros_per_hour ?? null;
  const isUnknown = offer !== null && price === null;
  const highest = offer && dearest([offer, ...fallbacks]);
  const perHour = price === null ? null : price * replicas;
  return (
    <div className="md:border-t md:border-border md:pt-4">
      <p className="flex items-baseline justify-between gap-3">
        <span className="text-sm text-muted">{t('deploy.price')}</span>
        <span className="tabular text-right" data-testid="deploy-price" data-micros={perHour ?? undefined}>
          {perHour === null ? (
            <span className="text-lg font-semibold">{isUnknown ? t('price.unknown') : '–'}</span>
          ) : (
            <span className="text-xl font-semibold">
              {format.unitPrice(perHour)}
              {t('unit.per_hour')}
            </span>
          )}
        </span>
      </p>
      {offer && fallbacks.length > 0 && (
        <p className="tabular mt-0.5 text-right text-xs text-muted" data-testid="deploy-price-max">
          {highest === null
            ? t('deploy.price_max_unknown')
            : t('deploy.price_max', {
                price: `${format.unitPrice(highest * replicas)}${t('unit.per_hour')}`,
              })}
        </p>
      )}
      {perHour !== null && (
        <p className="tabular mt-0.5 text-right text-xs text-muted">
          {t('deploy.per_month', { amount: format.money(perHour * HOURS_PER_MONTH) })}
        </p>
      )}
    </div>
  );
}
