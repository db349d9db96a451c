import type { Queryable, Transaction } from '#database/database.ts';
import { emitEvent } from '#database/events.ts';
import { costOfSpan } from '#kernel/money.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** A span in which a resource costs; `to` is null while it still does. */
export interface CostInterval {
  readonly id: string;
  readonly resourceKind: 'server' | 'volume' | 'address';
  readonly resourceRef: string;
  readonly instanceId: string;
  readonly from: Date;
  readonly to: Date | null;
  readonly nanosPerHour: number | null;
  readonly eurRateMillionths: number | null;
  readonly micros: number | null;
}

const COLUMNS = `id, resource_kind as "resourceKind", resource_ref as "resourceRef", instance_id as "instanceId",
  lower(during) as "from", upper(during) as "to", nanos_per_hour as "nanosPerHour",
  eur_rate_millionths as "eurRateMillionths", micros`;

export interface OpeningInterval {
  readonly id: string;
  readonly instanceId: string;
  readonly resourceKind: string;
  readonly resourceRef: string;
  readonly providerId: string;
  readonly zone: string;
  readonly from: Date;
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly eurRateMillionths: number | null;
}

/** Opens the interval of a resource, once: a resource that has one already keeps it. */
export async function openInterval(
  tx: Transaction,
  scope: OrgScope,
  opening: OpeningInterval,
): Promise<void> {
  const rows = await tx.query(
    `insert into cost_intervals
       (org_id, id, instance_id, resource_kind, resource_ref, provider_id, zone, during,
        nanos_per_hour, currency, eur_rate_millionths)
     select $1, $2, $3, $4, $5, $6, $7, tstzrange($8, null), $9, $10, $11
     where not exists (select from cost_intervals where resource_kind = $4 and resource_ref = $5)
     returning 1`,
    [
      scope.orgId,
      opening.id,
      opening.instanceId,
      opening.resourceKind,
      opening.resourceRef,
      opening.providerId,
      opening.zone,
      opening.from,
      opening.nanosPerHour,
      opening.currency,
      opening.eurRateMillionths,
    ],
  );
  if (rows.length > 0) await announce(tx, scope, opening.instanceId);
}

/**
 * Closes the open interval of a resource and rounds its cost, once. A stop at or before the start is a span of no
 * length: it is kept as one millisecond, because a range cannot be empty, and costs nothing.
 */
export async function closeInterval(
  tx: Transaction,
  scope: OrgScope,
  resource: { kind: string; ref: string },
  stopAt: Date,
): Promise<void> {
  const [open] = await tx.query<CostInterval>(
    `select ${COLUMNS} from cost_intervals
     where org_id = $1 and resource_kind = $2 and resource_ref = $3 and upper_inf(during) for update`,
    [scope.orgId, resource.kind, resource.ref],
  );
  if (!open) return;
  const durationMs = Math.max(0, stopAt.getTime() - open.from.getTime());
  const end = new Date(open.from.getTime() + Math.max(1, durationMs));
  const micros =
    open.nanosPerHour === null || open.eurRateMillionths === null
      ? null
      : costOfSpan(durationMs, open.nanosPerHour, open.eurRateMillionths);
  await tx.query(
    `update cost_intervals set during = tstzrange(lower(during), $3), micros = $4 where org_id = $1 and id = $2`,
    [scope.orgId, open.id, end, micros],
  );
  await announce(tx, scope, open.instanceId);
}

/** Newest first; of a window those that cost anything in it. */
export async function listIntervals(
  db: Queryable,
  scope: OrgScope,
  filter: {
    instanceId?: string | undefined;
    from?: Date | undefined;
    to?: Date | undefined;
    limit: number;
  },
): Promise<CostInterval[]> {
  return db.query<CostInterval>(
    `select ${COLUMNS} from cost_intervals
     where org_id = $1 and ($2::text is null or instance_id = $2)
       and ($4::timestamptz is null and $5::timestamptz is null or during && tstzrange($4, $5))
     order by lower(during) desc, id desc limit $3`,
    [scope.orgId, filter.instanceId ?? null, filter.limit, filter.from ?? null, filter.to ?? null],
  );
}

/**
 * Cost of one interval up to a moment, as an SQL expression over cost_intervals `c` and a timestamptz expression:
 * the stored figure once it is closed and past, else milliseconds x rate by the same single rounding.
 */
export function costUpTo(moment: string): string {
  return `case
    when c.nanos_per_hour is null or lower(c.during) >= ${moment} then 0
    when c.micros is not null and upper(c.during) <= ${moment} then c.micros
    else round(
      extract(epoch from least(coalesce(upper(c.during), ${moment}), ${moment}) - lower(c.during)) * 1000
        * c.nanos_per_hour * c.eur_rate_millionths / 3600000000000000)
  end`;
}

/** To be joined by organisation and id to what names an instance. */
export const DEPLOYMENT_OF_INSTANCE = `
  instances i left join deployments d on d.org_id = i.org_id and d.id = i.deployment_id`;

/** An SQL condition on cost_intervals `c`: of this project, of none (`none`), or any when it is null. */
function isOfProject(parameter: string): string {
  return `(${parameter}::text is null or exists (
    select from ${DEPLOYMENT_OF_INSTANCE}
    where i.org_id = c.org_id and i.id = c.instance_id and coalesce(d.project_id, 'none') = ${parameter}))`;
}

export interface CostFigures {
  readonly at: Date;
  readonly microsPerHour: number;
  readonly cumulativeMicros: number;
  readonly beforeTodayMicros: number;
  readonly beforeMonthMicros: number;
  readonly unpricedResources: number;
}

/** Present rate and cumulative sums of an organisation; days and months begin at midnight UTC. */
export async function readFigures(
  db: Queryable,
  scope: OrgScope,
  projectId?: string | undefined,
): Promise<CostFigures> {
  const [figures] = await db.query<CostFigures>(
    `with moment as (select app_now() as at)
     select moment.at,
       coalesce(sum(round(c.nanos_per_hour * c.eur_rate_millionths::numeric / 1000000000))
         filter (where upper_inf(c.during)), 0)::bigint as "microsPerHour",
       coalesce(sum(${costUpTo('moment.at')}), 0)::bigint as "cumulativeMicros",
       coalesce(sum(${costUpTo(`date_trunc('day', moment.at, 'UTC')`)}), 0)::bigint as "beforeTodayMicros",
       coalesce(sum(${costUpTo(`date_trunc('month', moment.at, 'UTC')`)}), 0)::bigint as "beforeMonthMicros",
       count(c.id) filter (where upper_inf(c.during) and c.nanos_per_hour is null) as "unpricedResources"
     from moment left join cost_intervals c on c.org_id = $1 and ${isOfProject('$2')}
     group by moment.at`,
    [scope.orgId, projectId ?? null],
  );
  if (!figures) throw new Error('an aggregate without a row');
  return figures;
}

/** Cumulative cost at each step of a window; the cost of a step is the difference to the one before. */
export async function readCumulative(
  db: Queryable,
  scope: OrgScope,
  window: { from: Date; to: Date; stepSeconds: number; projectId?: string | undefined },
): Promise<{ at: Date; cumulativeMicros: number }[]> {
  return db.query(
    `select t.at, coalesce(sum(${costUpTo('least(t.at, app_now())')}), 0)::bigint as "cumulativeMicros"
     from generate_series($2::timestamptz, $3::timestamptz, make_interval(secs => $4)) as t(at)
     left join cost_intervals c on c.org_id = $1 and lower(c.during) < t.at and ${isOfProject('$5')}
     group by t.at order by t.at`,
    [scope.orgId, window.from, window.to, window.stepSeconds, window.projectId ?? null],
  );
}

/** Cost so far of each of these instances, volumes and addresses included. */
export async function readCostsOfInstances(
  db: Queryable,
  scope: OrgScope,
  instanceIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.query<{ instanceId: string; micros: number }>(
    `select c.instance_id as "instanceId", sum(${costUpTo('moment.at')})::bigint as micros
     from (select app_now() as at) moment, cost_intervals c
     where c.org_id = $1 and c.instance_id = any($2) group by c.instance_id`,
    [scope.orgId, instanceIds],
  );
  return new Map(rows.map((row) => [row.instanceId, row.micros]));
}

async function announce(tx: Transaction, scope: OrgScope, instanceId: string): Promise<void> {
  await emitEvent(tx, { orgId: scope.orgId, type: 'cost.changed', subjectId: instanceId, summary: {} });
}
