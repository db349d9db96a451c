/** SQL of invitations. Tokens arrive as hashes only. */
import type { OrganisationRole } from '#contracts/management.ts';
import type { InvitationSort, InvitationView } from '#contracts/organisations.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import {
  Conditions,
  containing,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { InvitationId, OrgId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

interface InvitationRow extends Omit<InvitationView, 'created_at' | 'sent_at' | 'expires_at' | 'ended_at'> {
  readonly created_at: Date;
  readonly sent_at: Date;
  readonly expires_at: Date;
  readonly ended_at: Date | null;
}

const STATE = `case when accepted_at is not null then 'accepted' when revoked_at is not null then 'revoked'
  when expires_at <= app_now() then 'expired' else 'open' end`;
const COLUMNS = `id, email, role, ${STATE} as state, invited_by, created_at, sent_at, expires_at,
  coalesce(accepted_at, revoked_at) as ended_at`;

export interface NewInvitation {
  readonly id: InvitationId;
  readonly email: string;
  readonly role: OrganisationRole;
  readonly language: 'en' | 'fr';
  readonly tokenHash: string;
  readonly invitedBy: UserId;
  readonly ttlMs: number;
}

export async function insertInvitation(
  tx: Transaction,
  scope: OrgScope,
  invitation: NewInvitation,
): Promise<InvitationView> {
  const rows = await tx.query<InvitationRow>(
    `insert into invitations (org_id, id, email, role, language, token_hash, invited_by, created_at, sent_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, app_now(), app_now(),
             app_now() + make_interval(secs => $8::double precision / 1000))
     returning ${COLUMNS}`,
    [
      scope.orgId,
      invitation.id,
      invitation.email,
      invitation.role,
      invitation.language,
      invitation.tokenHash,
      invitation.invitedBy,
      invitation.ttlMs,
    ],
  );
  return first(rows);
}

export interface InvitationFilter {
  readonly state?: InvitationView['state'] | undefined;
  readonly role?: OrganisationRole | undefined;
  /** A part of the address, in any case. */
  readonly search?: string | undefined;
}

export const INVITATION_LIST: Listing<InvitationSort> = {
  columns: COLUMNS,
  from: 'invitations',
  home: 'org_id = $1',
  id: { by: 'id', type: 'text' },
  sorts: {
    created_at: { by: 'created_at', type: 'timestamptz' },
    email: { by: 'lower(email)', type: 'text' },
  },
};

export async function selectInvitations(
  db: Queryable,
  scope: OrgScope,
  filter: InvitationFilter,
  wish: ListWish<InvitationSort>,
): Promise<ListFound<InvitationView>> {
  const where = new Conditions()
    .equal('org_id', scope.orgId)
    .equal(`(${STATE})`, filter.state)
    .equal('role', filter.role);
  if (filter.search !== undefined) {
    where.scan(`lower(email) like ${where.place(containing(filter.search))}`);
  }
  const found = await selectList<InvitationRow, InvitationSort>(db, INVITATION_LIST, where, wish);
  return { ...found, rows: found.rows.map(toInvitationView) };
}

export interface OpenInvitation {
  readonly id: InvitationId;
  readonly orgId: OrgId;
  readonly email: string;
  readonly role: OrganisationRole;
  readonly language: 'en' | 'fr';
  readonly invitedBy: UserId;
  readonly isExpired: boolean;
  /** How long ago its link was mailed. */
  readonly sentMsAgo: number;
  readonly expiresAt: Date;
}

const OPEN = `
  select id, org_id as "orgId", email, role, language, invited_by as "invitedBy",
         expires_at <= app_now() as "isExpired", expires_at as "expiresAt",
         extract(epoch from app_now() - sent_at)::double precision * 1000 as "sentMsAgo"
  from invitations where accepted_at is null and revoked_at is null`;

/** Held until the end. */
export async function lockOpenInvitation(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<OpenInvitation | undefined> {
  const [row] = await tx.query<OpenInvitation>(`${OPEN} and org_id = $1 and id = $2 for update`, [
    scope.orgId,
    id,
  ]);
  return row;
}

export async function lockOpenInvitationTo(
  tx: Transaction,
  scope: OrgScope,
  email: string,
): Promise<OpenInvitation | undefined> {
  const [row] = await tx.query<OpenInvitation>(
    `${OPEN} and org_id = $1 and lower(email) = lower($2) for update`,
    [scope.orgId, email],
  );
  return row;
}

/** Of any organisation: whoever holds the link knows no other. */
export async function selectByToken(db: Queryable, tokenHash: string): Promise<OpenInvitation | undefined> {
  const [row] = await db.query<OpenInvitation>(`${OPEN} and expires_at > app_now() and token_hash = $1`, [
    tokenHash,
  ]);
  return row;
}

export interface OpenedDetails {
  readonly name: string;
  readonly slug: string;
  readonly colour: string | null;
  readonly invitedBy: string;
  readonly hasAccount: boolean;
}

/** What the page of an invitation shows; undefined when the organisation is ending. */
export async function selectDetails(
  db: Queryable,
  invitation: OpenInvitation,
): Promise<OpenedDetails | undefined> {
  const [row] = await db.query<OpenedDetails>(
    `select o.name, o.slug, o.colour, u.username as "invitedBy",
            exists (select from users where lower(email) = lower($3)) as "hasAccount"
     from organisations o, users u
     where o.id = $1 and o.deletion_asked_at is null and u.id = $2`,
    [invitation.orgId, invitation.invitedBy, invitation.email],
  );
  return row;
}

/** A new link takes the place of the one before. */
export async function renewInvitation(
  tx: Transaction,
  scope: OrgScope,
  id: InvitationId,
  to: { readonly tokenHash: string; readonly invitedBy: UserId; readonly ttlMs: number },
): Promise<InvitationView> {
  const rows = await tx.query<InvitationRow>(
    `update invitations set token_hash = $3, invited_by = $4, sent_at = app_now(), mails = mails + 1,
       expires_at = app_now() + make_interval(secs => $5::double precision / 1000)
     where org_id = $1 and id = $2 returning ${COLUMNS}`,
    [scope.orgId, id, to.tokenHash, to.invitedBy, to.ttlMs],
  );
  return first(rows);
}

export async function markRevoked(
  tx: Transaction,
  scope: OrgScope,
  id: InvitationId,
): Promise<InvitationView> {
  const rows = await tx.query<InvitationRow>(
    `update invitations set revoked_at = app_now() where org_id = $1 and id = $2 returning ${COLUMNS}`,
    [scope.orgId, id],
  );
  return first(rows);
}

/** True for the one who was first. */
export async function markAccepted(
  tx: Transaction,
  scope: OrgScope,
  id: InvitationId,
  by: UserId,
): Promise<boolean> {
  const rows = await tx.query(
    `update invitations set accepted_at = app_now(), accepted_by = $3
     where org_id = $1 and id = $2 and accepted_at is null and revoked_at is null returning id`,
    [scope.orgId, id, by],
  );
  return rows.length === 1;
}

/** Mails of the last hour, and invitations that are open. */
export async function countInvitations(
  tx: Transaction,
  scope: OrgScope,
): Promise<{ readonly mailed: number; readonly open: number }> {
  const [row] = await tx.query<{ mailed: number; open: number }>(
    `select coalesce(sum(mails) filter (where sent_at > app_now() - interval '1 hour'), 0)::bigint as mailed,
            count(*) filter (where accepted_at is null and revoked_at is null) as open
     from invitations where org_id = $1`,
    [scope.orgId],
  );
  return row ?? { mailed: 0, open: 0 };
}

export async function selectUserByEmail(
  db: Queryable,
  email: string,
): Promise<{ readonly id: UserId } | undefined> {
  const [row] = await db.query<{ id: UserId }>(`select id from users where lower(email) = lower($1)`, [
    email,
  ]);
  return row;
}

export async function selectUserById(
  db: Queryable,
  id: UserId,
): Promise<{ readonly username: string; readonly email: string } | undefined> {
  const [row] = await db.query<{ username: string; email: string }>(
    `select username, email from users where id = $1 and disabled_at is null`,
    [id],
  );
  return row;
}

function first(rows: readonly InvitationRow[]): InvitationView {
  const [row] = rows;
  if (!row) throw new Error('a write returned no row');
  return toInvitationView(row);
}

function toInvitationView(row: InvitationRow): InvitationView {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    sent_at: row.sent_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
