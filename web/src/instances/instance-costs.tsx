import { useQuery } from '@tanstack/react-query';
import type { InstanceDetail } from '#contracts/instances.ts';
import { Card } from '../design/card.tsx';
import { ErrorState } from '../design/error-state.tsx';
import { SkeletonRows } from '../design/skeleton.tsx';
import { IntervalsTable } from '../finops/intervals-table.tsx';
import { costIntervalsQuery } from '../finops/queries.ts';
import { useTranslation } from '../i18n/use-translation.ts';
import { AccruingCost } from './accruing-cost.tsx';

export function InstanceCosts({ instance }: { instance: InstanceDetail }) {
  const { t } = useTranslation();
  const intervals = useQuery(costIntervalsQuery(instance.id));
  return (
    <Card
      isFlush
      title={t('costs.title')}
      note={
        <span className="tabular">
          <AccruingCost instances={[instance]} />
        </span>
      }
    >
      {intervals.isError && (
        <ErrorState error={intervals.error} onRetry={() => void intervals.refetch()} className="mx-4 mb-4" />
      )}
      {intervals.isPending && <SkeletonRows count={2} label={t('common.loading')} />}
      {intervals.data && <IntervalsTable intervals={intervals.data} isInstanceShown={false} />}
    </Card>
  );
}
