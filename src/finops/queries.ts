import type { CostSummary } from '#contracts/management.ts';
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { readCumulative, readFigures } from './interval-store.ts';

export { readUsageOfInstance as usageOfInstance } from './instance-usage-store.ts';
export { listIntervals, readCostsOfInstances as costsOfInstances } from './interval-store.ts';
export { readCostsByProject } from './project-store.ts';
export {
  type AskedRequest,
  type RequestFigures,
  selectRequestFigures as figuresOfRequests,
} from './request-figures-store.ts';
export { LEDGER_LIST, listLedgerRows } from './usage-list-store.ts';
export {
  isKeptByDay,
  listUsageGroups,
  readUsageByProject,
  readUsageSums,
  USAGE_GROUP_LIST,
} from './usage-sums-store.ts';

const MINUTES_PER_HOUR = 60;

export async function getCostSummary(
  db: Queryable,
  scope: OrgScope,
  projectId?: string | undefined,
): Promise<CostSummary> {
  const figures = await readFigures(db, scope, projectId);
  return {
    currency: 'EUR',
    micros_per_hour: figures.microsPerHour,
    micros_per_minute: Math.round(figures.microsPerHour / MINUTES_PER_HOUR),
    cumulative_micros: figures.cumulativeMicros,
    today_micros: figures.cumulativeMicros - figures.beforeTodayMicros,
    month_micros: figures.cumulativeMicros - figures.beforeMonthMicros,
    unpriced_resources: figures.unpricedResources,
    at: figures.at.toISOString(),
  };
}

export interface CostPoint {
  readonly at: string;
  readonly micros: number;
  readonly cumulative_micros: number;
}

/** Cost per step of a window. The points add up to the cumulative's growth by construction. */
export async function getCostSeries(
  db: Queryable,
  scope: OrgScope,
  window: { from: Date; to: Date; stepSeconds: number; projectId?: string | undefined },
): Promise<CostPoint[]> {
  const rows = await readCumulative(db, scope, window);
  return rows.slice(1).map((row, index) => ({
    at: row.at.toISOString(),
    micros: row.cumulativeMicros - (rows[index]?.cumulativeMicros ?? 0),
    cumulative_micros: row.cumulativeMicros,
  }));
}
