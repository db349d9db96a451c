/** Use and cost by project: use by the project of the key when it was used, cost by that of the deployment now. */
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { costUpTo, DEPLOYMENT_OF_INSTANCE } from './interval-store.ts';

export interface Window {
  readonly from: Date;
  readonly to: Date;
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
