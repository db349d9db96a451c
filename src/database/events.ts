/**
 * The outbox of live events. A fact and its event commit together; readers resume by position.
 *
 * Positions order by transaction id first and are read only below the oldest running transaction, so an event that
 * commits late is never skipped by a reader that has already passed its sequence number.
 */
import type { EventType, ResetReason, SummaryOf } from '#contracts/events.ts';
import { notify } from './channels.ts';
import type { Queryable, Transaction } from './database.ts';

export type NewEvent = {
  [T in EventType]: {
    /** Null: of no organisation. */
    readonly orgId: string | null;
    /** Whose own it is: they hear of it even if their role sees nothing of others. */
    readonly userId?: string | null;
    readonly type: T;
    readonly subjectId: string;
    readonly summary: SummaryOf<T>;
  };
}[EventType];

/** `<xid>-<seq>`: the id that browsers send back as Last-Event-ID. */
export type EventPosition = string;

/** As it was written, perhaps by another version of this program: whoever sends it on looks at its form first. */
export interface StoredEvent {
  readonly position: EventPosition;
  readonly orgId: string | null;
  readonly userId: string | null;
  readonly type: string;
  readonly subject_id: string;
  readonly at: string;
  readonly summary: unknown;
}

export async function emitEvent(tx: Transaction, event: NewEvent): Promise<void> {
  await tx.query(
    `insert into events (org_id, user_id, type, subject_id, summary, at) values ($1, $2, $3, $4, $5, app_now())`,
    [event.orgId, event.userId ?? null, event.type, event.subjectId, JSON.stringify(event.summary)],
  );
  await notify(tx, 'events');
}

/** The position of the newest event that every reader may see by now. */
export async function newestEventPosition(db: Queryable): Promise<EventPosition> {
  const [row] = await db.query<{ position: string }>(
    `select xid::text || '-' || seq as position from events
     where xid < pg_snapshot_xmin(pg_current_snapshot()) order by xid desc, seq desc limit 1`,
  );
  return row?.position ?? '0-0';
}

/**
 * Events after a position, oldest first. `isBehind` says that newer rows exist which a running transaction still
 * hides, so the caller looks again shortly.
 */
export async function readEventsAfter(
  db: Queryable,
  position: EventPosition,
  limit: number,
): Promise<{ events: StoredEvent[]; isBehind: boolean }> {
  const [xid = '0', seq = '0'] = position.split('-');
  const rows = await db.query<EventRow & { is_visible: boolean }>(
    `select xid::text as xid, seq, org_id, user_id, type, subject_id, summary, at,
            xid < pg_snapshot_xmin(pg_current_snapshot()) as is_visible
     from events where (xid, seq) > ($1::xid8, $2::bigint)
     order by events.xid, seq limit $3`,
    [xid, seq, limit],
  );
  const firstHidden = rows.findIndex((row) => !row.is_visible);
  const visible = firstHidden < 0 ? rows : rows.slice(0, firstHidden);
  return { events: visible.map(toEvent), isBehind: firstHidden >= 0 || rows.length === limit };
}

/** Whose events a reader may have at all: those of its organisation, its own, and the installation's. */
export interface EventReader {
  readonly orgId: string;
  readonly userId: string;
}

/** Oldest first; or why that cannot be told, so that everything must be read anew. */
export type MissedEvents = { readonly events: readonly StoredEvent[] } | { readonly reset: ResetReason };

/**
 * What such a reader missed between two positions, if the first is still there and no more than `limit` came after it.
 * Uses events_of_organisation.
 */
export async function readMissedEvents(
  db: Queryable,
  reader: EventReader,
  between: { readonly after: EventPosition; readonly until: EventPosition },
  limit: number,
): Promise<MissedEvents> {
  const [after, until] = [partsOf(between.after), partsOf(between.until)];
  if (!after || !until) return { reset: 'unknown_position' };
  const rows = await db.query<EventRow>(
    `with known as (select from events where xid = $3::xid8 and seq = $4::bigint)
     select xid::text as xid, seq, org_id, user_id, type, subject_id, summary, at from (
       (select * from events where org_id = $1
          and (xid, seq) > ($3::xid8, $4::bigint) and (xid, seq) <= ($5::xid8, $6::bigint)
        order by xid, seq limit $7)
       union all
       (select * from events where org_id is null and (user_id is null or user_id = $2)
          and (xid, seq) > ($3::xid8, $4::bigint) and (xid, seq) <= ($5::xid8, $6::bigint)
        order by xid, seq limit $7)
       union all
       (select -1, '0'::xid8, null, '', '', '{}', to_timestamp(0), null where not exists (select from known))
     ) missed order by missed.xid, seq`,
    [reader.orgId, reader.userId, ...after, ...until, limit + 1],
  );
  if (rows[0]?.seq === -1) return { reset: 'unknown_position' };
  return rows.length > limit ? { reset: 'too_much_missed' } : { events: rows.map(toEvent) };
}

function partsOf(position: EventPosition): [string, string] | undefined {
  const [, xid, seq] = /^(\d{1,19})-(\d{1,18})$/.exec(position) ?? [];
  return xid === undefined || seq === undefined ? undefined : [xid, seq];
}

interface EventRow {
  xid: string;
  seq: number;
  org_id: string | null;
  user_id: string | null;
  type: string;
  subject_id: string;
  summary: Record<string, unknown>;
  at: Date;
}

function toEvent(row: EventRow): StoredEvent {
  return {
    position: `${row.xid}-${row.seq}`,
    orgId: row.org_id,
    userId: row.user_id,
    type: row.type,
    subject_id: row.subject_id,
    at: row.at.toISOString(),
    summary: row.summary,
  };
}
