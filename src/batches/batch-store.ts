/** All SQL of batches themselves. A batch changes its status only where it is still what the change was decided on. */
import type { BatchEnding, BatchProblem, BatchStatus, BatchView, NewBatch } from '#contracts/batches.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ListQuery } from './file-store.ts';

const OPEN = `('validating', 'in_progress', 'finalizing', 'cancelling')`;
const second = (column: string) => `extract(epoch from ${column})::bigint as ${column}`;
const TIMES = [
  'created_at',
  'expires_at',
  'in_progress_at',
  'finalizing_at',
  'completed_at',
  'failed_at',
  'expired_at',
  'cancelling_at',
  'cancelled_at',
];
const VIEW = `id, 'batch' as object, endpoint, errors, input_file_id, completion_window, status,
  case when status in ${OPEN} then null else output_file_id end as output_file_id,
  case when status in ${OPEN} then null else error_file_id end as error_file_id,
  ${TIMES.map(second).join(', ')},
  json_build_object('total', total, 'completed', completed, 'failed', failed) as request_counts, metadata`;

export interface NewBatchRow extends NewBatch {
  readonly id: string;
  readonly apiKeyId: string;
  readonly windowSeconds: number;
}

export async function insertBatch(tx: Transaction, scope: OrgScope, batch: NewBatchRow): Promise<BatchView> {
  const [row] = await tx.query<BatchView>(
    `insert into batches (org_id, id, api_key_id, status, endpoint, completion_window, input_file_id, output_seconds,
                          metadata, created_at, expires_at)
     values ($1, $2, $3, 'validating', $4, $5, $6, $7, $8, app_now(),
             app_now() + make_interval(secs => $9::double precision))
     returning ${VIEW}`,
    [
      scope.orgId,
      batch.id,
      batch.apiKeyId,
      batch.endpoint,
      batch.completion_window,
      batch.input_file_id,
      batch.output_expires_after?.seconds ?? null,
      batch.metadata ? JSON.stringify(batch.metadata) : null,
      batch.windowSeconds,
    ],
  );
  if (!row) throw new Error('an insert returned no row');
  return row;
}

/** Counted one after the other, so that two made at once do not pass the limit together. */
export async function countOpenBatches(tx: Transaction, scope: OrgScope): Promise<number> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('batches ' || $1, 0))`, [scope.orgId]);
  const [row] = await tx.query<{ open: number }>(
    `select count(*) as open from batches where org_id = $1 and status in ${OPEN}`,
    [scope.orgId],
  );
  return row?.open ?? 0;
}

export async function readBatchView(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<BatchView | undefined> {
  const [row] = await db.query<BatchView>(`select ${VIEW} from batches where org_id = $1 and id = $2`, [
    scope.orgId,
    id,
  ]);
  return row;
}

export async function listBatchRows(
  db: Queryable,
  scope: OrgScope,
  { limit, after }: ListQuery,
): Promise<BatchView[]> {
  return db.query<BatchView>(
    `select ${VIEW} from batches where org_id = $1 and ($3::text is null or id < $3) order by id desc limit $2`,
    [scope.orgId, limit, after ?? null],
  );
}

export async function isFileInUse(db: Queryable, scope: OrgScope, fileId: string): Promise<boolean> {
  const rows = await db.query(
    `select 1 from batches
     where org_id = $1 and status in ${OPEN} and $2 in (input_file_id, output_file_id, error_file_id)
     limit 1`,
    [scope.orgId, fileId],
  );
  return rows.length > 0;
}

/** Undefined when it is not there, or has gone too far. */
export async function markCancelling(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<BatchView | undefined> {
  const [row] = await tx.query<BatchView>(
    `update batches set status = 'cancelling', ending = 'cancelled', cancelling_at = app_now()
     where org_id = $1 and id = $2 and status in ('validating', 'in_progress') returning ${VIEW}`,
    [scope.orgId, id],
  );
  return row;
}

/** A batch as the job sees it. */
export interface WorkedBatch {
  readonly org_id: OrgId;
  readonly id: string;
  readonly api_key_id: string;
  readonly status: BatchStatus;
  readonly ending: BatchEnding | null;
  readonly endpoint: string;
  readonly input_file_id: string;
  readonly output_file_id: string | null;
  readonly error_file_id: string | null;
  readonly output_seconds: number | null;
  readonly is_expired: boolean;
}

export async function readWorkedBatch(db: Queryable, id: string): Promise<WorkedBatch | undefined> {
  const [row] = await db.query<WorkedBatch>(
    `select org_id, id, api_key_id, status, ending, endpoint, input_file_id, output_file_id, error_file_id,
            output_seconds, expires_at <= app_now() as is_expired
     from batches where id = $1`,
    [id],
  );
  return row;
}

export async function markInProgress(tx: Transaction, batch: WorkedBatch, total: number): Promise<void> {
  await tx.query(
    `update batches set status = 'in_progress', in_progress_at = app_now(), total = $3
     where org_id = $1 and id = $2 and status = 'validating'`,
    [batch.org_id, batch.id, total],
  );
}

/** What cannot begin at all. */
export async function markInvalid(
  tx: Transaction,
  batch: WorkedBatch,
  problems: readonly BatchProblem[],
): Promise<void> {
  await tx.query(
    `update batches set status = 'failed', failed_at = app_now(), errors = $3
     where org_id = $1 and id = $2 and status = 'validating'`,
    [batch.org_id, batch.id, errorsOf(problems)],
  );
}

/** No further line is sent; what there is goes into the files. One that is being cancelled stays so. */
export async function markFinalizing(
  tx: Transaction,
  batch: WorkedBatch,
  ending: BatchEnding,
  problems: readonly BatchProblem[],
): Promise<void> {
  await tx.query(
    `update batches set status = 'finalizing', finalizing_at = app_now(), ending = $3, errors = $4
     where org_id = $1 and id = $2 and status = 'in_progress'`,
    [batch.org_id, batch.id, ending, errorsOf(problems)],
  );
}

export async function nameResultFiles(
  tx: Transaction,
  batch: WorkedBatch,
  files: { readonly outputId: string; readonly errorId: string },
): Promise<void> {
  await tx.query(`update batches set output_file_id = $3, error_file_id = $4 where org_id = $1 and id = $2`, [
    batch.org_id,
    batch.id,
    files.outputId,
    files.errorId,
  ]);
}

const END_COLUMN = {
  completed: 'completed_at',
  failed: 'failed_at',
  expired: 'expired_at',
  cancelled: 'cancelled_at',
} as const;

/** Over. An empty file is no file. */
export async function markEnded(
  tx: Transaction,
  batch: WorkedBatch,
  end: {
    readonly ending: BatchEnding;
    readonly outputId: string | null;
    readonly errorId: string | null;
    readonly failed: number;
  },
): Promise<void> {
  await tx.query(
    `update batches set status = $3, ${END_COLUMN[end.ending]} = app_now(), output_file_id = $4, error_file_id = $5,
       failed = $6, total = completed + $6
     where org_id = $1 and id = $2 and status in ('finalizing', 'cancelling')`,
    [batch.org_id, batch.id, end.ending, end.outputId, end.errorId, end.failed],
  );
}

export async function countLine(tx: Transaction, batch: WorkedBatch, isFailed: boolean): Promise<void> {
  await tx.query(
    `update batches set completed = completed + $3, failed = failed + $4 where org_id = $1 and id = $2`,
    [batch.org_id, batch.id, isFailed ? 0 : 1, isFailed ? 1 : 0],
  );
}

/** Some batches that were over long ago. */
export async function deleteOldBatches(
  db: Queryable,
  { limit, retentionHours }: { readonly limit: number; readonly retentionHours: number },
): Promise<number> {
  const rows = await db.query(
    `delete from batches where (org_id, id) in (
       select org_id, id from batches
       where status not in ${OPEN} and created_at < app_now() - make_interval(hours => $2::integer)
       order by org_id, id limit $1 for update skip locked)
     returning 1`,
    [limit, retentionHours],
  );
  return rows.length;
}

function errorsOf(problems: readonly BatchProblem[]): string | null {
  return problems.length === 0 ? null : JSON.stringify({ object: 'list', data: problems });
}
