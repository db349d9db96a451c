/** The audit log. Rows are added and read; nobody may change them, and age alone removes them. */
import type { AuditSort } from '#contracts/audit.ts';
import type { Queryable } from '#database/database.ts';
import { Conditions, type ListFound, type Listing, type ListWish, selectList } from '#database/listing.ts';
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
  readonly correlationId?: string | undefined;
  /** Who, what or which request it was, exactly, or the beginning of an action. */
  readonly search?: string | undefined;
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

const COLUMNS = `seq, id, org_id, at, outcome, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
  before, after, ip, user_agent, request_id, correlation_id`;

/** Its order has an index: audit_log_by_time. */
export const AUDIT_LIST: Listing<AuditSort> = {
  columns: COLUMNS,
  from: 'audit_log',
  home: 'true',
  id: { by: 'seq', type: 'bigint' },
  sorts: { at: { by: 'at', type: 'timestamptz' } },
};

export function listAuditRows(
  db: Queryable,
  scope: AuditScope,
  filter: AuditFilter,
  wish: ListWish<AuditSort>,
): Promise<ListFound<AuditRow>> {
  return selectList(db, AUDIT_LIST, conditionsOf(scope, filter), wish);
}

/** For exports: newest first, below a place. Uses audit_log_in_order. */
export async function selectAuditRows(
  db: Queryable,
  scope: AuditScope,
  filter: AuditFilter,
  page: { readonly limit: number; readonly below?: number | undefined },
): Promise<AuditRow[]> {
  const where = conditionsOf(scope, filter);
  if (page.below !== undefined) where.add(`seq < ${where.place(page.below)}`);
  return db.query<AuditRow>(
    `select ${COLUMNS} from audit_log where ${where.sql} order by seq desc limit ${where.place(page.limit)}`,
    where.values,
  );
}

/** True when more may be left. Nothing younger than 30 days goes, whatever is asked. */
export async function expireAuditLog(db: Queryable, olderThanDays: number, limit: number): Promise<boolean> {
  const [row] = await db.query<{ gone: number }>(
    `select expire_audit_log(app_now() - make_interval(days => $1), $2) as gone`,
    [olderThanDays, limit],
  );
  return (row?.gone ?? 0) >= limit;
}

function conditionsOf(scope: AuditScope, filter: AuditFilter): Conditions {
  const where = new Conditions();
  if (scope === 'installation') where.add('org_id is null');
  else where.equal('org_id', scope.orgId);
  if (filter.actor !== undefined) {
    const actor = where.place(filter.actor);
    where.either(`actor_id = ${actor}`, `actor_name = ${actor}`);
  }
  if (filter.action !== undefined) {
    const action = where.place(filter.action);
    where.either(`action collate "C" = ${action}`, where.beginning('action', `${filter.action}.`));
  }
  if (filter.subject !== undefined) {
    const subject = where.place(filter.subject);
    where.either(`subject_kind = ${subject}`, `subject_id = ${subject}`);
  }
  where
    .equal('outcome', filter.outcome)
    .equal('correlation_id', filter.correlationId)
    .within('at', filter.from, filter.to);
  if (filter.search !== undefined) {
    const text = where.place(filter.search);
    where.either(
      where.beginning('action', filter.search),
      ...['subject_kind', 'actor_name', 'actor_id', 'subject_id', 'request_id', 'correlation_id'].map(
        (column) => `${column} = ${text}`,
      ),
    );
  }
  return where;
}
