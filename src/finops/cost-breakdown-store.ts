/** Costs by what they come from, and the part of them in which nothing was served. */
import type { CostGrouping } from '#contracts/cost-breakdown.ts';
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { costUpTo, DEPLOYMENT_OF_INSTANCE } from './interval-store.ts';
import type { Window } from './project-store.ts';

export interface BreakdownWish extends Window {
  readonly by: CostGrouping;
  readonly stepSeconds: number;
  readonly projectId?: string | undefined;
}

export interface BreakdownRow {
  readonly value: string | null;
  readonly name: string | null;
  /** Which step of the window, from 0. */
  readonly step: number;
  readonly micros: number;
}

const GROUPS: Readonly<Record<CostGrouping, { readonly value: string; readonly name: string }>> = {
  project: {
    value: 'd.project_id',
    name: '(select p.name from projects p where p.org_id = c.org_id and p.id = d.project_id)',
  },
  deployment: { value: 'd.id', name: 'd.name' },
  model: { value: 'i.model_id', name: '(select m.hf_id from models m where m.id = i.model_id)' },
  provider: {
    value: 'c.provider_id',
    name: '(select p.name from providers p where p.id = c.provider_id)',
  },
  kind: { value: 'c.resource_kind', name: 'c.resource_kind' },
};

const ENDED = 'least($3::timestamptz, app_now())';

/** The cost of each group in each step; steps are differences of one rounding, so that they add up. */
export async function readBreakdown(
  db: Queryable,
  scope: OrgScope,
  { by, from, to, stepSeconds, projectId }: BreakdownWish,
): Promise<BreakdownRow[]> {
  const { value, name } = GROUPS[by];
  const begins = `least(s.begins, ${ENDED})`;
  const ends = `least(s.begins + make_interval(secs => $4), ${ENDED})`;
  return db.query<BreakdownRow>(
    `with steps as (
       select begins, n::integer - 1 as step
       from generate_series($2::timestamptz, $3::timestamptz - interval '1 millisecond', make_interval(secs => $4))
         with ordinality as t (begins, n))
     select ${value} as value, max(${name}) as name, s.step,
            sum((${costUpTo(ends)}) - (${costUpTo(begins)}))::bigint as micros
     from cost_intervals c
     join steps s on c.during && tstzrange(s.begins, s.begins + make_interval(secs => $4))
     left join (${DEPLOYMENT_OF_INSTANCE}) on i.org_id = c.org_id and i.id = c.instance_id
     where c.org_id = $1 and c.during && tstzrange($2, $3)
       and ($5::text is null or coalesce(d.project_id, 'none') = $5)
     group by 1, 3 order by 1 nulls last, 3`,
    [scope.orgId, from, to, stepSeconds, projectId ?? null],
  );
}

export interface IdleRow {
  readonly deployment_id: string | null;
  readonly name: string | null;
  readonly micros: number;
  readonly idle_micros: number;
}

/**
 * What machines cost while they served nobody. A machine is busy from the beginning of a request to its end, whoever
 * asked, and requests at the same time count once; its volumes and addresses are as idle as itself.
 */
export async function readIdleCosts(
  db: Queryable,
  scope: OrgScope,
  { from, to }: Window,
): Promise<IdleRow[]> {
  const spent = `(${costUpTo(ENDED)}) - (${costUpTo('least($2::timestamptz, app_now())')})`;
  return db.query<IdleRow>(
    `with spent as (
       select c.instance_id, sum(${spent}) as micros,
         sum(extract(epoch from upper(lived) - lower(lived))) filter (where c.resource_kind = 'server') as seconds
       from cost_intervals c,
         lateral (select c.during * tstzrange($2, greatest($2::timestamptz, ${ENDED})) as lived) l
       where c.org_id = $1 and c.during && tstzrange($2, $3)
       group by 1),
     served as (
       select instance_id, range_agg(tstzrange(greatest(started_at, $2), least(ended_at, ${ENDED}))) as spans
       from usage_ledger
       where ((org_id = $1 and provider_org_id is null) or provider_org_id = $1) and instance_id is not null
         and started_at < ${ENDED} and ended_at > $2 and ended_at > started_at
       group by 1),
     busy as (
       select instance_id,
         (select sum(extract(epoch from upper(span) - lower(span))) from unnest(spans) as u (span)) as seconds
       from served)
     select d.id as deployment_id, max(d.name) as name, sum(s.micros)::bigint as micros,
       sum(round(s.micros * (1 - least(1, coalesce(b.seconds / nullif(s.seconds, 0), 0)))))::bigint as idle_micros
     from spent s
     left join busy b on b.instance_id = s.instance_id
     left join (${DEPLOYMENT_OF_INSTANCE}) on i.org_id = $1 and i.id = s.instance_id
     group by 1 order by 4 desc, 1 nulls last`,
    [scope.orgId, from, to],
  );
}
