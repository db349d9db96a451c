/** Volumes as things of their own: kept after their instance, deleted later, looked for when they are missed. */

import type { InstanceState } from '#contracts/instances.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { CorrelationId, InstanceId, OrgId, VolumeId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;

export interface OwnVolume {
  readonly nowMs: number;
  readonly id: VolumeId;
  readonly orgId: OrgId;
  readonly instanceId: InstanceId;
  readonly instanceState: InstanceState;
  readonly providerId: string;
  readonly accountId: string | null;
  readonly providerRef: string;
  readonly zone: string;
  readonly isBoot: boolean;
  readonly isKept: boolean;
  readonly isDeleted: boolean;
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly correlationId: CorrelationId;
  readonly deleteAskedAtMs: number | null;
  readonly deleteCalledAtMs: number | null;
  readonly missingSinceMs: number | null;
  /** The instance that it was given to and that has not ended. */
  readonly usedBy: InstanceId | null;
}

export async function findVolumeRow(
  db: Queryable,
  scope: OrgScope,
  id: VolumeId,
): Promise<OwnVolume | undefined> {
  const [row] = await db.query<OwnVolume>(
    `select ${ms('app_now()')} as "nowMs", v.id, v.org_id as "orgId", v.instance_id as "instanceId",
            i.state as "instanceState", v.provider_id as "providerId", i.account_id as "accountId",
            v.provider_ref as "providerRef", v.zone, v.is_boot as "isBoot",
            not v.delete_on_terminate as "isKept", v.deleted_at is not null as "isDeleted",
            v.nanos_per_hour as "nanosPerHour", i.price_currency as currency,
            i.correlation_id as "correlationId", ${ms('v.delete_asked_at')} as "deleteAskedAtMs",
            ${ms('v.delete_called_at')} as "deleteCalledAtMs", ${ms('v.missing_since')} as "missingSinceMs",
            u.id as "usedBy"
     from instance_volumes v join instances i on i.id = v.instance_id
     left join instances u on u.id = v.used_by and u.state not in ('terminated', 'archived')
     where v.org_id = $1 and v.id = $2`,
    [scope.orgId, id],
  );
  return row;
}

/** The instance's row is held, so that it cannot begin to end meanwhile. */
export async function lockInstanceOfVolume(tx: Transaction, scope: OrgScope, id: VolumeId): Promise<void> {
  await tx.query(
    `select 1 from instances where org_id = $1
       and id = (select instance_id from instance_volumes where org_id = $1 and id = $2) for no key update`,
    [scope.orgId, id],
  );
}

export async function setKept(
  tx: Transaction,
  scope: OrgScope,
  id: VolumeId,
  isKept: boolean,
): Promise<void> {
  await tx.query(
    `update instance_volumes set delete_on_terminate = not $3 where org_id = $1 and id = $2 and deleted_at is null`,
    [scope.orgId, id, isKept],
  );
}

export async function setUser(
  tx: Transaction,
  scope: OrgScope,
  id: VolumeId,
  userId: InstanceId,
): Promise<void> {
  await tx.query(`update instance_volumes set used_by = $3 where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
    userId,
  ]);
}

/** A machine that takes the place of another takes its volumes over; the provider gives them when they are free. */
export async function passVolumesOn(
  tx: Transaction,
  scope: OrgScope,
  from: InstanceId,
  to: InstanceId,
): Promise<void> {
  await tx.query(
    `update instance_volumes set used_by = $3 where org_id = $1 and used_by = $2 and deleted_at is null`,
    [scope.orgId, from, to],
  );
}

export async function askVolumeDeletion(tx: Transaction, scope: OrgScope, id: VolumeId): Promise<void> {
  await tx.query(
    `update instance_volumes set delete_asked_at = coalesce(delete_asked_at, app_now())
     where org_id = $1 and id = $2 and deleted_at is null`,
    [scope.orgId, id],
  );
}

export async function noteVolumeUnseen(tx: Transaction, scope: OrgScope, id: VolumeId): Promise<void> {
  await tx.query(
    `update instance_volumes set missing_since = coalesce(missing_since, app_now())
     where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

export async function noteVolumeSeen(tx: Transaction, scope: OrgScope, id: VolumeId): Promise<void> {
  await tx.query(`update instance_volumes set missing_since = null where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
}

export interface OwnVolumeView {
  readonly id: string;
  readonly instance_id: string;
  readonly instance_name: string;
  readonly instance_state: InstanceState;
  readonly provider_id: string;
  readonly account_id: string | null;
  readonly zone: string;
  readonly provider_ref: string;
  readonly kind: string;
  readonly size_bytes: number;
  readonly is_boot: boolean;
  readonly is_kept: boolean;
  readonly nanos_per_hour: number | null;
  readonly currency: string | null;
  readonly created_at: Date;
  readonly delete_asked_at: Date | null;
  readonly deleted_at: Date | null;
  readonly used_by: string | null;
  readonly used_by_name: string | null;
}

export interface VolumePage {
  readonly limit: number;
  readonly after: { readonly createdAt: string; readonly id: string } | undefined;
}

/** Newest first. Deleted ones only when asked for: their rows are never erased. */
export async function selectOwnVolumes(
  db: Queryable,
  scope: OrgScope,
  filter: { readonly isKept: boolean | undefined; readonly includeDeleted: boolean },
  page: VolumePage,
): Promise<OwnVolumeView[]> {
  return db.query<OwnVolumeView>(
    `select v.id, v.instance_id, i.name as instance_name, i.state as instance_state, v.provider_id, i.account_id,
            v.zone,
            v.provider_ref, v.kind, v.size_bytes, v.is_boot, not v.delete_on_terminate as is_kept,
            v.nanos_per_hour, i.price_currency as currency, v.created_at, v.delete_asked_at, v.deleted_at,
            u.id as used_by, u.name as used_by_name
     from instance_volumes v join instances i on i.id = v.instance_id
     left join instances u on u.id = v.used_by and u.state not in ('terminated', 'archived')
     where v.org_id = $1 and ($2::boolean is null or (not v.delete_on_terminate) = $2)
       and ($3 or v.deleted_at is null)
       and ($4::timestamptz is null or (v.created_at, v.id) < ($4::timestamptz, $5))
     order by v.created_at desc, v.id desc limit $6`,
    [
      scope.orgId,
      filter.isKept ?? null,
      filter.includeDeleted,
      page.after?.createdAt ?? null,
      page.after?.id ?? null,
      page.limit,
    ],
  );
}
