/** All SQL of enrolments. Tokens arrive here as hashes. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { HostId, Id, OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export type EnrolmentId = Id<'hostEnrolment'>;

export interface EnrolmentRow {
  readonly id: EnrolmentId;
  readonly orgId: OrgId;
  readonly name: string | null;
  readonly nanosPerHour: number | null;
  readonly currency: string | null;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly isExpired: boolean;
  readonly usedAt: Date | null;
  readonly nonceHash: string | null;
  readonly hostId: HostId | null;
  readonly revokedAt: Date | null;
}

const ENROLMENT = `
  select id, org_id as "orgId", name, nanos_per_hour as "nanosPerHour", currency, created_by as "createdBy",
         created_by_name as "createdByName", created_at as "createdAt", expires_at as "expiresAt",
         expires_at <= app_now() as "isExpired", used_at as "usedAt", nonce_hash as "nonceHash", host_id as "hostId",
         revoked_at as "revokedAt"
  from host_enrolments`;
/** Older ones are of no use to anybody. */
const KEPT = `interval '7 days'`;

export interface NewEnrolment {
  readonly id: EnrolmentId;
  readonly name: string | null;
  readonly price: { readonly nanos_per_hour: number; readonly currency: string } | null;
  readonly tokenHash: string;
  readonly createdBy: string;
  readonly createdByName: string;
  readonly ttlMs: number;
}

export async function insertEnrolment(tx: Transaction, scope: OrgScope, one: NewEnrolment): Promise<void> {
  await tx.query(`delete from host_enrolments where org_id = $1 and expires_at < app_now() - ${KEPT}`, [
    scope.orgId,
  ]);
  await tx.query(
    `insert into host_enrolments (org_id, id, name, nanos_per_hour, currency, token_hash, created_by,
       created_by_name, created_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, app_now(),
             app_now() + make_interval(secs => $9::double precision / 1000))`,
    [
      ...[scope.orgId, one.id, one.name, one.price?.nanos_per_hour ?? null, one.price?.currency ?? null],
      ...[one.tokenHash, one.createdBy, one.createdByName, one.ttlMs],
    ],
  );
}

export function selectEnrolments(db: Queryable, scope: OrgScope): Promise<EnrolmentRow[]> {
  return db.query<EnrolmentRow>(
    `${ENROLMENT} where org_id = $1 and expires_at > app_now() - ${KEPT} order by created_at desc, id desc`,
    [scope.orgId],
  );
}

export async function countOpenEnrolments(db: Queryable, scope: OrgScope): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    `select count(*)::int as count from host_enrolments
     where org_id = $1 and used_at is null and revoked_at is null and expires_at > app_now()`,
    [scope.orgId],
  );
  return row?.count ?? 0;
}

/** Nobody else uses or revokes it until the transaction ends. */
export async function lockEnrolment(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<EnrolmentRow | undefined> {
  const [row] = await tx.query<EnrolmentRow>(`${ENROLMENT} where org_id = $1 and id = $2 for update`, [
    scope.orgId,
    id,
  ]);
  return row;
}

/** By its token, of whichever organisation; nobody else uses or revokes it until the transaction ends. */
export async function lockEnrolmentByToken(
  tx: Transaction,
  tokenHash: string,
): Promise<EnrolmentRow | undefined> {
  const [row] = await tx.query<EnrolmentRow>(`${ENROLMENT} where token_hash = $1 for update`, [tokenHash]);
  return row;
}

export async function writeUsed(
  tx: Transaction,
  scope: OrgScope,
  use: { readonly id: EnrolmentId; readonly hostId: HostId; readonly nonceHash: string },
): Promise<void> {
  await tx.query(
    `update host_enrolments set used_at = app_now(), host_id = $3, nonce_hash = $4 where org_id = $1 and id = $2`,
    [scope.orgId, use.id, use.hostId, use.nonceHash],
  );
}

export async function writeRevoked(tx: Transaction, scope: OrgScope, id: EnrolmentId): Promise<void> {
  await tx.query(
    `update host_enrolments set revoked_at = coalesce(revoked_at, app_now()) where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}
