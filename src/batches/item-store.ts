/** All SQL of the lines of batches that are not over. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { WorkedBatch } from './batch-store.ts';

export interface NewItem {
  readonly line: number;
  readonly customId: string;
  readonly bodyFrom: number;
  readonly bodyBytes: number;
}

export interface PendingItem {
  readonly line: number;
  readonly custom_id: string;
  readonly body_from: number;
  readonly body_bytes: number;
  readonly tries: number;
}

export interface EndedItem {
  readonly line: number;
  readonly custom_id: string;
  readonly state: 'pending' | 'done' | 'failed';
  readonly result: Buffer | null;
}

export async function insertItems(
  tx: Transaction,
  batch: WorkedBatch,
  items: readonly NewItem[],
): Promise<void> {
  await tx.query(
    `insert into batch_items (org_id, batch_id, line, custom_id, body_from, body_bytes)
     select $1, $2, line, custom_id, body_from, body_bytes
     from unnest($3::integer[], $4::text[], $5::bigint[], $6::integer[]) as t (line, custom_id, body_from, body_bytes)
     order by line`,
    [
      batch.org_id,
      batch.id,
      items.map(({ line }) => line),
      items.map(({ customId }) => customId),
      items.map(({ bodyFrom }) => bodyFrom),
      items.map(({ bodyBytes }) => bodyBytes),
    ],
  );
}

export async function deleteItems(tx: Transaction, batch: WorkedBatch): Promise<void> {
  await tx.query(`delete from batch_items where org_id = $1 and batch_id = $2`, [batch.org_id, batch.id]);
}

export async function listPendingItems(
  db: Queryable,
  batch: WorkedBatch,
  page: { readonly after: number; readonly limit: number },
): Promise<PendingItem[]> {
  return db.query<PendingItem>(
    `select line, custom_id, body_from, body_bytes, tries from batch_items
     where org_id = $1 and batch_id = $2 and state = 'pending' and line > $3 order by line limit $4`,
    [batch.org_id, batch.id, page.after, page.limit],
  );
}

/** The first result of a line is its result. False when it has one. */
export async function recordResult(
  tx: Transaction,
  batch: WorkedBatch,
  item: { readonly line: number; readonly isFailed: boolean; readonly result: Buffer },
): Promise<boolean> {
  const rows = await tx.query(
    `update batch_items set state = $4, result = $5
     where org_id = $1 and batch_id = $2 and line = $3 and state = 'pending' returning 1`,
    [batch.org_id, batch.id, item.line, item.isFailed ? 'failed' : 'done', item.result],
  );
  return rows.length === 1;
}

/** The next try of this line has another request id. */
export async function recordFailedTry(tx: Transaction, batch: WorkedBatch, item: PendingItem): Promise<void> {
  await tx.query(
    `update batch_items set tries = tries + 1
     where org_id = $1 and batch_id = $2 and line = $3 and state = 'pending' and tries = $4`,
    [batch.org_id, batch.id, item.line, item.tries],
  );
}

/** The next lines, as many as their results leave room for, at least one. */
export async function listEndedItems(
  db: Queryable,
  batch: WorkedBatch,
  page: { readonly after: number; readonly limit: number; readonly bytes: number },
): Promise<EndedItem[]> {
  return db.query<EndedItem>(
    `select line, custom_id, state, result from batch_items
     where org_id = $1 and batch_id = $2 and line > $3 and line <= (
       select coalesce(max(line) filter (where before < $5), 0) from (
         select line, sum(coalesce(octet_length(result), 0)) over (order by line)
                  - coalesce(octet_length(result), 0) as before
         from batch_items where org_id = $1 and batch_id = $2 and line > $3 order by line limit $4) as next)
     order by line`,
    [batch.org_id, batch.id, page.after, page.limit, page.bytes],
  );
}
