/** SQL of organisations: what they are called and limited to, and how they end. */
import type { ChangedLimits, OrganisationView } from '#contracts/api-keys.ts';
import type { ListedOrganisation, MyOrganisation } from '#contracts/organisations.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

interface OrganisationRow {
  readonly id: OrgId;
  readonly slug: string;
  readonly name: string;
  readonly colour: string | null;
  readonly requests_per_minute: number | null;
  readonly tokens_per_minute: number | null;
  readonly concurrent_requests: number | null;
  readonly deletion_asked_at: Date | null;
}

const ORGANISATION = `o.id, o.slug, o.name, o.colour, o.requests_per_minute, o.tokens_per_minute,
  o.concurrent_requests, o.deletion_asked_at`;

export async function selectOrganisation(
  db: Queryable,
  scope: OrgScope,
): Promise<OrganisationView | undefined> {
  const [row] = await db.query<OrganisationRow>(
    `select ${ORGANISATION} from organisations o where o.id = $1 and o.deleted_at is null`,
    [scope.orgId],
  );
  return row && toOrganisationView(row);
}

/** By its slug or its id. */
export async function selectOrganisationId(db: Queryable, name: string): Promise<OrgId | undefined> {
  const [row] = await db.query<{ id: OrgId }>(
    `select id from organisations where (slug = $1 or id = $1) and deleted_at is null`,
    [name],
  );
  return row?.id;
}

export interface OrganisationChange {
  readonly name?: string | undefined;
  readonly colour?: string | null | undefined;
  readonly limits?: ChangedLimits | undefined;
}

/** What is left out stays as it is. */
export async function updateOrganisation(
  tx: Transaction,
  scope: OrgScope,
  change: OrganisationChange,
): Promise<OrganisationView | undefined> {
  const { limits, ...rest } = change;
  // Members of the object stand for the columns that change; the others are read from the row itself.
  const [row] = await tx.query<OrganisationRow>(
    `update organisations as o set name = c.name, colour = c.colour,
       requests_per_minute = c.requests_per_minute, tokens_per_minute = c.tokens_per_minute,
       concurrent_requests = c.concurrent_requests
     from (select (jsonb_populate_record(organisations, $2::jsonb)).*
           from organisations where id = $1 and deleted_at is null for no key update) as c
     where o.id = c.id
     returning ${ORGANISATION}`,
    [scope.orgId, JSON.stringify({ ...rest, ...limits })],
  );
  return row && toOrganisationView(row);
}

export async function insertNewOrganisation(
  tx: Transaction,
  organisation: {
    readonly id: OrgId;
    readonly slug: string;
    readonly name: string;
    readonly colour: string | null;
    readonly createdBy: string;
  },
): Promise<Date> {
  const [row] = await tx.query<{ created_at: Date }>(
    `insert into organisations (id, slug, name, colour, created_by, created_at)
     values ($1, $2, $3, $4, $5, app_now()) returning created_at`,
    [organisation.id, organisation.slug, organisation.name, organisation.colour, organisation.createdBy],
  );
  if (!row) throw new Error('an insert returned no row');
  return row.created_at;
}

/** How many this actor has made that are not gone. */
export async function countMadeBy(tx: Transaction, actor: string): Promise<number> {
  const [row] = await tx.query<{ made: number }>(
    `select count(*) as made from organisations where created_by = $1 and deleted_at is null`,
    [actor],
  );
  return row?.made ?? 0;
}

/** Of one person, by name. */
export async function selectOrganisationsOf(db: Queryable, userId: UserId): Promise<MyOrganisation[]> {
  const rows = await db.query<Omit<MyOrganisation, 'created_at'> & { created_at: Date }>(
    `select o.id, o.slug, o.name, o.colour, m.role, o.deletion_asked_at is not null as is_deleting, o.created_at
     from memberships m join organisations o on o.id = m.org_id
     where m.user_id = $1 and o.deleted_at is null order by lower(o.name), o.id`,
    [userId],
  );
  return rows.map((row) => ({ ...row, created_at: row.created_at.toISOString() }));
}

export interface OrganisationSearch {
  readonly search?: string | undefined;
  readonly state?: ListedOrganisation['state'] | undefined;
  readonly limit: number;
  readonly after?: { readonly createdAt: string; readonly id: string } | undefined;
}

/** All of the installation, newest first. Uses organisations_in_order. */
export async function selectAllOrganisations(
  db: Queryable,
  wanted: OrganisationSearch,
): Promise<ListedOrganisation[]> {
  type Row = Omit<ListedOrganisation, 'created_at' | 'deletion_asked_at' | 'deleted_at'> & {
    readonly created_at: Date;
    readonly deletion_asked_at: Date | null;
    readonly deleted_at: Date | null;
  };
  const rows = await db.query<Row>(
    `select o.id, o.slug, o.name, o.state, o.created_at, o.deletion_asked_at, o.deleted_at,
            (select count(*) from memberships m where m.org_id = o.id) as members
     from (select *, case when deleted_at is not null then 'deleted'
                          when deletion_asked_at is not null then 'deleting' else 'active' end as state
           from organisations) o
     where ($1::text is null or strpos(lower(o.name), lower($1)) > 0 or strpos(o.slug, lower($1)) > 0)
       and ($2::text is null or o.state = $2)
       and ($3::timestamptz is null or (o.created_at, o.id) < ($3::timestamptz, $4::text))
     order by o.created_at desc, o.id desc limit $5`,
    [
      wanted.search ?? null,
      wanted.state ?? null,
      wanted.after?.createdAt ?? null,
      wanted.after?.id ?? null,
      wanted.limit,
    ],
  );
  return rows.map((row) => ({
    ...row,
    created_at: row.created_at.toISOString(),
    deletion_asked_at: row.deletion_asked_at?.toISOString() ?? null,
    deleted_at: row.deleted_at?.toISOString() ?? null,
  }));
}

export interface OrganisationLife {
  readonly slug: string;
  readonly name: string;
  readonly isPersonal: boolean;
  readonly deletionAskedAt: Date | null;
  readonly deletionAskedBy: string | null;
  readonly deletedAt: Date | null;
}

const LIFE = `slug, name, coalesce(to_jsonb(organisations) ->> 'kind' = 'personal', false) as "isPersonal",
  deletion_asked_at as "deletionAskedAt", deletion_asked_by as "deletionAskedBy", deleted_at as "deletedAt"`;

export async function selectLife(db: Queryable, scope: OrgScope): Promise<OrganisationLife | undefined> {
  const [row] = await db.query<OrganisationLife>(`select ${LIFE} from organisations where id = $1`, [
    scope.orgId,
  ]);
  return row;
}

/** Who changes members or the organisation's life goes one after the other; what refers to it goes on. */
export async function lockLife(tx: Transaction, scope: OrgScope): Promise<OrganisationLife | undefined> {
  const [row] = await tx.query<OrganisationLife>(
    `select ${LIFE} from organisations where id = $1 for no key update`,
    [scope.orgId],
  );
  return row;
}

/** Waits for whatever is being made in the organisation, and keeps more from beginning until the end. */
export async function lockWholeLife(tx: Transaction, scope: OrgScope): Promise<OrganisationLife | undefined> {
  const [row] = await tx.query<OrganisationLife>(
    `select ${LIFE} from organisations where id = $1 for update`,
    [scope.orgId],
  );
  return row;
}

export async function markDeletionAsked(tx: Transaction, scope: OrgScope, by: string): Promise<void> {
  await tx.query(
    `update organisations set deletion_asked_at = app_now(), deletion_asked_by = $2
     where id = $1 and deletion_asked_at is null`,
    [scope.orgId, by],
  );
}

export async function clearDeletion(tx: Transaction, scope: OrgScope): Promise<void> {
  await tx.query(
    `update organisations set deletion_asked_at = null, deletion_asked_by = null
     where id = $1 and deleted_at is null`,
    [scope.orgId],
  );
}

export async function markDeleted(tx: Transaction, scope: OrgScope): Promise<void> {
  await tx.query(`update organisations set deleted_at = app_now() where id = $1 and deleted_at is null`, [
    scope.orgId,
  ]);
}

/** Everything that lets somebody in. Sessions there end with the memberships. */
export async function endAccess(tx: Transaction, scope: OrgScope): Promise<void> {
  await tx.query(`update api_keys set revoked_at = app_now() where org_id = $1 and revoked_at is null`, [
    scope.orgId,
  ]);
  await tx.query(
    `update invitations set revoked_at = app_now()
     where org_id = $1 and revoked_at is null and accepted_at is null`,
    [scope.orgId],
  );
  await tx.query(`delete from memberships where org_id = $1`, [scope.orgId]);
}

function toOrganisationView(row: OrganisationRow): OrganisationView {
  const { id, slug, name, colour, deletion_asked_at: askedAt, ...limits } = row;
  return { id, slug, name, colour, is_deleting: askedAt !== null, limits };
}
