/** What the machines measured, one row per span of time. */
import type { HeartbeatRequest } from '#contracts/worker.ts';
import type { Queryable } from '#database/database.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface TimedSample {
  readonly orgId: string;
  readonly instanceId: InstanceId;
  readonly atMs: number;
  readonly sample: HeartbeatRequest['sample'];
}

export async function insertSamples(db: Queryable, samples: readonly TimedSample[]): Promise<void> {
  await db.query(
    `insert into instance_samples (org_id, instance_id, at, sample)
     select org_id, instance_id, to_timestamp(at_ms / 1000), sample
     from unnest($1::text[], $2::text[], $3::double precision[], $4::jsonb[]) as t (org_id, instance_id, at_ms, sample)
     on conflict do nothing`,
    [
      samples.map((sample) => sample.orgId),
      samples.map((sample) => sample.instanceId),
      samples.map((sample) => sample.atMs),
      samples.map((sample) => JSON.stringify(sample.sample)),
    ],
  );
}

export interface SampleRow {
  readonly at: Date;
  readonly sample: HeartbeatRequest['sample'];
}

/** The last sample of each step of the window, oldest first. */
export async function selectSamples(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
  window: { readonly from: Date; readonly to: Date; readonly stepSeconds: number },
): Promise<SampleRow[]> {
  return db.query<SampleRow>(
    `select distinct on (date_bin(make_interval(secs => $5), at, $3)) at, sample
     from instance_samples
     where org_id = $1 and instance_id = $2 and at >= $3 and at < $4
     order by date_bin(make_interval(secs => $5), at, $3), at desc`,
    [scope.orgId, id, window.from, window.to, window.stepSeconds],
  );
}

/** Removes samples older than that, a bounded number at a time. True when more may be left. */
export async function deleteOldSamples(
  db: Queryable,
  olderThanHours: number,
  limit: number,
): Promise<boolean> {
  const rows = await db.query<{ count: number }>(
    `with gone as (
       delete from instance_samples where (instance_id, at) in (
         select instance_id, at from instance_samples
         where at < app_now() - make_interval(hours => $1) limit $2)
       returning 1)
     select count(*) as count from gone`,
    [olderThanHours, limit],
  );
  return (rows[0]?.count ?? 0) >= limit;
}
