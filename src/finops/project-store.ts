/** Use and cost by project: use by the project of the key when it was used, cost by that of the deployment now. */
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { costUpTo, DEPLOYMENT_OF_INSTANCE } from './interval-store.ts';
import type { UsageSums } from './ledger-store.ts';

export interface Window {
  readonly from: Date;
  readonly to: Date;
}

/** Over whole hours. */
export async function readUsageByProject(
  db: Queryable,
  scope: OrgScope,
  window: Window,
): Promise<(UsageSums & { readonly project_id: string | null })[]> {
  return db.query(
    `select nullif(project_id, '') as project_id, sum(requests)::bigint as requests,
       sum(prompt_tokens)::bigint as prompt_tokens, sum(completion_tokens)::bigint as completion_tokens,
       sum(cached_tokens)::bigint as cached_tokens
     from usage_hourly where org_id = $1 and hour >= date_trunc('hour', $2::timestamptz, 'UTC') and hour < $3
     group by 1 order by 1 nulls last`,
    [scope.orgId, window.from, window.to],
  );
}

/** What was spent between two moments; the rows add up to the organisation's own. */
export async function readCostsByProject(
  db: Queryable,
  scope: OrgScope,
  window: Window,
): Promise<{ readonly project_id: string | null; readonly micros: number }[]> {
  return db.query(
    `select d.project_id, sum((${costUpTo('least($3::timestamptz, app_now())')})
                            - (${costUpTo('least($2::timestamptz, app_now())')}))::bigint as micros
     from cost_intervals c
     left join (${DEPLOYMENT_OF_INSTANCE}) on i.org_id = c.org_id and i.id = c.instance_id
     where c.org_id = $1 and c.during && tstzrange($2, $3)
     group by 1 order by 1 nulls last`,
    [scope.orgId, window.from, window.to],
  );
}
