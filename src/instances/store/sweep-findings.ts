/** What the sweep found that nobody wants, until its end is proven. One open row per resource. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import type { ResourceKind } from '#providers/provider.ts';
import type { Account } from '../sweep/subject.ts';

export interface Finding {
  readonly id: string;
  readonly kind: ResourceKind;
  readonly zone: string;
  readonly ref: string;
  readonly attempt: string;
  readonly orgId: OrgId | null;
  readonly instanceId: InstanceId | null;
  readonly why: string;
  readonly state: 'held' | 'deleting';
  readonly createdAtMs: number;
  readonly nanosPerHour: number | null;
  readonly isApproved: boolean;
  readonly isExamined: boolean;
  readonly isAlarmed: boolean;
  readonly firstSeenAtMs: number;
  readonly deleteCalledAtMs: number | null;
  readonly missingSinceMs: number | null;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::double precision`;
const COLUMNS = `id, kind, zone, ref, attempt_tag as attempt, org_id as "orgId", instance_id as "instanceId", why,
  state, ${ms('resource_created_at')} as "createdAtMs", nanos_per_hour as "nanosPerHour",
  approved_at is not null as "isApproved", examined_at is not null as "isExamined",
  alarmed_at is not null as "isAlarmed", ${ms('first_seen_at')} as "firstSeenAtMs",
  ${ms('delete_called_at')} as "deleteCalledAtMs", ${ms('missing_since')} as "missingSinceMs"`;

/** Servers end before what hangs on them. */
const ORDER = `array_position(array['server', 'volume', 'address', 'security_group', 'key'], kind), zone, ref`;

export interface SeenOrphan {
  readonly id: string;
  readonly kind: ResourceKind;
  readonly zone: string;
  readonly ref: string;
  readonly attemptTag: string;
  readonly instanceTag: string;
  readonly orgId: OrgId | null;
  readonly instanceId: InstanceId | null;
  readonly why: string;
  readonly createdAtMs: number;
}

/** True when it was not known yet. What was asked to go cannot be held any more. */
export async function upsertFinding(
  tx: Transaction,
  round: Account & { readonly id: string },
  orphan: SeenOrphan,
  isHeld: boolean,
): Promise<boolean> {
  const [row] = await tx.query<{ isNew: boolean }>(
    `insert into sweep_findings (id, provider_id, account_id, kind, zone, ref, attempt_tag, instance_tag, org_id,
       instance_id, why, state, resource_created_at, first_seen_at, last_seen_at, round_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $12 then 'held' else 'deleting' end,
       to_timestamp($13::double precision / 1000), app_now(), app_now(), $14)
     on conflict (provider_id, account_id, kind, zone, ref) where closed_at is null do update set
       last_seen_at = app_now(), round_id = excluded.round_id, why = excluded.why, missing_since = null,
       state = case when sweep_findings.delete_called_at is null then excluded.state else 'deleting' end
     returning (xmax = 0) as "isNew"`,
    [
      orphan.id,
      round.providerId,
      round.accountId,
      orphan.kind,
      orphan.zone,
      orphan.ref,
      orphan.attemptTag,
      orphan.instanceTag,
      orphan.orgId,
      orphan.instanceId,
      orphan.why,
      isHeld,
      orphan.createdAtMs,
      round.id,
    ],
  );
  return row?.isNew ?? false;
}

export async function selectOpenFindings(db: Queryable, account: Account): Promise<Finding[]> {
  return db.query<Finding>(
    `select ${COLUMNS} from sweep_findings
     where provider_id = $1 and account_id = $2 and closed_at is null order by ${ORDER}`,
    [account.providerId, account.accountId],
  );
}

/** A row came to want it after all, and no delete was called. */
export async function closeAsWanted(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `update sweep_findings set state = 'wanted', closed_at = app_now() where id = $1 and closed_at is null`,
    [id],
  );
}

/** What the provider told of it, so that its cost has a beginning. */
export async function noteExamined(tx: Transaction, id: string, nanosPerHour: number | null): Promise<void> {
  await tx.query(
    `update sweep_findings set examined_at = app_now(), nanos_per_hour = coalesce($2, nanos_per_hour)
     where id = $1`,
    [id, nanosPerHour],
  );
}

export async function noteDeleteCalled(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `update sweep_findings set delete_called_at = app_now(), last_error = null where id = $1 and closed_at is null`,
    [id],
  );
}

export async function noteFailure(tx: Transaction, id: string, error: string): Promise<void> {
  await tx.query(`update sweep_findings set last_error = $2 where id = $1`, [id, error.slice(0, 500)]);
}

/** The first look that did not find it counts. */
export async function noteUnseen(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `update sweep_findings set missing_since = coalesce(missing_since, app_now()) where id = $1`,
    [id],
  );
}

export async function noteSeen(tx: Transaction, id: string): Promise<void> {
  await tx.query(`update sweep_findings set missing_since = null where id = $1`, [id]);
}

export async function closeAsGone(tx: Transaction, id: string): Promise<boolean> {
  const rows = await tx.query(
    `update sweep_findings set state = 'gone', closed_at = app_now(), last_error = null
     where id = $1 and closed_at is null returning 1`,
    [id],
  );
  return rows.length === 1;
}

export async function noteAlarmed(tx: Transaction, id: string): Promise<void> {
  await tx.query(`update sweep_findings set alarmed_at = app_now() where id = $1`, [id]);
}

/** Lets go what a round reported: only what had been found by then. */
export async function approveFindings(
  tx: Transaction,
  round: Account & { readonly endedAt: Date },
  by: string,
): Promise<number> {
  const rows = await tx.query(
    `update sweep_findings set approved_at = app_now(), approved_by = $4
     where provider_id = $1 and account_id = $2 and state = 'held' and closed_at is null and first_seen_at <= $3
     returning 1`,
    [round.providerId, round.accountId, round.endedAt, by],
  );
  return rows.length;
}

export interface FindingView {
  readonly id: string;
  readonly provider_id: string;
  readonly account_id: string;
  readonly kind: string;
  readonly zone: string;
  readonly ref: string;
  readonly attempt_tag: string;
  readonly instance_tag: string;
  readonly why: string;
  readonly state: 'held' | 'deleting' | 'gone' | 'wanted';
  readonly resource_created_at: Date;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
  readonly delete_called_at: Date | null;
  readonly last_error: string | null;
  readonly approved_by: string | null;
  readonly closed_at: Date | null;
}

/** Open ones first, then the newest. */
export async function selectFindings(db: Queryable, limit: number): Promise<FindingView[]> {
  return db.query<FindingView>(
    `select id, provider_id, account_id, kind, zone, ref, attempt_tag, instance_tag, why, state,
            resource_created_at, first_seen_at, last_seen_at, delete_called_at, last_error, approved_by, closed_at
     from sweep_findings order by (closed_at is null) desc, first_seen_at desc, id desc limit $1`,
    [limit],
  );
}
