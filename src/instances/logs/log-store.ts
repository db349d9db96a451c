/** Lines that machines logged, numbered for each machine in the order in which they came. */
import type { LogLineLevel, LogSource } from '#contracts/log-limits.ts';
import type { LogFileName, WorkerLogsRequest } from '#contracts/logs.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { WorkerIdentity } from '../store/workers.ts';

export interface LogHead {
  readonly epoch: number;
  readonly nextSeq: Readonly<Record<LogFileName, number>>;
  readonly nextLineNo: number;
  readonly bytes: number;
}

/** Locks the machine's log for the rest of the transaction, so that numbers are given and committed in order. */
export async function lockHead(tx: Transaction, worker: WorkerIdentity): Promise<LogHead> {
  await tx.query(
    `insert into instance_log_heads
       (org_id, instance_id, epoch, next_agent_seq, next_install_seq, next_line_no, bytes)
     values ($1, $2, $3, 0, 0, 1, 0) on conflict (instance_id) do nothing`,
    [worker.orgId, worker.instanceId, worker.epoch],
  );
  const [row] = await tx.query<{
    epoch: number;
    agent: number;
    install: number;
    nextLineNo: number;
    bytes: number;
  }>(
    `select epoch, next_agent_seq as agent, next_install_seq as install, next_line_no as "nextLineNo", bytes
     from instance_log_heads where instance_id = $1 and org_id = $2 for update`,
    [worker.instanceId, worker.orgId],
  );
  if (!row) throw new Error(`no log of ${worker.instanceId}`);
  const { agent, install, ...head } = row;
  return { ...head, nextSeq: { agent, install } };
}

export async function writeHead(tx: Transaction, worker: WorkerIdentity, head: LogHead): Promise<void> {
  await tx.query(
    `update instance_log_heads set epoch = $3, next_agent_seq = $4, next_install_seq = $5, next_line_no = $6,
       bytes = $7
     where instance_id = $1 and org_id = $2`,
    [
      worker.instanceId,
      worker.orgId,
      head.epoch,
      head.nextSeq.agent,
      head.nextSeq.install,
      head.nextLineNo,
      head.bytes,
    ],
  );
}

/** A machine's clock may be ahead of ours; a line is never later than its arrival. */
export async function insertLines(
  tx: Transaction,
  worker: WorkerIdentity,
  firstLineNo: number,
  lines: WorkerLogsRequest['lines'],
): Promise<void> {
  await tx.query(
    `with arrival as materialized (select app_now() as at)
     insert into instance_logs (org_id, instance_id, line_no, received_at, epoch, source, at, level, line)
     select $1, $2, $3::bigint + r.n - 1, arrival.at, $4, r.source,
            least(to_timestamp(r.at_ms / 1000), arrival.at), r.level, r.line
     from arrival, unnest($5::text[], $6::double precision[], $7::text[], $8::text[])
       with ordinality as r (source, at_ms, level, line, n)`,
    [
      worker.orgId,
      worker.instanceId,
      firstLineNo,
      worker.epoch,
      lines.map((line) => line.source),
      lines.map((line) => line.at_ms),
      lines.map((line) => line.level),
      lines.map((line) => line.line),
    ],
  );
}

/** Which of these lines of the installation are not kept yet: their places in the list. */
export async function findUnknown(
  tx: Transaction,
  worker: WorkerIdentity,
  lines: WorkerLogsRequest['lines'],
): Promise<Set<number>> {
  const rows = await tx.query<{ n: number }>(
    `select r.n::integer as n
     from unnest($2::double precision[], $3::text[]) with ordinality as r (at_ms, line, n)
     where not exists (
       select from instance_logs l
       where l.instance_id = $1 and l.source = 'install' and l.line = r.line
         and l.at = least(to_timestamp(r.at_ms / 1000), l.received_at))
     order by r.n`,
    [worker.instanceId, lines.map((line) => line.at_ms), lines.map((line) => line.line)],
  );
  return new Set(rows.map(({ n }) => n - 1));
}

/** What is really kept of the machine; expired partitions are gone by themselves. */
export async function readKeptBytes(tx: Transaction, worker: WorkerIdentity): Promise<number> {
  const [row] = await tx.query<{ bytes: number }>(
    `select coalesce(sum(octet_length(line)), 0)::bigint as bytes from instance_logs where instance_id = $1`,
    [worker.instanceId],
  );
  return row?.bytes ?? 0;
}

/** Removes the oldest lines until at most so many bytes are left; the bytes that are gone. */
export async function trimLines(
  tx: Transaction,
  worker: WorkerIdentity,
  excessBytes: number,
): Promise<number> {
  const [row] = await tx.query<{ bytes: number }>(
    `with counted as (
       select line_no, sum(octet_length(line)) over (order by line_no) - octet_length(line) as before
       from instance_logs where instance_id = $1),
     gone as (
       delete from instance_logs where instance_id = $1
         and line_no <= (select max(line_no) from counted where before < $2)
       returning octet_length(line) as bytes)
     select coalesce(sum(bytes), 0)::bigint as bytes from gone`,
    [worker.instanceId, excessBytes],
  );
  return row?.bytes ?? 0;
}

export interface LogFilter {
  readonly source: LogSource | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
}

export interface LogRow {
  readonly line_no: number;
  readonly at: Date;
  readonly received_at: Date;
  readonly source: LogSource;
  readonly level: LogLineLevel;
  readonly line: string;
}

export type LogPosition =
  | { readonly direction: 'older'; readonly lineNo: number | undefined }
  | { readonly direction: 'newer'; readonly lineNo: number };

/**
 * Lines on one side of a number, the nearest first. Uses the primary key of each partition; a line is not older than
 * its arrival says, so `since` also leaves partitions out.
 */
export async function selectLines(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
  filter: LogFilter,
  page: { readonly limit: number; readonly position: LogPosition },
): Promise<LogRow[]> {
  const { position } = page;
  const isNewer = position.direction === 'newer';
  return db.query<LogRow>(
    `select line_no, at, received_at, source, level, line from instance_logs
     where org_id = $1 and instance_id = $2
       and ($3::text is null or source = $3)
       and ($4::timestamptz is null or at >= $4 and received_at >= $4)
       and ($5::timestamptz is null or at < $5)
       and ($6::bigint is null or line_no ${isNewer ? '>' : '<'} $6)
     order by line_no ${isNewer ? 'asc' : 'desc'} limit $7`,
    [
      scope.orgId,
      id,
      filter.source ?? null,
      filter.since ?? null,
      filter.until ?? null,
      position.lineNo ?? null,
      page.limit,
    ],
  );
}
