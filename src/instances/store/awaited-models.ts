import type { Queryable } from '#database/database.ts';
import type { InstanceId, ModelId, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** A model that an organisation has on machines, or on its way there. */
export interface AwaitedModel {
  readonly orgId: OrgId;
  readonly modelId: ModelId;
  /** When the first machine on its way is usually ready; null when none is, or no earlier start tells. */
  readonly readyInMs: number | null;
  readonly isStarting: boolean;
}

/**
 * Models that an instance serves or is on its way to serve, per organisation. How long a start still takes is the
 * median of what the last starts of the same type took from the same step on, the same model first.
 */
export async function selectAwaitedModels(db: Queryable): Promise<AwaitedModel[]> {
  // While nothing starts, which is nearly always, the last two parts have no rows to work on.
  return db.query<AwaitedModel>(
    `with awaited as (
       select org_id, model_id, instance_type_id, id, state from instances
       where wanted = 'serving'
         and state in ('provisioning', 'booting', 'installing', 'starting', 'ready', 'unavailable')
         and not exists (
           select from activations a
           where a.org_id = instances.org_id and a.resource_kind = 'instance' and a.resource_id = instances.id
             and not (a.technical_is_given and a.economic_is_given))),
     starting as (
       select a.id, a.model_id, a.instance_type_id, last.step, last.completed_at
       from awaited a
       cross join lateral (
         select step, completed_at from instance_steps s
         where s.instance_id = a.id order by completed_at desc, step limit 1) last
       where a.state in ('provisioning', 'booting', 'installing', 'starting')),
     usual as (
       select pair.model_id, pair.instance_type_id, s.step,
              percentile_cont(0.5) within group (
                order by extract(epoch from earlier.ready_at - s.completed_at)::double precision * 1000) as left_ms
       from (select distinct model_id, instance_type_id from starting) pair
       cross join lateral (
         select id, ready_at from instances i
         where i.instance_type_id = pair.instance_type_id and i.ready_at is not null
         order by (i.model_id = pair.model_id) desc, i.ready_at desc, i.id limit 20) earlier
       join instance_steps s on s.instance_id = earlier.id and s.completed_at <= earlier.ready_at
       group by pair.model_id, pair.instance_type_id, s.step)
     select a.org_id as "orgId", a.model_id as "modelId",
            min(case when u.left_ms is not null then
              greatest(1000, u.left_ms - extract(epoch from app_now() - st.completed_at)::double precision * 1000)
            end) as "readyInMs",
            bool_or(a.state in ('provisioning', 'booting', 'installing', 'starting')) as "isStarting"
     from awaited a
     left join starting st on st.id = a.id
     left join usual u on u.model_id = st.model_id and u.instance_type_id = st.instance_type_id and u.step = st.step
     group by a.org_id, a.model_id
     order by a.org_id, a.model_id`,
  );
}

/** A model of which an instance is there or on its way, and lacks an activation. */
export interface UnactivatedModel {
  readonly orgId: OrgId;
  readonly modelId: ModelId;
  readonly isTechnicalMissing: boolean;
  readonly isEconomicMissing: boolean;
}

/** Uses activations_missing, so it costs nothing while everything is activated. */
export async function selectUnactivatedModels(db: Queryable): Promise<UnactivatedModel[]> {
  return db.query<UnactivatedModel>(
    `select i.org_id as "orgId", i.model_id as "modelId",
            bool_or(not a.technical_is_given) as "isTechnicalMissing",
            bool_or(not a.economic_is_given) as "isEconomicMissing"
     from activations a
     join instances i on i.org_id = a.org_id and i.id = a.resource_id
     where a.resource_kind = 'instance' and not (a.technical_is_given and a.economic_is_given)
       and i.wanted = 'serving'
       and i.state in ('provisioning', 'booting', 'installing', 'starting', 'ready', 'unavailable')
     group by i.org_id, i.model_id order by i.org_id, i.model_id`,
  );
}

/** Instances of an organisation that are not ordered at their provider yet, by what they need. */
export async function listOrdered(
  db: Queryable,
  scope: OrgScope,
  need: { readonly kind: 'model' | 'provider'; readonly id: string },
): Promise<InstanceId[]> {
  const rows = await db.query<{ id: InstanceId }>(
    `select id from instances
     where org_id = $1 and case when $2 = 'model' then model_id else provider_id end = $3
       and state = 'provisioning' order by id`,
    [scope.orgId, need.kind, need.id],
  );
  return rows.map(({ id }) => id);
}
