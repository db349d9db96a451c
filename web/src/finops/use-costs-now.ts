import { useQuery } from '@tanstack/react-query';
import type { CostSummary } from '#contracts/management.ts';
import { useIsAllowed } from '../identity/session.ts';
import { useNow } from '../shell/use-now.ts';
import { accrueSummary } from './accrual.ts';
import { costSummaryQuery } from './queries.ts';

/** The figures of money as of this second, counted on from the last answer instead of asked for. */
export function useCostsNow(): { costs: CostSummary | undefined; isPending: boolean } {
  const { data, dataUpdatedAt, isLoading } = useQuery({ ...costSummaryQuery, enabled: useSeesCosts() });
  const nowMs = useNow(1_000);
  return { costs: data && accrueSummary(data, nowMs - dataUpdatedAt), isPending: isLoading };
}

/** How far the server's clock is ahead of ours: its dates are compared with its own time. */
export function useClockOffsetMs(): number {
  const { data, dataUpdatedAt } = useQuery({ ...costSummaryQuery, enabled: useSeesCosts() });
  return data ? Date.parse(data.at) - dataUpdatedAt : 0;
}

/** Who may not read costs is not refused on every page: nothing is asked for. */
function useSeesCosts(): boolean {
  return useIsAllowed('costs.read');
}
