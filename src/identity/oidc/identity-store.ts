/** SQL of who somebody is at a provider of identities, and of the memberships that its groups give. */
import type { OrganisationRole } from '#contracts/management.ts';
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, UserId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

export async function selectIdentities(
  db: Queryable,
  userId: UserId,
): Promise<{ readonly issuer: string; readonly createdAt: Date; readonly lastUsedAt: Date }[]> {
  return db.query(
    `select issuer, created_at as "createdAt", last_used_at as "lastUsedAt"
     from user_identities where user_id = $1 order by issuer, subject`,
    [userId],
  );
}

/** Whose identity it is; noted as used. */
export async function useIdentity(
  tx: Transaction,
  { issuer, subject }: Identity,
): Promise<UserId | undefined> {
  const [row] = await tx.query<{ user_id: UserId }>(
    `update user_identities set last_used_at = app_now() where issuer = $1 and subject = $2 returning user_id`,
    [issuer, subject],
  );
  return row?.user_id;
}

/** False when it is somebody's already. */
export async function insertIdentity(
  tx: Transaction,
  { issuer, subject }: Identity,
  userId: UserId,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into user_identities (issuer, subject, user_id, created_at, last_used_at)
     values ($1, $2, $3, app_now(), app_now()) on conflict do nothing returning user_id`,
    [issuer, subject, userId],
  );
  return rows.length === 1;
}

/** @returns how many there were */
export async function deleteIdentities(tx: Transaction, userId: UserId, issuer: string): Promise<number> {
  const rows = await tx.query(
    `delete from user_identities where user_id = $1 and issuer = $2 returning subject`,
    [userId, issuer],
  );
  return rows.length;
}

/** Organisations of these slugs, none of them personal; their members are nobody else's to change meanwhile. */
export async function lockOrganisations(
  tx: Transaction,
  slugs: readonly string[],
): Promise<{ readonly id: OrgId; readonly slug: string }[]> {
  return tx.query(
    `select id, slug from organisations where slug = any($1) and kind = 'team' order by id for update`,
    [slugs],
  );
}

export interface GivenMembership {
  readonly orgId: OrgId;
  readonly role: OrganisationRole;
  /** Given by the groups of the provider, and theirs to change. */
  readonly isManaged: boolean;
}

export async function selectMemberships(
  tx: Transaction,
  userId: UserId,
  orgIds: readonly OrgId[],
): Promise<GivenMembership[]> {
  return tx.query(
    `select org_id as "orgId", role, managed_by is not null as "isManaged" from memberships
     where user_id = $1 and org_id = any($2) order by org_id`,
    [userId, orgIds],
  );
}

export async function upsertManagedMembership(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
  role: OrganisationRole,
): Promise<void> {
  await tx.query(
    `insert into memberships (org_id, user_id, role, managed_by, created_at)
     values ($1, $2, $3, 'oidc', app_now())
     on conflict (org_id, user_id) do update set role = excluded.role`,
    [scope.orgId, userId, role],
  );
}

export async function deleteManagedMembership(
  tx: Transaction,
  scope: OrgScope,
  userId: UserId,
): Promise<void> {
  await tx.query(`delete from memberships where org_id = $1 and user_id = $2 and managed_by = 'oidc'`, [
    scope.orgId,
    userId,
  ]);
}

export async function countOtherOwners(tx: Transaction, scope: OrgScope, userId: UserId): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `select count(*) as count from memberships where org_id = $1 and role = 'owner' and user_id <> $2`,
    [scope.orgId, userId],
  );
  return row?.count ?? 0;
}

/** One sign-in after the other of the same person. */
export async function lockIdentity(tx: Transaction, { issuer, subject }: Identity): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtext('inventiv.identity'), hashtext($1))`, [
    `${issuer}\n${subject}`,
  ]);
}
