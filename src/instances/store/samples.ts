/** What the machines measured, in three resolutions: as it came, in five minutes, in hours. */
import type { Database, Queryable, Transaction } from '#database/database.ts';
import { withPartitions } from '#database/partitions.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { type Bucket, emptyBucket, mergeBucket } from '../series/figures.ts';

export type Resolution = 'finest' | '5m' | '1h';

export const WINDOW_MS = { '5m': 300_000, '1h': 3_600_000 } as const;

const TABLES = {
  finest: 'instance_samples',
  '5m': 'instance_samples_5m',
  '1h': 'instance_samples_1h',
} as const satisfies Record<Resolution, string>;

export interface BucketRow {
  readonly orgId: OrgId;
  readonly instanceId: InstanceId;
  /** Where its time begins. */
  readonly atMs: number;
  readonly bucket: Bucket;
}

/**
 * Adds buckets to what is there of the same time. The windows are marked first: writers wait for each other there, so
 * they cannot meet in opposite orders below, and a roll-up cannot read between mark and rows.
 */
export async function addBuckets(db: Database, rows: readonly BucketRow[]): Promise<void> {
  if (rows.length === 0) return;
  const times = rows.map((row) => row.atMs);
  const range = [Math.min(...times), Math.max(...times)] as const;
  await withPartitions(db, 'instance_samples', range, () =>
    db.transaction(async (tx) => {
      await markWindows(tx, '5m', times);
      await upsertBuckets(tx, rows);
    }),
  );
}

async function markWindows(
  tx: Transaction,
  resolution: '5m' | '1h',
  timesMs: readonly number[],
): Promise<void> {
  const windowMs = WINDOW_MS[resolution];
  const windows = [...new Set(timesMs.map((ms) => Math.floor(ms / windowMs) * windowMs))];
  await tx.query(
    `insert into series_marks (resolution, at, marks)
     select $1, to_timestamp(ms / 1000), 1 from unnest($2::double precision[]) ms order by ms
     on conflict (resolution, at) do update set marks = series_marks.marks + 1`,
    [resolution, windows],
  );
}

async function upsertBuckets(tx: Transaction, rows: readonly BucketRow[]): Promise<void> {
  const merged = mergeRows(rows);
  await tx.query(
    `insert into instance_samples as kept
       (org_id, instance_id, at, last_at, beats, counts, sums, maxima, gpu_names)
     select r.org_id, r.instance_id, to_timestamp(r.at / 1000), to_timestamp(r.last_at / 1000), r.beats,
            r.counts::double precision[], r.sums::double precision[], r.maxima::double precision[],
            r.gpu_names::jsonb
     from unnest($1::text[], $2::text[], $3::double precision[], $4::double precision[], $5::integer[],
                 $6::text[], $7::text[], $8::text[], $9::text[])
       as r (org_id, instance_id, at, last_at, beats, counts, sums, maxima, gpu_names)
     order by r.instance_id, r.at
     on conflict (instance_id, at) do update set
       last_at = greatest(kept.last_at, excluded.last_at),
       beats = kept.beats + excluded.beats,
       counts = add_figures(kept.counts, excluded.counts),
       sums = add_figures(kept.sums, excluded.sums),
       maxima = max_figures(kept.maxima, excluded.maxima),
       gpu_names = kept.gpu_names || excluded.gpu_names`,
    [
      merged.map((row) => row.orgId),
      merged.map((row) => row.instanceId),
      merged.map((row) => row.atMs),
      merged.map((row) => row.bucket.lastAtMs),
      merged.map((row) => row.bucket.beats),
      merged.map((row) => arrayText(row.bucket.counts)),
      merged.map((row) => arrayText(row.bucket.sums)),
      merged.map((row) => arrayText(row.bucket.maxima)),
      merged.map((row) => JSON.stringify(row.bucket.gpuNames)),
    ],
  );
}

/** One row for each machine and time: a statement may touch a row only once. */
function mergeRows(rows: readonly BucketRow[]): BucketRow[] {
  const byKey = new Map<string, BucketRow>();
  for (const row of rows) {
    const key = `${row.instanceId} ${row.atMs}`;
    const known = byKey.get(key) ?? { ...row, bucket: emptyBucket() };
    mergeBucket(known.bucket, row.bucket);
    byKey.set(key, known);
  }
  return [...byKey.values()];
}

function arrayText(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? 'null').join(',')}}`;
}

/** What is kept of a machine from one moment to another, oldest first. Uses the primary key of each partition. */
export async function selectBuckets(
  db: Queryable,
  scope: OrgScope,
  id: InstanceId,
  resolution: Resolution,
  window: { readonly fromMs: number; readonly toMs: number },
): Promise<BucketRow[]> {
  const rows = await db.query<{
    atMs: number;
    lastAtMs: number;
    beats: number;
    counts: (number | null)[];
    sums: (number | null)[];
    maxima: (number | null)[];
    gpuNames: Record<string, string>;
  }>(
    `select (extract(epoch from at) * 1000)::double precision as "atMs",
            (extract(epoch from last_at) * 1000)::double precision as "lastAtMs",
            beats, counts, sums, maxima, gpu_names as "gpuNames"
     from ${TABLES[resolution]}
     where org_id = $1 and instance_id = $2
       and at >= to_timestamp($3::double precision / 1000) and at < to_timestamp($4::double precision / 1000)
     order by at`,
    [scope.orgId, id, window.fromMs, window.toMs],
  );
  return rows.map(({ atMs, ...bucket }) => ({
    orgId: scope.orgId as OrgId,
    instanceId: id,
    atMs,
    bucket,
  }));
}

/** The oldest window not before `fromMs` that has figures which are not rolled up; undefined when all are. */
export async function selectOldestMark(
  db: Queryable,
  fromMs: number,
): Promise<{ readonly atMs: number } | undefined> {
  const [row] = await db.query<{ atMs: number }>(
    `select (extract(epoch from at) * 1000)::double precision as "atMs" from series_marks
     where at >= to_timestamp($1::double precision / 1000) order by at, resolution limit 1`,
    [fromMs],
  );
  return row;
}

export async function selectNow(db: Queryable): Promise<number> {
  const [row] = await db.query<{ ms: number }>(
    'select (extract(epoch from app_now()) * 1000)::double precision as ms',
  );
  return row?.ms ?? 0;
}

export interface Mark {
  readonly resolution: '5m' | '1h';
  readonly atMs: number;
  /** Raised by whoever adds figures: the roll-up takes away only the mark that it has read. */
  readonly marks: number;
}

/** The oldest window that is over, and has figures which are not rolled up; the finer ones first. */
export async function selectDueMark(db: Queryable, graceMs: number): Promise<Mark | undefined> {
  const [row] = await db.query<Mark>(
    `select resolution, (extract(epoch from at) * 1000)::double precision as "atMs", marks from series_marks
     where at + case resolution when '5m' then interval '5 minutes' else interval '1 hour' end
       <= app_now() - make_interval(secs => $1::double precision / 1000)
     order by resolution desc, at limit 1`,
    [graceMs],
  );
  return row;
}

/** The last of the next machines, at most `limit`, that have figures in the window; undefined when none is left. */
export async function selectMachineRange(
  db: Queryable,
  mark: Mark,
  afterId: string,
  limit: number,
): Promise<string | undefined> {
  const [row] = await db.query<{ last: string | null }>(
    `select max(instance_id) as last from (
       select distinct instance_id from ${sourceOf(mark.resolution)}
       where at >= to_timestamp($1::double precision / 1000) and at < to_timestamp($2::double precision / 1000)
         and instance_id > $3
       order by instance_id limit $4) next`,
    [mark.atMs, mark.atMs + WINDOW_MS[mark.resolution], afterId, limit],
  );
  return row?.last ?? undefined;
}

/** Computes the window of some machines anew from all its figures, so that doing it twice is doing it once. */
export async function rollUpMachines(
  tx: Transaction,
  mark: Mark,
  range: { readonly afterId: string; readonly lastId: string },
): Promise<void> {
  // The index by time finds the window, in whatever order the machines were written.
  await tx.query(
    `with found as materialized (
       select * from ${sourceOf(mark.resolution)}
       where at >= to_timestamp($1::double precision / 1000) and at < to_timestamp($2::double precision / 1000)
         and instance_id > $3 and instance_id <= $4),
     heads as (
       select org_id, instance_id, max(last_at) as last_at, sum(beats)::integer as beats
       from found group by org_id, instance_id),
     names as (
       select instance_id, jsonb_object_agg(key, value order by at) as gpu_names
       from found, jsonb_each(gpu_names) group by instance_id),
     places as (
       select instance_id, n, sum(c) as c, sum(s) as s, max(m) as m
       from found, unnest(counts, sums, maxima) with ordinality as f (c, s, m, n)
       group by instance_id, n),
     arrays as (
       select instance_id, array_agg(c order by n) as counts, array_agg(s order by n) as sums,
              array_agg(m order by n) as maxima
       from places group by instance_id)
     insert into ${TABLES[mark.resolution]}
       (org_id, instance_id, at, last_at, beats, counts, sums, maxima, gpu_names)
     select h.org_id, h.instance_id, to_timestamp($1::double precision / 1000), h.last_at, h.beats,
            coalesce(a.counts, '{}'), coalesce(a.sums, '{}'), coalesce(a.maxima, '{}'), coalesce(g.gpu_names, '{}')
     from heads h left join arrays a using (instance_id) left join names g using (instance_id)
     order by h.instance_id
     on conflict (instance_id, at) do update set
       last_at = excluded.last_at, beats = excluded.beats, counts = excluded.counts, sums = excluded.sums,
       maxima = excluded.maxima, gpu_names = excluded.gpu_names`,
    [mark.atMs, mark.atMs + WINDOW_MS[mark.resolution], range.afterId, range.lastId],
  );
}

/** Takes the mark away, unless figures came meanwhile; the window above has new figures now. */
export async function settleMark(tx: Transaction, mark: Mark): Promise<void> {
  if (mark.resolution === '5m') await markWindows(tx, '1h', [mark.atMs]);
  await tx.query(
    `delete from series_marks
     where resolution = $1 and at = to_timestamp($2::double precision / 1000) and marks = $3`,
    [mark.resolution, mark.atMs, mark.marks],
  );
}

/**
 * Windows of which figures may be gone are not computed any more; what was rolled up of them stays. Partitions go
 * whole, so a window is either in one that is kept or older than that one's beginning.
 */
export async function forgetMarks(
  db: Queryable,
  resolution: '5m' | '1h',
  olderThanHours: number,
): Promise<void> {
  await db.query(
    `delete from series_marks where resolution = $1
       and at < date_bin(partition_step($3), app_now() - make_interval(hours => $2), '2001-01-01 00:00:00+00')`,
    [resolution, olderThanHours, sourceOf(resolution)],
  );
}

function sourceOf(resolution: '5m' | '1h'): string {
  return resolution === '5m' ? TABLES.finest : TABLES['5m'];
}

/** The most tokens a second that machines of each kind were seen to produce with a model. */
export async function selectPeakSpeeds(
  db: Queryable,
  scope: OrgScope,
  modelId: string,
  place: number,
): Promise<{ readonly instanceTypeId: string; readonly tokensPerSecond: number }[]> {
  return db.query(
    `select i.instance_type_id as "instanceTypeId", max(s.maxima[$3]) as "tokensPerSecond"
     from instances i join instance_samples_5m s on s.instance_id = i.id and s.org_id = i.org_id
     where i.org_id = $1 and i.model_id = $2 and s.maxima[$3] > 0
     group by i.instance_type_id order by i.instance_type_id`,
    [scope.orgId, modelId, place + 1],
  );
}
