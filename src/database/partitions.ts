/**
 * Tables cut by time: partitions are made before they are needed, and the oldest are dropped whole.
 *
 * Any number of processes may call this at once; what is there already is left alone. A row whose partition is missing,
 * because nobody made it ahead or because a clock was set, gets it at that moment.
 */
import { type Database, type Queryable, sqlStateOf } from './database.ts';

export type PartitionedTable =
  | 'instance_samples'
  | 'instance_samples_5m'
  | 'instance_samples_1h'
  | 'instance_logs'
  | 'request_log';

/** Makes the partitions from one moment, in the database's time, to another; the number of new ones. */
export async function ensurePartitions(
  db: Queryable,
  table: PartitionedTable,
  fromMs: number,
  untilMs: number,
): Promise<number> {
  const times = 'to_timestamp($1::double precision / 1000), to_timestamp($2::double precision / 1000)';
  const [row] =
    table === 'request_log'
      ? await db.query<{ made: number }>(`select ensure_request_log(${times}) as made`, [fromMs, untilMs])
      : await db.query<{ made: number }>(`select ensure_partitions($3, ${times}) as made`, [
          fromMs,
          untilMs,
          table,
        ]);
  return row?.made ?? 0;
}

async function ensurePartitionsAhead(db: Queryable, table: PartitionedTable, hours: number): Promise<number> {
  const [row] = await db.query<{ made: number }>(
    'select ensure_partitions($1, app_now(), app_now() + make_interval(hours => $2)) as made',
    [table, hours],
  );
  return row?.made ?? 0;
}

/** Makes those of now and the time ahead, and drops what is older than its retention. */
export async function keepPartitions(
  db: Queryable,
  table: PartitionedTable,
  retentionHours: number,
  aheadHours: number,
): Promise<{ made: number; dropped: number }> {
  const made = await ensurePartitionsAhead(db, table, aheadHours);
  const [dropped] = await db.query<{ count: number }>(
    'select drop_partitions($1, app_now() - make_interval(hours => $2)) as count',
    [table, retentionHours],
  );
  return { made, dropped: dropped?.count ?? 0 };
}

/** Runs `work`; when a row had no partition, makes those of the range and runs it once more. */
export async function withPartitions<T>(
  db: Database,
  table: PartitionedTable,
  range: readonly [fromMs: number, untilMs: number] | (() => readonly [number, number]) | 'now',
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissingPartition(error)) throw error;
    if (range === 'now') await ensurePartitionsAhead(db, table, 0);
    else await ensurePartitions(db, table, ...(typeof range === 'function' ? range() : range));
    return work();
  }
}

const CHECK_VIOLATION = '23514';

function isMissingPartition(error: unknown): boolean {
  return (
    sqlStateOf(error) === CHECK_VIOLATION && error instanceof Error && /no partition/.test(error.message)
  );
}
