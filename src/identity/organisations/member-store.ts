/** SQL of memberships. Whoever changes them holds the organisation's row (`lockLife`). */
import type { OrganisationRole } from '#contracts/management.ts';
import type { MemberSort } from '#contracts/organisations.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import {
  Conditions,
  containing,
  type ListFound,
  type Listing,
  type ListWish,
  selectList,
} from '#database/listing.ts';
import type { UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface MemberRow {
  readonly user_id: UserId;
  readonly username: string;
  readonly email: string;
  readonly role: OrganisationRole;
  readonly created_at: Date;
}

const COLUMNS = 'm.user_id, u.username, u.email, m.role, m.created_at';
const TABLES = 'memberships m join users u on u.id = m.user_id';
const MEMBER = `select ${COLUMNS} from ${TABLES}`;

export interface MemberFilter {
  readonly role?: OrganisationRole | undefined;
  /** A part of the user name, in any case. */
  readonly search?: string | undefined;
  /** Whether addresses are looked through too: who may not see them does not find by them. */
  readonly searchesEmail: boolean;
}

export const MEMBER_LIST: Listing<MemberSort> = {
  columns: COLUMNS,
  from: TABLES,
  home: 'm.org_id = $1',
  id: { by: 'm.user_id', type: 'text' },
  sorts: {
    username: { by: 'lower(u.username)', type: 'text' },
    joined_at: { by: 'm.created_at', type: 'timestamptz' },
    role: { by: 'm.role', type: 'text' },
  },
};

export function selectMembers(
  db: Queryable,
  scope: OrgScope,
  filter: MemberFilter,
  wish: ListWish<MemberSort>,
): Promise<ListFound<MemberRow>> {
  const where = new Conditions().equal('m.org_id', scope.orgId).equal('m.role', filter.role);
  if (filter.search !== undefined) {
    const pattern = where.place(containing(filter.search));
    const email = filter.searchesEmail ? ` or lower(u.email) like ${pattern}` : '';
    where.scan(`(lower(u.username) like ${pattern}${email})`);
  }
  return selectList(db, MEMBER_LIST, where, wish);
}

export async function selectMember(
  db: Queryable,
  scope: OrgScope,
  userId: string,
): Promise<MemberRow | undefined> {
  const [row] = await db.query<MemberRow>(`${MEMBER} where m.org_id = $1 and m.user_id = $2`, [
    scope.orgId,
    userId,
  ]);
  return row;
}

export async function isMemberByEmail(db: Queryable, scope: OrgScope, email: string): Promise<boolean> {
  const rows = await db.query(
    `select 1 from memberships m join users u on u.id = m.user_id
     where m.org_id = $1 and lower(u.email) = lower($2)`,
    [scope.orgId, email],
  );
  return rows.length > 0;
}

/** Owners who can sign in: one whose account is disabled keeps nobody's organisation alive. */
export async function countOtherOwners(tx: Transaction, scope: OrgScope, userId: UserId): Promise<number> {
  const [row] = await tx.query<{ owners: number }>(
    `select count(*) as owners from memberships m join users u on u.id = m.user_id and u.disabled_at is null
     where m.org_id = $1 and m.role = 'owner' and m.user_id <> $2`,
    [scope.orgId, userId],
  );
  return row?.owners ?? 0;
}

export async function updateRole(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
  role: OrganisationRole,
): Promise<void> {
  await tx.query(`update memberships set role = $3 where org_id = $1 and user_id = $2`, [
    scope.orgId,
    userId,
    role,
  ]);
}

/** The membership and the person's own keys there; how many of those were alive. */
export async function deleteMember(tx: Transaction, scope: OrgScope, userId: UserId): Promise<number> {
  await tx.query(`delete from memberships where org_id = $1 and user_id = $2`, [scope.orgId, userId]);
  // Those that belong to the organisation stay, whoever made them.
  const revoked = await tx.query(
    `update api_keys set revoked_at = app_now()
     where org_id = $1 and user_id = $2 and revoked_at is null
       and coalesce(to_jsonb(api_keys) ->> 'owner_kind', 'user') = 'user'
     returning id`,
    [scope.orgId, userId],
  );
  return revoked.length;
}

export async function existsActiveUser(db: Queryable, userId: string): Promise<boolean> {
  const rows = await db.query(`select 1 from users where id = $1 and disabled_at is null`, [userId]);
  return rows.length > 0;
}
