import type { Queryable, Transaction } from '#database/database.ts';
import type { InstanceId, VolumeId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface NewVolume {
  readonly id: VolumeId;
  readonly instanceId: InstanceId;
  readonly providerId: string;
  readonly providerRef: string;
  readonly zone: string;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly isBoot: boolean;
  readonly nanosPerHour: number | null;
  /** The server that came with it; nothing for one that was ordered by itself. */
  readonly discoveredOn?: string | undefined;
}

/** Keeps what was known when a volume is discovered again; a kind that was unknown is filled in. */
export async function upsertVolume(tx: Transaction, scope: OrgScope, volume: NewVolume): Promise<void> {
  await tx.query(
    `insert into instance_volumes (org_id, id, instance_id, provider_id, provider_ref, zone, kind, size_bytes,
       is_boot, delete_on_terminate, nanos_per_hour, discovered_on, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10, $11, app_now())
     on conflict (provider_id, zone, provider_ref) do update set
       kind = excluded.kind, size_bytes = excluded.size_bytes, is_boot = excluded.is_boot,
       nanos_per_hour = coalesce(instance_volumes.nanos_per_hour, excluded.nanos_per_hour)
     where instance_volumes.kind = 'unknown'`,
    [
      scope.orgId,
      volume.id,
      volume.instanceId,
      volume.providerId,
      volume.providerRef,
      volume.zone,
      volume.kind,
      volume.sizeBytes,
      volume.isBoot,
      volume.nanosPerHour,
      volume.discoveredOn ?? null,
    ],
  );
}

/** Whose volume it is. */
export async function findVolumeOwner(
  db: Queryable,
  scope: OrgScope,
  volume: Pick<NewVolume, 'providerId' | 'zone' | 'providerRef'>,
): Promise<string | undefined> {
  const [row] = await db.query<{ id: string }>(
    `select instance_id as id from instance_volumes
     where org_id = $1 and provider_id = $2 and zone = $3 and provider_ref = $4`,
    [scope.orgId, volume.providerId, volume.zone, volume.providerRef],
  );
  return row?.id;
}

export async function markVolumeDeleteCalled(tx: Transaction, scope: OrgScope, id: VolumeId): Promise<void> {
  await tx.query(`update instance_volumes set delete_called_at = app_now() where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
}

export async function markVolumeDeleted(tx: Transaction, scope: OrgScope, id: VolumeId): Promise<void> {
  await tx.query(
    `update instance_volumes set deleted_at = coalesce(deleted_at, app_now()) where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

export interface VolumeView {
  readonly id: string;
  readonly provider_ref: string;
  readonly kind: string;
  readonly size_bytes: number;
  readonly is_boot: boolean;
  readonly delete_on_terminate: boolean;
  readonly nanos_per_hour: number | null;
  readonly currency: string | null;
  readonly is_given: boolean;
  readonly created_at: Date;
  readonly delete_asked_at: Date | null;
  readonly deleted_at: Date | null;
}

/** Its own, and those that it was given. */

export async function selectVolumes(
  db: Queryable,
  scope: OrgScope,
  instanceId: InstanceId,
): Promise<VolumeView[]> {
  return db.query<VolumeView>(
    `select v.id, v.provider_ref, v.kind, v.size_bytes, v.is_boot, v.delete_on_terminate, v.nanos_per_hour,
            i.price_currency as currency, v.instance_id <> $2 as is_given, v.created_at, v.delete_asked_at,
            v.deleted_at
     from instance_volumes v join instances i on i.id = v.instance_id
     where v.org_id = $1 and (v.instance_id = $2 or v.used_by = $2) order by v.created_at, v.id`,
    [scope.orgId, instanceId],
  );
}
