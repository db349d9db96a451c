/** All SQL of files. Their bytes are in chunks, so that no process ever holds a whole one. */
import type { FileView } from '#contracts/batches.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgScope } from '#kernel/scope.ts';

/** Size of every chunk of a file but its last. */
export const CHUNK_BYTES = 262_144;

const VIEW = `id, 'file' as object, bytes, filename, purpose, 'processed' as status,
  extract(epoch from created_at)::bigint as created_at, extract(epoch from expires_at)::bigint as expires_at`;

export interface NewFile {
  readonly id: string;
  readonly purpose: string;
  readonly filename: string;
  readonly lifeSeconds: number;
}

/** A file that nobody sees yet. Without effect when it is there already. */
export async function insertFile(db: Queryable, scope: OrgScope, file: NewFile): Promise<void> {
  await db.query(
    `insert into files (org_id, id, state, purpose, filename, created_at, expires_at)
     values ($1, $2, 'writing', $3, $4, app_now(), app_now() + make_interval(secs => $5::double precision))
     on conflict do nothing`,
    [scope.orgId, file.id, file.purpose, file.filename, file.lifeSeconds],
  );
}

export async function insertChunk(
  db: Queryable,
  scope: OrgScope,
  chunk: { readonly fileId: string; readonly position: number; readonly data: Buffer },
): Promise<void> {
  await db.query(`insert into file_chunks (org_id, file_id, position, data) values ($1, $2, $3, $4)`, [
    scope.orgId,
    chunk.fileId,
    chunk.position,
    chunk.data,
  ]);
}

export async function deleteChunks(db: Queryable, scope: OrgScope, fileId: string): Promise<void> {
  await db.query(`delete from file_chunks where org_id = $1 and file_id = $2`, [scope.orgId, fileId]);
}

/** The file is whole: it is seen from now on. Undefined when it is not there any more. */
export async function finishFile(
  db: Queryable,
  scope: OrgScope,
  file: NewFile & { readonly bytes: number },
): Promise<FileView | undefined> {
  const [row] = await db.query<FileView>(
    `update files set state = 'ready', purpose = $3, filename = $4, bytes = $5,
       expires_at = created_at + make_interval(secs => $6::double precision)
     where org_id = $1 and id = $2 and state = 'writing' returning ${VIEW}`,
    [scope.orgId, file.id, file.purpose, file.filename, file.bytes, file.lifeSeconds],
  );
  return row;
}

/** One file at a time takes its place among those of its organisation, so that the sum holds. */
export async function lockFilesOf(tx: Transaction, scope: OrgScope): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('files ' || $1, 0))`, [scope.orgId]);
}

export async function readFileBytes(db: Queryable, scope: OrgScope): Promise<number> {
  const [row] = await db.query<{ bytes: number }>(
    `select coalesce(sum(bytes), 0)::bigint as bytes from files where org_id = $1`,
    [scope.orgId],
  );
  return row?.bytes ?? 0;
}

export async function readFile(db: Queryable, scope: OrgScope, id: string): Promise<FileView | undefined> {
  const [row] = await db.query<FileView>(
    `select ${VIEW} from files
     where org_id = $1 and id = $2 and state = 'ready' and expires_at > app_now()`,
    [scope.orgId, id],
  );
  return row;
}

/** Nobody deletes it before the transaction ends. */
export async function lockFile(tx: Transaction, scope: OrgScope, id: string): Promise<FileView | undefined> {
  const [row] = await tx.query<FileView>(
    `select ${VIEW} from files
     where org_id = $1 and id = $2 and state = 'ready' and expires_at > app_now() for update`,
    [scope.orgId, id],
  );
  return row;
}

export interface ListQuery {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly isAscending?: boolean | undefined;
}

/** By their ids, which are in the order of their making. */
export async function listFileRows(
  db: Queryable,
  scope: OrgScope,
  { limit, after, isAscending, purpose }: ListQuery & { readonly purpose?: string | undefined },
): Promise<FileView[]> {
  const order = isAscending ? 'asc' : 'desc';
  return db.query<FileView>(
    `select ${VIEW} from files
     where org_id = $1 and state = 'ready' and expires_at > app_now()
       and ($3::text is null or id ${isAscending ? '>' : '<'} $3) and ($4::text is null or purpose = $4)
     order by id ${order} limit $2`,
    [scope.orgId, limit, after ?? null, purpose ?? null],
  );
}

/** Undefined past the end. */
export async function readChunk(
  db: Queryable,
  scope: OrgScope,
  fileId: string,
  position: number,
): Promise<Buffer | undefined> {
  const [row] = await db.query<{ data: Buffer }>(
    `select data from file_chunks where org_id = $1 and file_id = $2 and position = $3`,
    [scope.orgId, fileId, position],
  );
  return row?.data;
}

/** Some bytes from the middle of a file. */
export async function readSpan(
  db: Queryable,
  scope: OrgScope,
  fileId: string,
  span: { readonly from: number; readonly bytes: number },
): Promise<Buffer> {
  const rows = await db.query<{ part: Buffer }>(
    `select substring(data
         from (greatest($4::bigint - position::bigint * $6, 0) + 1)::integer
         for (least($5::bigint - position::bigint * $6, $6) - greatest($4::bigint - position::bigint * $6, 0))::integer
       ) as part
     from file_chunks
     where org_id = $1 and file_id = $2 and position between $3::bigint and ($5::bigint - 1) / $6
     order by position`,
    [
      scope.orgId,
      fileId,
      Math.floor(span.from / CHUNK_BYTES),
      span.from,
      span.from + span.bytes,
      CHUNK_BYTES,
    ],
  );
  return Buffer.concat(rows.map(({ part }) => part));
}

export async function deleteFileRow(db: Queryable, scope: OrgScope, id: string): Promise<void> {
  await db.query(`delete from files where org_id = $1 and id = $2`, [scope.orgId, id]);
}

/** Some files whose time is over, and uploads that were broken off; none that an open batch uses. */
export async function deleteOldFiles(
  db: Queryable,
  { limit, abandonedMs }: { readonly limit: number; readonly abandonedMs: number },
): Promise<number> {
  const rows = await db.query(
    `delete from files where (org_id, id) in (
       select f.org_id, f.id from files f
       where (f.expires_at <= app_now()
              or (f.state = 'writing' and f.created_at < app_now() - make_interval(secs => $2::double precision / 1000)))
         and not exists (
           select 1 from batches b
           where b.org_id = f.org_id and b.status in ('validating', 'in_progress', 'finalizing', 'cancelling')
             and f.id in (b.input_file_id, b.output_file_id, b.error_file_id))
       order by f.org_id, f.id limit $1 for update skip locked)
     returning 1`,
    [limit, abandonedMs],
  );
  return rows.length;
}
