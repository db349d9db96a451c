import type { BatchView, FileView } from '#contracts/batches.ts';
import type { Queryable } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgId } from '#kernel/ids.ts';
import { listBatchRows, readBatchView } from './batch-store.ts';
import { type ListQuery, listFileRows, readChunk, readFile } from './file-store.ts';

/** A list as clients of OpenAI read it. */
export interface ListAnswer<T> {
  readonly object: 'list';
  readonly data: readonly T[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** @throws file.not_found */
export async function getFile(db: Queryable, orgId: OrgId, id: string): Promise<FileView> {
  const file = await readFile(db, { orgId }, id);
  if (!file) throw new AppError('file.not_found');
  return file;
}

export async function listFiles(
  db: Queryable,
  orgId: OrgId,
  query: ListQuery & { readonly purpose?: string | undefined },
): Promise<ListAnswer<FileView>> {
  return toList(await listFileRows(db, { orgId }, { ...query, limit: query.limit + 1 }), query.limit);
}

/** The bytes of a file, some at a time. */
export async function* readContent(db: Queryable, orgId: OrgId, id: string): AsyncGenerator<Buffer> {
  for (let position = 0; ; position++) {
    const chunk = await readChunk(db, { orgId }, id, position);
    if (!chunk) return;
    yield chunk;
  }
}

/** @throws batch.not_found */
export async function getBatch(db: Queryable, orgId: OrgId, id: string): Promise<BatchView> {
  const batch = await readBatchView(db, { orgId }, id);
  if (!batch) throw new AppError('batch.not_found');
  return batch;
}

export async function listBatches(
  db: Queryable,
  orgId: OrgId,
  query: ListQuery,
): Promise<ListAnswer<BatchView>> {
  return toList(await listBatchRows(db, { orgId }, { ...query, limit: query.limit + 1 }), query.limit);
}

/** From one row more than was asked for. */
function toList<T extends { readonly id: string }>(rows: readonly T[], limit: number): ListAnswer<T> {
  const data = rows.slice(0, limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: rows.length > limit,
  };
}
