/** Workers that should be heard and are not, in every organisation. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { CorrelationId, InstanceId, OrgId } from '#kernel/ids.ts';

export interface SilentWorker {
  readonly id: InstanceId;
  readonly orgId: OrgId;
  readonly correlationId: CorrelationId;
}

/** Those whose present silence nobody has been told of, the longest silent first. Uses instances_live. */
export async function selectUntoldSilent(
  db: Queryable,
  silentMs: number,
  limit: number,
): Promise<SilentWorker[]> {
  return db.query<SilentWorker>(
    `select i.id, i.org_id as "orgId", i.correlation_id as "correlationId"
     from instances i join workers w on w.instance_id = i.id
     where i.state in ('starting', 'ready', 'unavailable', 'draining')
       and w.registered_at is not null and w.revoked_at is null
       and w.last_seen_at <= (select app_now()) - make_interval(secs => $1::double precision / 1000)
       and (w.silence_told_at is null or w.silence_told_at < w.last_seen_at)
     order by w.last_seen_at, i.id limit $2`,
    [silentMs, limit],
  );
}

/** Locked in one order, so that this and a write of many beats do not wait for each other. */
export async function markSilenceTold(tx: Transaction, ids: readonly InstanceId[]): Promise<void> {
  await tx.query(
    `update workers set silence_told_at = app_now()
     where instance_id in (select instance_id from workers where instance_id = any($1) order by instance_id for update)`,
    [ids],
  );
}
