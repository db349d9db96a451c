/**
 * Business events: written in the transaction of the fact they tell, kept for a time, never changed.
 *
 * A row has no position when it is written. Readers ask for positions first: whoever holds the row of the last one
 * gives the next ones to all rows that are committed by then. So a row that commits late gets a late position, and a
 * reader that keeps only how far it is misses none, also after the database moved to another server.
 */
import type { BusinessEventData, BusinessEventType } from '#contracts/business-events.ts';
import type { Queryable, Transaction } from './database.ts';

export interface NewBusinessEvent<T extends BusinessEventType = BusinessEventType> {
  readonly orgId: string;
  readonly type: T;
  readonly subjectId: string;
  readonly data: BusinessEventData<T>;
}

export interface BusinessEvent {
  readonly position: number;
  readonly orgId: string;
  readonly id: string;
  readonly type: BusinessEventType;
  readonly subjectId: string;
  readonly data: Record<string, unknown>;
  readonly at: Date;
}

const LAST_POSITION = 'positions';

export async function recordEvent<T extends BusinessEventType>(
  tx: Transaction,
  event: NewBusinessEvent<T>,
): Promise<void> {
  await recordEvents(tx, [event]);
}

/** Many at once, in this order. */
export async function recordEvents(tx: Transaction, events: readonly NewBusinessEvent[]): Promise<void> {
  if (events.length === 0) return;
  await tx.query(
    `insert into business_events (org_id, type, subject_id, data, at)
     select e ->> 'orgId', e ->> 'type', e ->> 'subjectId', e -> 'data', app_now()
     from jsonb_array_elements($1::jsonb) with ordinality as t (e, number) order by number`,
    [JSON.stringify(events)],
  );
}

/** The same for an event that somebody must be told of by its id. */
export async function recordEventForId<T extends BusinessEventType>(
  tx: Transaction,
  event: NewBusinessEvent<T>,
): Promise<{ id: string; at: Date }> {
  const [row] = await tx.query<{ id: string; at: Date }>(
    `insert into business_events (org_id, type, subject_id, data, at)
     values ($1, $2, $3, $4, app_now()) returning id, at`,
    [event.orgId, event.type, event.subjectId, JSON.stringify(event.data)],
  );
  if (!row) throw new Error('an insert without a row');
  return row;
}

/** Gives positions to what is committed and has none, at most so many. One at a time: the row of the last one is held. */
export async function givePositions(tx: Transaction, limit: number): Promise<number> {
  await ensureCursor(tx, LAST_POSITION, false);
  await tx.query(`select position from event_cursors where reader = $1 for update`, [LAST_POSITION]);
  const [row] = await tx.query<{ count: number }>(
    `with fresh as (
       select seq, row_number() over (order by seq) as number from (
         select seq from business_events where position is null order by seq limit $2) f),
     numbered as (
       update business_events e set position = c.position + fresh.number
       from fresh, event_cursors c where e.seq = fresh.seq and c.reader = $1 returning e.position),
     moved as (
       update event_cursors set position = (select max(position) from numbered), moved_at = app_now()
       where reader = $1 and exists (select from numbered) returning 1)
     select (select count(*) from numbered) as count, (select count(*) from moved) as moved`,
    [LAST_POSITION, limit],
  );
  return row?.count ?? 0;
}

/**
 * What a reader has not had yet, oldest first. Its cursor is held until the transaction ends, so that of several at
 * once each event is read by one; `moveCursor` in the same transaction makes its effect happen exactly once.
 * A new reader begins with what is recorded after its first look.
 */
export async function readNewEvents(
  tx: Transaction,
  reader: string,
  limit: number,
): Promise<BusinessEvent[]> {
  await ensureCursor(tx, reader, true);
  await tx.query(`select position from event_cursors where reader = $1 for update`, [reader]);
  return tx.query<BusinessEvent>(
    `select position, org_id as "orgId", id, type, subject_id as "subjectId", data, at
     from business_events where position > (select position from event_cursors where reader = $1)
     order by business_events.position limit $2`,
    [reader, limit],
  );
}

export async function moveCursor(tx: Transaction, reader: string, position: number): Promise<void> {
  await tx.query(
    `update event_cursors set position = greatest(position, $2), moved_at = app_now() where reader = $1`,
    [reader, position],
  );
}

/** Removes what is older, but nothing that a reader has still to come to. True when more may be left. */
export async function removeOldBusinessEvents(
  db: Queryable,
  olderThanHours: number,
  limit: number,
): Promise<boolean> {
  const [row] = await db.query<{ count: number }>(
    `with gone as (
       delete from business_events where seq in (
         select seq from business_events
         where at < app_now() - make_interval(hours => $1)
           and position <= (select coalesce(min(position), 0) from event_cursors)
         order by at, seq limit $2)
       returning 1)
     select count(*) as count from gone`,
    [olderThanHours, limit],
  );
  return (row?.count ?? 0) >= limit;
}

async function ensureCursor(tx: Transaction, reader: string, fromLast: boolean): Promise<void> {
  await tx.query(
    `insert into event_cursors (reader, position, moved_at)
     values ($1, case when $2 then coalesce((select position from event_cursors where reader = $3), 0) else 0 end,
       app_now())
     on conflict (reader) do nothing`,
    [reader, fromLast, LAST_POSITION],
  );
}
