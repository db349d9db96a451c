import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleOff, MapPin, RefreshCw, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useRef, useState } from 'react';
import type { CatalogueProvider } from '#contracts/catalogue-sync.ts';
import { answerOf, api, newIdempotencyKey } from '../api/client.ts';
import { Button } from '../design/button.tsx';
import { Chip } from '../design/chip.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { Skeleton } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { useSession } from '../identity/session.ts';
import { toast } from '../shell/toaster.tsx';
import { useNow } from '../shell/use-now.ts';

const ZonesDialog = lazy(() =>
  import('./zones-dialog.tsx').then((module) => ({ default: module.ZonesDialog })),
);

/** Each provider with what it offers and how old that is; administrators may have it asked now. */
export function ProviderCards({ providers }: { providers: UseQueryResult<CatalogueProvider[]> }) {
  const [zonesOf, setZonesOf] = useState<CatalogueProvider | null>(null);
  if (providers.isError) {
    return <ErrorState error={providers.error} onRetry={() => void providers.refetch()} className="mb-4" />;
  }
  if (!providers.data) return <Skeleton className="mb-5 h-28" />;
  return (
    <>
      <ul className="mb-5 grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {providers.data.map((provider) => (
          <ProviderCard key={provider.provider} provider={provider} onZones={() => setZonesOf(provider)} />
        ))}
      </ul>
      {zonesOf && (
        <Suspense fallback={null}>
          <ZonesDialog provider={zonesOf} onClose={() => setZonesOf(null)} />
        </Suspense>
      )}
    </>
  );
}

function ProviderCard({ provider, onZones }: { provider: CatalogueProvider; onZones: () => void }) {
  const { t, format } = useTranslation();
  const isAdmin = useSession().user.is_platform_admin;
  const nowMs = useNow(60_000);
  const sync = useSync(provider);
  const { newest_price_of: priceOf, synced_at: syncedAt, sync_error: error } = provider;
  return (
    <li className="card flex min-w-0 flex-col gap-1.5 p-4" data-testid={`provider-${provider.provider}`}>
      <div className="flex items-center gap-2">
        <h2 className="truncate font-semibold">{provider.name}</h2>
        {!provider.is_enabled && (
          <span title={t('machines.provider_off')}>
            <Chip tone="neutral" icon={CircleOff}>
              {t('offer.disabled')}
            </Chip>
          </span>
        )}
      </div>
      <p className="tabular text-sm">
        {t('machines.provider_summary', { types: provider.types, zones: provider.zones })}
        {provider.unpriced > 0 && (
          <span className="text-muted"> · {t('machines.unpriced', { count: provider.unpriced })}</span>
        )}
      </p>
      <p className="text-xs text-muted">
        {priceOf === null
          ? t('machines.no_price_date')
          : t('machines.newest_price', { date: format.date(priceOf) })}
        {' · '}
        {syncedAt === null ? (
          t('machines.never_synced')
        ) : (
          <time dateTime={syncedAt} title={format.dateTime(syncedAt)}>
            {t('machines.synced', { ago: format.ago(syncedAt, nowMs) })}
          </time>
        )}
      </p>
      {error !== null && (
        <p className="flex gap-1.5 text-xs text-warn">
          <TriangleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          <span className="min-w-0 break-words">{t('machines.sync_failed', { error })}</span>
        </p>
      )}
      {isAdmin && (
        <div className="mt-auto flex gap-2 pt-1.5">
          <Button size="sm" icon={<MapPin aria-hidden className="size-3.5" />} onClick={onZones}>
            {t('machines.zones_edit')}
          </Button>
          {provider.is_enabled && (
            <Button
              size="sm"
              icon={<RefreshCw aria-hidden className="size-3.5" />}
              isBusy={sync.isPending}
              data-testid={`sync-${provider.provider}`}
              onClick={() => sync.mutate()}
            >
              {t('machines.sync')}
            </Button>
          )}
        </div>
      )}
      {sync.isError && <ErrorState error={sync.error} />}
    </li>
  );
}

/** Asked for; the orchestrator does it, and an event tells when the catalogue has changed. */
function useSync({ provider, name }: CatalogueProvider) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const intent = useRef(newIdempotencyKey());
  return useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/catalogue/sync', {
          params: { header: { 'Idempotency-Key': intent.current } },
          body: { provider },
        }),
      ),
    onSuccess: async () => {
      intent.current = newIdempotencyKey();
      toast(t('machines.sync_started', { name }));
      await client.invalidateQueries({ queryKey: ['catalogue'] });
    },
  });
}
