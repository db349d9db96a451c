/** The moments between which a resource costs. Each is written once, with the fact it follows from. */
import { recordEvent } from '#database/business-events.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { type CorrelationId, type InstanceId, newId, type OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface CostEvent {
  readonly orgId: OrgId;
  readonly instanceId: InstanceId;
  readonly resourceKind: 'server' | 'volume' | 'address';
  readonly resourceRef: string;
  readonly edge: 'start' | 'stop';
  /** The billable moment. */
  readonly at: Date;
  readonly providerId: string;
  readonly zone: string;
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
}

export interface NewCostEvent extends Omit<CostEvent, 'orgId' | 'at'> {
  /** As the provider tells it; undefined: now, by the database's clock. */
  readonly atMs: number | undefined;
  readonly correlationId: CorrelationId;
}

/** A repeated event changes nothing: the first word on a moment stands. */
export async function insertCostEvent(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  event: NewCostEvent,
): Promise<void> {
  const [row] = await tx.query<{ at: Date }>(
    `insert into cost_events (org_id, id, instance_id, resource_kind, resource_ref, edge, at, provider_id, zone,
       nanos_per_hour, currency, created_at)
     values ($1, $2, $3, $4, $5, $6, coalesce(to_timestamp($7::double precision / 1000), app_now()), $8, $9,
       $10, $11, app_now())
     on conflict (resource_kind, resource_ref, edge) do nothing returning at`,
    [
      scope.orgId,
      newId(env, 'costEvent'),
      event.instanceId,
      event.resourceKind,
      event.resourceRef,
      event.edge,
      event.atMs ?? null,
      event.providerId,
      event.zone,
      event.nanosPerHour,
      event.currency,
    ],
  );
  if (!row) return;
  await recordEvent(tx, {
    orgId: scope.orgId,
    type: event.edge === 'start' ? 'INSTANCE_COST_START' : 'INSTANCE_COST_STOP',
    subjectId: event.instanceId,
    data: {
      instance_id: event.instanceId,
      resource_kind: event.resourceKind,
      resource_ref: event.resourceRef,
      provider: event.providerId,
      zone: event.zone,
      billed_at: row.at.toISOString(),
      price_nanos_per_hour: event.nanosPerHour,
      currency: event.currency,
    },
  });
  await enqueue(tx, {
    kind: 'settle-costs',
    subjectId: `${event.resourceKind}:${event.resourceRef}`,
    orgId: scope.orgId,
    correlationId: event.correlationId,
  });
}

export async function selectCostEvents(
  db: Queryable,
  resourceKind: string,
  resourceRef: string,
): Promise<CostEvent[]> {
  return db.query<CostEvent>(
    `select org_id as "orgId", instance_id as "instanceId", resource_kind as "resourceKind",
            resource_ref as "resourceRef", edge, at, provider_id as "providerId", zone,
            nanos_per_hour as "nanosPerHour", currency
     from cost_events where resource_kind = $1 and resource_ref = $2 order by edge`,
    [resourceKind, resourceRef],
  );
}
