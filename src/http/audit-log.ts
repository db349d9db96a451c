/** The audit log. Rows are added and read; nobody may change them, and age alone removes them. */
import type { Queryable } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface AuditEntry {
  readonly id: string;
  /** Null: the whole installation's affairs. */
  readonly orgId: string | null;
  readonly outcome: 'done' | 'denied';
  readonly actorKind: string;
  readonly actorId: string | undefined;
  readonly actorName: string | undefined;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string | undefined;
  readonly before: Readonly<Record<string, unknown>> | undefined;
  readonly after: Readonly<Record<string, unknown>> | undefined;
  readonly ip: string | undefined;
  readonly userAgent: string | undefined;
  readonly requestId: string;
  readonly correlationId: string;
}

const SHORT_MAX = 200;
const AGENT_MAX = 400;

/** False when it was not written because the transaction has changed nothing so far. */
export async function insertAuditEntry(
  db: Queryable,
  entry: AuditEntry,
  { onlyIfChanged }: { readonly onlyIfChanged: boolean },
): Promise<boolean> {
  const rows = await db.query(
    `insert into audit_log (id, org_id, at, outcome, actor_kind, actor_id, actor_name, action, subject_kind,
       subject_id, before, after, ip, user_agent, request_id, correlation_id)
     select $1, $2, app_now(), $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11::jsonb, $12, $13, $14, $15
     where not $16::boolean or pg_current_xact_id_if_assigned() is not null
     returning 1`,
    [
      entry.id,
      entry.orgId,
      entry.outcome,
      entry.actorKind,
      entry.actorId ?? null,
      entry.actorName?.slice(0, SHORT_MAX) ?? null,
      entry.action,
      entry.subjectKind.slice(0, SHORT_MAX),
      entry.subjectId?.slice(0, SHORT_MAX) ?? null,
      entry.before === undefined ? null : JSON.stringify(entry.before),
      entry.after === undefined ? null : JSON.stringify(entry.after),
      entry.ip ?? null,
      entry.userAgent?.slice(0, AGENT_MAX) ?? null,
      entry.requestId,
      entry.correlationId,
      onlyIfChanged,
    ],
  );
  return rows.length === 1;
}

/** One organisation's log, or what belongs to none. */
export type AuditScope = OrgScope | 'installation';

export interface AuditFilter {
  /** Id or name. */
  readonly actor?: string | undefined;
  /** The name of a route, or what it begins with, up to a dot. */
  readonly action?: string | undefined;
  /** Id or kind. */
  readonly subject?: string | undefined;
  readonly outcome?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

export interface AuditRow {
  readonly seq: number;
  readonly id: string;
  readonly org_id: string | null;
  readonly at: Date;
  readonly outcome: 'done' | 'denied';
  readonly actor_kind: string;
  readonly actor_id: string | null;
  readonly actor_name: string | null;
  readonly action: string;
  readonly subject_kind: string;
  readonly subject_id: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly request_id: string;
  readonly correlation_id: string;
}

/** Newest first, below the place that a cursor names. Uses audit_log_in_order. */
export async function selectAuditRows(
  db: Queryable,
  scope: AuditScope,
  filter: AuditFilter,
  page: { readonly limit: number; readonly below?: number | undefined },
): Promise<AuditRow[]> {
  const { where, values } = conditionsOf(scope, filter);
  if (page.below !== undefined) where.push(`seq < $${values.push(page.below)}`);
  return db.query<AuditRow>(
    `select seq, id, org_id, at, outcome, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before,
       after, ip, user_agent, request_id, correlation_id
     from audit_log where ${where.join(' and ')} order by seq desc limit $${values.push(page.limit)}`,
    values,
  );
}

export async function countAuditRows(db: Queryable, scope: AuditScope, filter: AuditFilter): Promise<number> {
  const { where, values } = conditionsOf(scope, filter);
  const [row] = await db.query<{ count: number }>(
    `select count(*) as count from audit_log where ${where.join(' and ')}`,
    values,
  );
  return row?.count ?? 0;
}

/** True when more may be left. Nothing younger than 30 days goes, whatever is asked. */
export async function expireAuditLog(db: Queryable, olderThanDays: number, limit: number): Promise<boolean> {
  const [row] = await db.query<{ gone: number }>(
    `select expire_audit_log(app_now() - make_interval(days => $1), $2) as gone`,
    [olderThanDays, limit],
  );
  return (row?.gone ?? 0) >= limit;
}

function conditionsOf(scope: AuditScope, filter: AuditFilter): { where: string[]; values: unknown[] } {
  const values: unknown[] = [];
  const place = (value: unknown) => `$${values.push(value)}`;
  const where = [scope === 'installation' ? 'org_id is null' : `org_id = ${place(scope.orgId)}`];
  if (filter.actor !== undefined) {
    const actor = place(filter.actor);
    where.push(`(actor_id = ${actor} or actor_name = ${actor})`);
  }
  if (filter.action !== undefined) {
    const action = place(filter.action);
    where.push(`(action = ${action} or starts_with(action, ${action} || '.'))`);
  }
  if (filter.subject !== undefined) {
    const subject = place(filter.subject);
    where.push(`(subject_id = ${subject} or subject_kind = ${subject})`);
  }
  if (filter.outcome !== undefined) where.push(`outcome = ${place(filter.outcome)}`);
  if (filter.from) where.push(`at >= ${place(filter.from)}`);
  if (filter.to) where.push(`at < ${place(filter.to)}`);
  return { where, values };
}
