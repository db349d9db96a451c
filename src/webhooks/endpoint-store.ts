/** Endpoints of webhooks. */
import type { BusinessEventType } from '#contracts/business-events.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, WebhookId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface EndpointRow {
  readonly orgId: OrgId;
  readonly id: WebhookId;
  readonly url: string;
  readonly description: string;
  readonly eventTypes: BusinessEventType[];
  readonly isEnabled: boolean;
  readonly disabledBecause: 'failing' | 'gone' | null;
  readonly failingSince: Date | null;
  readonly formerUntil: Date | null;
  readonly createdAt: Date;
}

/** What a sender needs. */
export interface SendingRow extends EndpointRow {
  readonly secret: string;
  /** Null when there is none any more. */
  readonly formerSecret: string | null;
  readonly pausedForMs: number;
}

const ENDPOINT = `org_id as "orgId", id, url, description, event_types as "eventTypes", is_enabled as "isEnabled",
  disabled_because as "disabledBecause", failing_since as "failingSince",
  case when former_until > app_now() then former_until end as "formerUntil", created_at as "createdAt"`;

export async function insertEndpoint(
  tx: Transaction,
  scope: OrgScope,
  endpoint: {
    readonly id: WebhookId;
    readonly url: string;
    readonly description: string;
    readonly eventTypes: readonly string[];
    readonly secret: string;
    readonly createdBy: string;
  },
): Promise<EndpointRow> {
  const [row] = await tx.query<EndpointRow>(
    `insert into webhook_endpoints (org_id, id, url, description, event_types, is_enabled, secret, created_by, created_at)
     values ($1, $2, $3, $4, $5, true, $6, $7, app_now()) returning ${ENDPOINT}`,
    [
      scope.orgId,
      endpoint.id,
      endpoint.url,
      endpoint.description,
      endpoint.eventTypes,
      endpoint.secret,
      endpoint.createdBy,
    ],
  );
  if (!row) throw new Error('an insert without a row');
  return row;
}

/** Makes of one organisation wait for each other, so that a limit on their number holds. */
export async function countEndpointsLocked(tx: Transaction, scope: OrgScope): Promise<number> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.webhooks'), hashtext($1))`, [scope.orgId]);
  const [row] = await tx.query<{ count: number }>(
    `select count(*) as count from webhook_endpoints where org_id = $1 and removed_at is null`,
    [scope.orgId],
  );
  return row?.count ?? 0;
}

export async function listEndpointRows(db: Queryable, scope: OrgScope): Promise<EndpointRow[]> {
  return db.query<EndpointRow>(
    `select ${ENDPOINT} from webhook_endpoints where org_id = $1 and removed_at is null order by id desc`,
    [scope.orgId],
  );
}

export async function findEndpointRow(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<EndpointRow | undefined> {
  const [row] = await db.query<EndpointRow>(
    `select ${ENDPOINT} from webhook_endpoints where org_id = $1 and id = $2 and removed_at is null`,
    [scope.orgId, id],
  );
  return row;
}

/** Held until the transaction ends. */
export async function lockEndpoint(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<SendingRow | undefined> {
  const [row] = await tx.query<SendingRow>(
    `select ${SENDING} from webhook_endpoints
     where org_id = $1 and id = $2 and removed_at is null for no key update`,
    [scope.orgId, id],
  );
  return row;
}

const SENDING = `${ENDPOINT}, secret, case when former_until > app_now() then former_secret end as "formerSecret",
  greatest(0, coalesce((extract(epoch from paused_until - app_now()) * 1000)::double precision, 0)) as "pausedForMs"`;

/** By id alone: deliveries are the work of the installation. */
export async function findSendingRow(db: Queryable, id: string): Promise<SendingRow | undefined> {
  const [row] = await db.query<SendingRow>(
    `select ${SENDING} from webhook_endpoints where id = $1 and removed_at is null`,
    [id],
  );
  return row;
}

/** Whoever wants to be told of something in these organisations. */
export async function listListeners(db: Queryable, orgIds: readonly string[]): Promise<EndpointRow[]> {
  return db.query<EndpointRow>(
    `select ${ENDPOINT} from webhook_endpoints
     where org_id = any($1) and is_enabled and removed_at is null order by id`,
    [orgIds],
  );
}

/** A changed endpoint begins anew: what failed before says nothing about it. */
export async function updateEndpoint(
  tx: Transaction,
  scope: OrgScope,
  id: WebhookId,
  to: {
    readonly url: string;
    readonly description: string;
    readonly eventTypes: readonly string[];
    readonly isEnabled: boolean;
  },
): Promise<EndpointRow | undefined> {
  const [row] = await tx.query<EndpointRow>(
    `update webhook_endpoints set url = $3, description = $4, event_types = $5, is_enabled = $6,
       disabled_because = case when $6 then null else disabled_because end,
       failing_since = null, failures_in_a_row = 0, paused_until = null
     where org_id = $1 and id = $2 returning ${ENDPOINT}`,
    [scope.orgId, id, to.url, to.description, to.eventTypes, to.isEnabled],
  );
  return row;
}

export async function updateSecret(
  tx: Transaction,
  scope: OrgScope,
  id: WebhookId,
  to: {
    readonly secret: string;
    readonly former: string | null;
    readonly overlapHours: number;
  },
): Promise<EndpointRow | undefined> {
  const [row] = await tx.query<EndpointRow>(
    `update webhook_endpoints set secret = $3, former_secret = $4,
       former_until = case when $4::text is not null then app_now() + make_interval(hours => $5) end
     where org_id = $1 and id = $2 returning ${ENDPOINT}`,
    [scope.orgId, id, to.secret, to.former, to.overlapHours],
  );
  return row;
}

/** Out of sight, its secrets gone; its row holds the log of deliveries. */
export async function markEndpointRemoved(tx: Transaction, scope: OrgScope, id: WebhookId): Promise<void> {
  await tx.query(
    `update webhook_endpoints set removed_at = app_now(), is_enabled = false, secret = '', former_secret = null,
       former_until = null
     where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

export async function noteArrival(tx: Transaction, scope: OrgScope, id: WebhookId): Promise<void> {
  await tx.query(
    `update webhook_endpoints set failing_since = null, failures_in_a_row = 0, paused_until = null
     where org_id = $1 and id = $2 and (failing_since is not null or failures_in_a_row > 0)`,
    [scope.orgId, id],
  );
}

/**
 * Counts a failure; the endpoint rests before anything else is sent to it. Gives how long nothing has arrived, and
 * undefined when it is off meanwhile.
 */
export async function noteFailure(
  tx: Transaction,
  scope: OrgScope,
  id: WebhookId,
  pause: { readonly firstMs: number; readonly maxMs: number },
): Promise<number | undefined> {
  const [row] = await tx.query<{ failingMs: number }>(
    `update webhook_endpoints set failing_since = coalesce(failing_since, app_now()),
       failures_in_a_row = failures_in_a_row + 1,
       paused_until = app_now() + make_interval(secs =>
         least($4::double precision, $3::double precision * power(2, least(failures_in_a_row, 30))) / 1000)
     where org_id = $1 and id = $2 and is_enabled
     returning (extract(epoch from app_now() - failing_since) * 1000)::double precision as "failingMs"`,
    [scope.orgId, id, pause.firstMs, pause.maxMs],
  );
  return row?.failingMs;
}

/** False when it was off already. */
export async function disableEndpoint(
  tx: Transaction,
  scope: OrgScope,
  id: WebhookId,
  because: 'failing' | 'gone',
): Promise<boolean> {
  const rows = await tx.query(
    `update webhook_endpoints set is_enabled = false, disabled_because = $3
     where org_id = $1 and id = $2 and is_enabled returning 1`,
    [scope.orgId, id, because],
  );
  return rows.length === 1;
}
