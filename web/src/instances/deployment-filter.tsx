import { useQuery } from '@tanstack/react-query';
import { Layers, X } from 'lucide-react';
import { deploymentQuery } from '../deployments/queries.ts';
import { useTranslation } from '../i18n/use-translation.ts';

/** Says that only one deployment is shown, and ends that. */
export function DeploymentFilter({ id, onClear }: { id: string; onClear: () => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(deploymentQuery(id));
  return (
    <button
      type="button"
      className="inline-flex h-8 max-w-full items-center gap-2 rounded-full border border-accent/30 bg-accent/12 px-3 text-sm font-medium hover:bg-accent/20"
      title={t('deployments.clear_filter')}
      data-testid="deployment-filter"
      onClick={onClear}
    >
      <Layers aria-hidden className="size-4 shrink-0" />
      <span className="truncate">{data?.name ?? t('deployment.one')}</span>
      <X aria-hidden className="size-3.5 shrink-0" />
      <span className="sr-only">{t('deployments.clear_filter')}</span>
    </button>
  );
}
