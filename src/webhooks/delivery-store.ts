/** Deliveries of webhooks and their attempts. */

import type { BusinessEventType } from '#contracts/business-events.ts';
import type { DeliverySort, DeliveryState } from '#contracts/webhooks.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import { Conditions, type ListFound, type Listing, type ListWish, selectList } from '#database/listing.ts';
import type { DeliveryId, OrgId, WebhookId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface NewDelivery {
  readonly orgId: string;
  readonly id: DeliveryId;
  readonly endpointId: string;
  readonly eventId: string;
  readonly eventType: BusinessEventType;
  readonly body: string;
}

/** One that is there already stays as it is: an event reaches an endpoint as one delivery. */
export async function insertDeliveries(
  tx: Transaction,
  deliveries: readonly NewDelivery[],
  retryHours: number,
): Promise<void> {
  if (deliveries.length === 0) return;
  await tx.query(
    `insert into webhook_deliveries (org_id, id, endpoint_id, event_id, event_type, body, state, due_at, until_at,
       created_at)
     select "orgId", id, "endpointId", "eventId", "eventType", body, 'pending', app_now(),
       app_now() + make_interval(hours => $2), app_now()
     from jsonb_to_recordset($1::jsonb) as d (
       "orgId" text, id text, "endpointId" text, "eventId" text, "eventType" text, body text)
     order by id
     on conflict (endpoint_id, event_id) do nothing`,
    [JSON.stringify(deliveries), retryHours],
  );
}

export interface DueDelivery {
  readonly orgId: OrgId;
  readonly id: DeliveryId;
  readonly eventId: string;
  readonly body: string;
  readonly attempts: number;
  readonly isLate: boolean;
}

/** What is to be sent now, in the order in which it fell due. Uses webhook_deliveries_due. */
export async function selectDueDeliveries(
  db: Queryable,
  endpointId: WebhookId,
  limit: number,
): Promise<DueDelivery[]> {
  return db.query<DueDelivery>(
    `select org_id as "orgId", id, event_id as "eventId", body, attempts, until_at <= app_now() as "isLate"
     from webhook_deliveries
     where endpoint_id = $1 and state = 'pending' and due_at <= (select app_now())
     order by due_at, id limit $2`,
    [endpointId, limit],
  );
}

/** Milliseconds until the next one is due; undefined when nothing waits. */
export async function readNextDueMs(db: Queryable, endpointId: WebhookId): Promise<number | undefined> {
  const [row] = await db.query<{ ms: number | null }>(
    `select (extract(epoch from min(due_at) - app_now()) * 1000)::double precision as ms
     from webhook_deliveries where endpoint_id = $1 and state = 'pending'`,
    [endpointId],
  );
  return row?.ms === null || row?.ms === undefined ? undefined : Math.max(0, row.ms);
}

export interface Attempt {
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

/**
 * Writes an attempt and what follows from it; `retryInMs` is undefined where nothing does. Given up when the next
 * attempt would come too late.
 */
export async function recordAttempt(
  tx: Transaction,
  scope: OrgScope,
  id: DeliveryId,
  attempt: Attempt,
  next: { readonly state: DeliveryState; readonly retryInMs: number },
): Promise<void> {
  await tx.query(
    `insert into webhook_attempts (org_id, delivery_id, number, at, duration_ms, status, error, answer)
     select $1, $2, coalesce(max(number), 0) + 1, app_now(), $3, $4, $5, $6
     from webhook_attempts where org_id = $1 and delivery_id = $2`,
    [scope.orgId, id, Math.round(attempt.durationMs), attempt.status, attempt.error, attempt.answer],
  );
  await tx.query(
    `with then_due as (select app_now() + make_interval(secs => $7::double precision / 1000) as at)
     update webhook_deliveries set attempts = attempts + 1, last_status = $3, last_error = $4,
       state = case when $5 = 'pending' and at > until_at then 'failed' else $5 end,
       due_at = at,
       ended_at = case when $5 = 'pending' and at <= until_at then null else app_now() end
     from then_due where org_id = $1 and id = $2 and state = $6`,
    [scope.orgId, id, attempt.status, attempt.error, next.state, 'pending', next.retryInMs],
  );
}

/** Given up without another attempt. Undefined `id`: all that wait for the endpoint. */
export async function failDeliveries(
  tx: Transaction,
  scope: OrgScope,
  which: { readonly endpointId: WebhookId; readonly id?: DeliveryId; readonly error: string },
): Promise<void> {
  await tx.query(
    `update webhook_deliveries set state = 'failed', ended_at = app_now(), last_error = coalesce(last_error, $4)
     where org_id = $1 and endpoint_id = $2 and ($3::text is null or id = $3) and state = 'pending'`,
    [scope.orgId, which.endpointId, which.id ?? null, which.error],
  );
}

/** Sent again from the beginning. Undefined when there is no such one; false when it waits already. */
export async function reviveDelivery(
  tx: Transaction,
  scope: OrgScope,
  which: { readonly endpointId: WebhookId; readonly id: string; readonly retryHours: number },
): Promise<boolean | undefined> {
  const [row] = await tx.query<{ state: DeliveryState }>(
    `select state from webhook_deliveries where org_id = $1 and endpoint_id = $2 and id = $3 for update`,
    [scope.orgId, which.endpointId, which.id],
  );
  if (!row) return undefined;
  if (row.state === 'pending') return false;
  await tx.query(`update webhook_deliveries set ${REVIVED} where org_id = $1 and id = $2`, [
    scope.orgId,
    which.id,
    which.retryHours,
  ]);
  return true;
}

/** Everything that was given up. Gives how many there were. */
export async function reviveFailed(
  tx: Transaction,
  scope: OrgScope,
  endpointId: WebhookId,
  retryHours: number,
): Promise<number> {
  const rows = await tx.query(
    `update webhook_deliveries set ${REVIVED}
     where org_id = $1 and endpoint_id = $2 and state = 'failed' returning 1`,
    [scope.orgId, endpointId, retryHours],
  );
  return rows.length;
}

/** $3 are the hours that it may take. */
const REVIVED = `state = 'pending', attempts = 0, due_at = app_now(), ended_at = null,
  until_at = app_now() + make_interval(hours => $3)`;

export interface DeliveryRow {
  readonly id: string;
  readonly event_id: string;
  readonly event_type: BusinessEventType;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly due_at: Date;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

const DELIVERY = `id, event_id, event_type, state, attempts, due_at, last_status, last_error, created_at, ended_at`;

/** Ids are made in the order of time. Uses webhook_deliveries_in_order. */
export const DELIVERY_LIST: Listing<DeliverySort> = {
  columns: DELIVERY,
  from: 'webhook_deliveries',
  home: 'org_id = $1',
  id: { by: 'id', type: 'text' },
  sorts: { created_at: { by: 'id', type: 'text' } },
};

export function listDeliveryRows(
  db: Queryable,
  scope: OrgScope,
  filter: {
    readonly endpointId: string;
    readonly state?: DeliveryState | undefined;
    readonly eventType?: string | undefined;
    readonly eventId?: string | undefined;
  },
  wish: ListWish<DeliverySort>,
): Promise<ListFound<DeliveryRow>> {
  const where = new Conditions()
    .equal('org_id', scope.orgId)
    .equal('endpoint_id', filter.endpointId)
    .equal('state', filter.state)
    .equal('event_type', filter.eventType)
    .equal('event_id', filter.eventId);
  return selectList(db, DELIVERY_LIST, where, wish);
}

export async function findDeliveryRow(
  db: Queryable,
  scope: OrgScope,
  endpointId: string,
  id: string,
): Promise<(DeliveryRow & { readonly body: string }) | undefined> {
  const [row] = await db.query<DeliveryRow & { body: string }>(
    `select ${DELIVERY}, body from webhook_deliveries where org_id = $1 and endpoint_id = $2 and id = $3`,
    [scope.orgId, endpointId, id],
  );
  return row;
}

export interface AttemptRow {
  readonly number: number;
  readonly at: Date;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

export async function listAttemptRows(
  db: Queryable,
  scope: OrgScope,
  deliveryId: string,
  limit: number,
): Promise<AttemptRow[]> {
  return db.query<AttemptRow>(
    `select number, at, duration_ms, status, error, answer from webhook_attempts
     where org_id = $1 and delivery_id = $2 order by number desc limit $3`,
    [scope.orgId, deliveryId, limit],
  );
}

/** Those that nobody sends any more, such as of an endpoint that is off, are over when their time is. */
export async function failLateDeliveries(db: Queryable, limit: number): Promise<number> {
  const rows = await db.query(
    `update webhook_deliveries set state = 'failed', ended_at = app_now(),
       last_error = coalesce(last_error, 'it was not sent in time')
     where id in (
       select d.id from webhook_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
       where d.state = 'pending' and d.until_at <= app_now() and not e.is_enabled order by d.id limit $1)
     returning 1`,
    [limit],
  );
  return rows.length;
}

/** With their attempts. Uses webhook_deliveries_by_age. */
export async function deleteOldDeliveries(
  db: Queryable,
  { retentionHours, limit }: { readonly retentionHours: number; readonly limit: number },
): Promise<number> {
  const rows = await db.query(
    `delete from webhook_deliveries where id in (
       select id from webhook_deliveries
       where created_at < app_now() - make_interval(hours => $1) and state <> 'pending'
       order by created_at, id limit $2)
     returning 1`,
    [retentionHours, limit],
  );
  return rows.length;
}
