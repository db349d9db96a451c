import type { Queryable } from './database.ts';

/** Removes live events that nobody can resume from any more, a bounded number at a time. True when more may be left. */
export async function removeOldEvents(
  db: Queryable,
  olderThanHours: number,
  limit: number,
): Promise<boolean> {
  const [row] = await db.query<{ count: number }>(
    `with gone as (
       delete from events where seq in (
         select seq from events where at < app_now() - make_interval(hours => $1) order by at limit $2)
       returning 1)
     select count(*) as count from gone`,
    [olderThanHours, limit],
  );
  return (row?.count ?? 0) >= limit;
}
