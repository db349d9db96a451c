import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { CatalogueProvider } from '#contracts/catalogue-sync.ts';
import type { CatalogueZone } from '#contracts/models.ts';
import { answerOf, api } from '../api/client.ts';
import { Dialog } from '../design/dialog.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { useTranslation } from '../i18n/use-translation.ts';
import { zonesQuery } from './queries.ts';

export function ZonesDialog({ provider, onClose }: { provider: CatalogueProvider; onClose: () => void }) {
  const { t } = useTranslation();
  const zones = useQuery(zonesQuery(provider.provider));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('machines.zones_title', { name: provider.name })}
      description={t('machines.zones_text')}
      testId="zones-dialog"
    >
      {zones.isPending && <SkeletonRows label={t('common.loading')} />}
      {zones.isError && (
        <ErrorState error={zones.error} onRetry={() => void zones.refetch()} className="m-5" />
      )}
      <ul className="py-2">
        {zones.data?.map((zone) => (
          <ZoneLine key={zone.code} zone={zone} />
        ))}
      </ul>
    </Dialog>
  );
}

function ZoneLine({ zone }: { zone: CatalogueZone }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (isActive: boolean) =>
      answerOf(
        api.PATCH('/api/v1/catalogue/zones/{provider}/{code}', {
          params: { path: { provider: zone.provider, code: zone.code } },
          body: { is_active: isActive },
        }),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['catalogue'] });
      await client.invalidateQueries({ queryKey: ['offers'] });
    },
  });
  return (
    <li className="px-5 py-1">
      <label className="flex min-h-9 items-center gap-3">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          aria-label={t('machines.zone_on', { zone: zone.code })}
          checked={change.variables !== undefined && change.isPending ? change.variables : zone.is_active}
          disabled={change.isPending}
          data-testid={`zone-${zone.code}`}
          onChange={(event) => change.mutate(event.target.checked)}
        />
        <span className="font-medium">{zone.code}</span>
        <span className="text-sm text-muted">{zone.region}</span>
        <span className="ml-auto text-xs text-muted">{t(`machines.origin_${zone.origin}`)}</span>
      </label>
      {change.isError && <ErrorState error={change.error} />}
    </li>
  );
}
