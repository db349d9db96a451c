import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Layers } from 'lucide-react';
import { deploymentQuery } from '../deployments/queries.ts';
import { useTranslation } from '../i18n/use-translation.ts';

/** From a machine to the deployment it belongs to. */
export function DeploymentLink({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(deploymentQuery(id));
  return (
    <Link
      to="/deployments"
      search={{ find: data?.name ?? id, show: 'all' }}
      title={t('deployment.one')}
      className="inline-flex min-w-0 items-center gap-1.5 text-accent underline-offset-2 hover:underline"
    >
      <Layers aria-hidden className="size-4 shrink-0" />
      <span className="truncate">{data?.name ?? t('deployment.one')}</span>
    </Link>
  );
}
