import { Readable } from 'node:stream';
import {
  type AuditEntryView,
  type AuditFilterQuery,
  auditEntrySchema,
  auditFilterSchema,
  auditQuerySchema,
} from '#contracts/audit.ts';
import { listOf } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import {
  AUDIT_LIST,
  type AuditFilter,
  type AuditRow,
  type AuditScope,
  listAuditRows,
  selectAuditRows,
} from './audit-log.ts';
import { readListWish, toListPage } from './listing.ts';
import { Reply, type Route, route, type UserCaller } from './route.ts';

const EXPORT_PAGE = 500;
const page = listOf(auditEntrySchema);
const FORMS = {
  csv: { contentType: 'text/csv; charset=utf-8', write: writeCsv },
  jsonl: { contentType: 'application/jsonl; charset=utf-8', write: writeLines },
} as const;

interface LogPlace {
  readonly path: string;
  readonly name: string;
  readonly whose: string;
  readonly policy:
    | { readonly allow: 'member'; readonly action: 'audit.read' }
    | { readonly allow: 'platform_admin' };
  readonly scopeOf: (caller: UserCaller) => AuditScope;
}

const PLACES: readonly LogPlace[] = [
  {
    path: '/api/v1/audit',
    name: 'audit',
    whose: 'this organisation',
    policy: { allow: 'member', action: 'audit.read' },
    scopeOf: (caller) => caller,
  },
  {
    path: '/api/v1/platform/audit',
    name: 'platform_audit',
    whose: 'the installation itself, which belongs to no organisation',
    policy: { allow: 'platform_admin' },
    scopeOf: () => 'installation',
  },
];

export function auditRoutes({ db }: { readonly db: Database }): Route[] {
  return PLACES.flatMap((place) => [
    listRoute(db, place),
    exportRoute(db, place, 'csv'),
    exportRoute(db, place, 'jsonl'),
  ]);
}

function listRoute(db: Database, { path, name, whose, policy, scopeOf }: LogPlace): Route {
  return route({
    method: 'GET',
    path,
    name: `${name}.list`,
    summary: `Who changed what in ${whose}, searched, sorted and counted`,
    policy,
    query: auditQuerySchema,
    success: { status: 200, body: page },
    handler: async ({ caller, query }) => {
      const wish = readListWish(AUDIT_LIST, query);
      const found = await listAuditRows(db, scopeOf(caller), filterOf(query), wish);
      return toListPage(found, query, toView);
    },
  });
}

function exportRoute(db: Database, place: LogPlace, form: keyof typeof FORMS): Route {
  const { path, name, whose, policy, scopeOf } = place;
  const { contentType, write } = FORMS[form];
  return route({
    method: 'GET',
    path: `${path}/export.${form}`,
    name: `${name}.export_${form}`,
    summary: `The audit log of ${whose} as ${form === 'csv' ? 'CSV' : 'JSON lines'}, newest first, as one stream`,
    policy,
    query: auditFilterSchema,
    success: { status: 200, contentType },
    handler: async ({ caller, query, signal }) => {
      const pages = readAll(db, scopeOf(caller), filterOf(query), signal);
      // The first page before the answer begins: a database that is away is an error, not a short file.
      const first = await pages.next();
      const stream = Readable.from(write(first.done ? [] : first.value, pages));
      return new Reply(200, stream, { 'content-disposition': `attachment; filename="audit-log.${form}"` });
    },
  });
}

/** Page by page, each below the last one: entries that come meanwhile are newer than all of it. */
async function* readAll(
  db: Database,
  scope: AuditScope,
  filter: AuditFilter,
  signal: AbortSignal,
): AsyncGenerator<AuditRow[], undefined> {
  let below: number | undefined;
  for (;;) {
    signal.throwIfAborted();
    const rows = await selectAuditRows(db, scope, filter, { limit: EXPORT_PAGE, below });
    if (rows.length > 0) yield rows;
    if (rows.length < EXPORT_PAGE) return undefined;
    below = rows.at(-1)?.seq;
  }
}

type Pages = AsyncGenerator<AuditRow[], undefined>;

async function* writeLines(first: AuditRow[], rest: Pages): AsyncGenerator<string> {
  yield linesOf(first);
  for await (const rows of rest) yield linesOf(rows);
}

function linesOf(rows: readonly AuditRow[]): string {
  return rows.map((row) => `${JSON.stringify(toView(row))}\n`).join('');
}

const COLUMNS = [
  'id',
  'at',
  'outcome',
  'actor_kind',
  'actor_id',
  'actor_name',
  'action',
  'subject_kind',
  'subject_id',
  'before',
  'after',
  'ip',
  'user_agent',
  'request_id',
  'correlation_id',
] as const satisfies readonly (keyof AuditRow)[];

async function* writeCsv(first: AuditRow[], rest: Pages): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n${tableOf(first)}`;
  for await (const rows of rest) yield tableOf(rows);
}

function tableOf(rows: readonly AuditRow[]): string {
  return rows.map((row) => `${COLUMNS.map((name) => cellOf(row[name])).join(',')}\r\n`).join('');
}

/** What begins like a formula would be run by a spreadsheet: the apostrophe makes it a text. */
function cellOf(value: AuditRow[keyof AuditRow]): string {
  if (value === null) return '';
  const text =
    value instanceof Date
      ? value.toISOString()
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function toView(row: AuditRow): AuditEntryView {
  return {
    id: row.id,
    at: row.at.toISOString(),
    outcome: row.outcome,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id },
    before: row.before,
    after: row.after,
    ip: row.ip,
    user_agent: row.user_agent,
    request_id: row.request_id,
    correlation_id: row.correlation_id,
  };
}

function filterOf({ from, to, q, correlation_id, ...rest }: AuditFilterQuery): AuditFilter {
  return {
    ...rest,
    search: q,
    correlationId: correlation_id,
    from: from === undefined ? undefined : new Date(from),
    to: to === undefined ? undefined : new Date(to),
  };
}
