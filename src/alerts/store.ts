import type { AlertSeverity } from '#contracts/alerts.ts';
import type { Queryable } from '#database/database.ts';
import type { OrgId } from '#kernel/ids.ts';

export interface AlertRow {
  readonly id: string;
  readonly org_id: string | null;
  readonly code: string;
  readonly severity: AlertSeverity;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly details: Record<string, unknown>;
  readonly correlation_id: string;
  readonly opened_at: Date;
  readonly last_seen_at: Date;
  readonly closed_at: Date | null;
}

export interface NewAlert {
  readonly id: string;
  readonly orgId: OrgId | null;
  readonly code: string;
  readonly severity: AlertSeverity;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly details: Record<string, unknown>;
  readonly correlationId: string;
}

/** True when the alert is new; an open one is only seen again. */
export async function upsertAlert(db: Queryable, alert: NewAlert): Promise<boolean> {
  const [row] = await db.query<{ id: string }>(
    `insert into alerts (id, org_id, code, severity, subject_kind, subject_id, details, correlation_id,
       opened_at, last_seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, app_now(), app_now())
     on conflict (code, subject_kind, subject_id) where closed_at is null do update set
       last_seen_at = excluded.last_seen_at, details = excluded.details, severity = excluded.severity
     returning id`,
    [
      alert.id,
      alert.orgId,
      alert.code,
      alert.severity,
      alert.subjectKind,
      alert.subjectId,
      JSON.stringify(alert.details),
      alert.correlationId,
    ],
  );
  return row?.id === alert.id;
}

export interface ClosedAlert {
  readonly id: string;
  readonly orgId: string | null;
  readonly code: string;
}

/** Closes what is open of these codes on this subject; gives those that were. Uses alerts_by_subject. */
export async function closeOpen(
  db: Queryable,
  subject: { readonly kind: string; readonly id: string },
  codes: readonly string[],
): Promise<ClosedAlert[]> {
  return db.query<ClosedAlert>(
    `update alerts set closed_at = app_now()
     where subject_kind = $1 and subject_id = $2 and code = any($3) and closed_at is null
     returning id, org_id as "orgId", code`,
    [subject.kind, subject.id, codes],
  );
}

export interface AlertFilter {
  readonly orgId: OrgId;
  /** With what belongs to no organisation. */
  readonly includeInstallation: boolean;
  readonly isOpen: boolean | undefined;
}

/** Newest first, below the id that a cursor names. Uses alerts_in_order. */
export async function selectAlerts(
  db: Queryable,
  filter: AlertFilter,
  page: { readonly limit: number; readonly afterId: string | undefined },
): Promise<AlertRow[]> {
  return db.query<AlertRow>(
    `select id, org_id, code, severity, subject_kind, subject_id, details, correlation_id, opened_at,
            last_seen_at, closed_at
     from alerts
     where (org_id = $1 or ($2 and org_id is null)) and ($3::boolean is null or (closed_at is null) = $3)
       and ($4::text is null or id < $4)
     order by id desc limit $5`,
    [filter.orgId, filter.includeInstallation, filter.isOpen ?? null, page.afterId ?? null, page.limit],
  );
}
