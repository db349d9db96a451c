/**
 * The outbox of live events. A fact and its event commit together; readers resume by position.
 *
 * Positions order by transaction id first and are read only below the oldest running transaction, so an event that
 * commits late is never skipped by a reader that has already passed its sequence number.
 */
import type { EventType, LiveEvent } from '#contracts/events.ts';
import { notify } from './channels.ts';
import type { Queryable, Transaction } from './database.ts';

export interface NewEvent {
  readonly orgId: string;
  readonly type: EventType;
  readonly subjectId: string;
  readonly summary: Record<string, unknown>;
}

/** `<xid>-<seq>`: the id that browsers send back as Last-Event-ID. */
export type EventPosition = string;

export interface PositionedEvent extends LiveEvent {
  readonly position: EventPosition;
  readonly orgId: string;
}

export async function emitEvent(tx: Transaction, event: NewEvent): Promise<void> {
  await tx.query(
    `insert into events (org_id, type, subject_id, summary, at) values ($1, $2, $3, $4, app_now())`,
    [event.orgId, event.type, event.subjectId, JSON.stringify(event.summary)],
  );
  await notify(tx, 'events');
}

/**
 * For what belongs to no organisation: each gets it, and asks for what it may see. Of personal workspaces only those of
 * platform administrators: there is one for each user, and nobody else may see more there.
 */
export async function emitToAll(tx: Transaction, event: Omit<NewEvent, 'orgId' | 'summary'>): Promise<void> {
  await tx.query(
    `insert into events (org_id, type, subject_id, summary, at)
     select o.id, $1, $2, '{}', app_now() from organisations o left join users u on u.id = o.personal_user_id
     where o.kind = 'team' or u.is_platform_admin order by o.id`,
    [event.type, event.subjectId],
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
): Promise<{ events: PositionedEvent[]; isBehind: boolean }> {
  const [xid = '0', seq = '0'] = position.split('-');
  const rows = await db.query<EventRow & { is_visible: boolean }>(
    `select xid::text as xid, seq, org_id, type, subject_id, summary, at,
            xid < pg_snapshot_xmin(pg_current_snapshot()) as is_visible
     from events where (xid, seq) > ($1::xid8, $2::bigint)
     order by events.xid, seq limit $3`,
    [xid, seq, limit],
  );
  const firstHidden = rows.findIndex((row) => !row.is_visible);
  const visible = firstHidden < 0 ? rows : rows.slice(0, firstHidden);
  return { events: visible.map(toEvent), isBehind: firstHidden >= 0 || rows.length === limit };
}

/** True when the position can still be resumed from: nothing after it has been removed by age. */
export async function canResumeFrom(db: Queryable, position: EventPosition): Promise<boolean> {
  const [xid = '', seq = ''] = position.split('-');
  if (!/^\d{1,19}$/.test(xid) || !/^\d{1,18}$/.test(seq)) return false;
  const rows = await db.query(`select 1 from events where xid = $1::xid8 and seq = $2::bigint`, [xid, seq]);
  return rows.length === 1;
}

interface EventRow {
  xid: string;
  seq: number;
  org_id: string;
  type: EventType;
  subject_id: string;
  summary: Record<string, unknown>;
  at: Date;
}

function toEvent(row: EventRow): PositionedEvent {
  return {
    position: `${row.xid}-${row.seq}`,
    orgId: row.org_id,
    type: row.type,
    subject_id: row.subject_id,
    at: row.at.toISOString(),
    summary: row.summary,
  };
}
