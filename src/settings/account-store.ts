/** All SQL of provider accounts. Credentials arrive here sealed and leave sealed. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, ProviderAccountId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Inspection } from '#providers/inspection.ts';

export interface AccountRow {
  readonly id: ProviderAccountId;
  readonly orgId: OrgId;
  readonly providerId: string;
  readonly name: string;
  readonly version: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly checksAsked: number;
  readonly checksDone: number;
  readonly checkedAt: Date | null;
  readonly checkedVersion: number | null;
  readonly checkError: string | null;
  readonly checkMessage: string | null;
  readonly inspection: Inspection | null;
  readonly rotationState: 'testing' | 'refused' | 'done' | null;
  readonly rotationError: string | null;
  readonly rotationMessage: string | null;
  readonly rotationAt: Date | null;
  readonly formerUntil: Date | null;
}

/** What tells whether a machine may be ordered on an account. */
export type OrderableAccount = Pick<
  AccountRow,
  'id' | 'name' | 'version' | 'checkedVersion' | 'checkError' | 'checkMessage' | 'inspection'
>;

/** A credential that is tried before it replaces the present one. */
export interface NextCredential {
  readonly text: string;
  /** Since it was given. */
  readonly ageMs: number;
}

/** What opens an account. */
export interface SealedAccount {
  readonly id: ProviderAccountId;
  readonly orgId: OrgId;
  readonly providerId: string;
  readonly version: number;
  readonly credential: string;
  readonly nextCredential: string | null;
}

const ACCOUNT = `id, org_id as "orgId", provider_id as "providerId", name, version, created_by as "createdBy",
  created_at as "createdAt", updated_at as "updatedAt", checks_asked as "checksAsked", checks_done as "checksDone",
  checked_at as "checkedAt", checked_version as "checkedVersion", check_error as "checkError",
  check_message as "checkMessage", inspection, rotation_state as "rotationState", rotation_error as "rotationError",
  rotation_message as "rotationMessage", rotation_at as "rotationAt", former_until as "formerUntil"`;
const SEALED = `id, org_id as "orgId", provider_id as "providerId", version, credential,
  next_credential as "nextCredential"`;

export async function insertAccount(
  tx: Transaction,
  scope: OrgScope,
  account: {
    readonly id: ProviderAccountId;
    readonly providerId: string;
    readonly name: string;
    readonly credential: string;
    readonly createdBy: string;
  },
): Promise<AccountRow> {
  const [row] = await tx.query<AccountRow>(
    `insert into provider_accounts (org_id, id, provider_id, name, credential, created_by, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, app_now(), app_now()) returning ${ACCOUNT}`,
    [scope.orgId, account.id, account.providerId, account.name, account.credential, account.createdBy],
  );
  if (!row) throw new Error('an insert returned no row');
  return row;
}

/** By name, removed ones left out. */
export function selectAccounts(db: Queryable, scope: OrgScope): Promise<AccountRow[]> {
  return db.query<AccountRow>(
    `select ${ACCOUNT} from provider_accounts where org_id = $1 and removed_at is null
     order by provider_id, name, id`,
    [scope.orgId],
  );
}

export async function selectAccount(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<AccountRow | undefined> {
  const [row] = await db.query<AccountRow>(
    `select ${ACCOUNT} from provider_accounts where org_id = $1 and id = $2 and removed_at is null`,
    [scope.orgId, id],
  );
  return row;
}

/** Nobody else changes the account, or orders a machine on it, until the transaction ends. */
export async function lockAccount(
  tx: Transaction,
  scope: OrgScope,
  id: string,
): Promise<AccountRow | undefined> {
  const [row] = await tx.query<AccountRow>(
    `select ${ACCOUNT} from provider_accounts where org_id = $1 and id = $2 and removed_at is null for update`,
    [scope.orgId, id],
  );
  return row;
}

/** Accounts that a machine may be ordered on; none of them is removed until the transaction ends. */
export function holdAccounts(
  tx: Transaction,
  scope: OrgScope,
  providerId: string,
): Promise<OrderableAccount[]> {
  return tx.query(
    `select id, name, version, checked_version as "checkedVersion", check_error as "checkError",
       check_message as "checkMessage", inspection from provider_accounts
     where org_id = $1 and provider_id = $2 and removed_at is null order by id for share`,
    [scope.orgId, providerId],
  );
}

export async function updateAccount(
  tx: Transaction,
  scope: OrgScope,
  id: ProviderAccountId,
  change: { readonly name: string | undefined; readonly credential: string | undefined },
): Promise<void> {
  await tx.query(
    `update provider_accounts set name = coalesce($3, name), credential = coalesce($4, credential),
       version = version + case when $4::text is null then 0 else 1 end, updated_at = app_now(),
       next_credential = case when $4::text is null then next_credential end,
       rotation_state = case when $4::text is null then rotation_state end,
       former_until = case when $4::text is null then former_until end
     where org_id = $1 and id = $2 and removed_at is null`,
    [scope.orgId, id, change.name ?? null, change.credential ?? null],
  );
}

/** The row stays, because machines that are gone refer to it; the credential does not. */
export async function markRemoved(tx: Transaction, scope: OrgScope, id: ProviderAccountId): Promise<void> {
  await tx.query(
    `update provider_accounts set credential = null, next_credential = null, rotation_state = null,
       inspection = null, removed_at = app_now(), updated_at = app_now()
     where org_id = $1 and id = $2 and removed_at is null`,
    [scope.orgId, id],
  );
}

/** All of an organisation. */
export async function markAllRemoved(tx: Transaction, scope: OrgScope): Promise<void> {
  await tx.query(
    `update provider_accounts set credential = null, next_credential = null, rotation_state = null,
       inspection = null, removed_at = app_now(), updated_at = app_now()
     where org_id = $1 and removed_at is null`,
    [scope.orgId],
  );
}

export async function askForCheck(tx: Transaction, scope: OrgScope, id: ProviderAccountId): Promise<void> {
  await tx.query(
    `update provider_accounts set checks_asked = checks_asked + 1 where org_id = $1 and id = $2`,
    [scope.orgId, id],
  );
}

/** What came of a check; of a credential that was replaced meanwhile it says nothing. */
export async function recordCheck(
  tx: Transaction,
  scope: OrgScope,
  id: ProviderAccountId,
  result: {
    readonly number: number;
    readonly version: number;
    readonly error: string | null;
    readonly message: string | null;
    readonly inspection: Inspection | null;
  },
): Promise<void> {
  const inspection = result.inspection === null ? null : JSON.stringify(result.inspection);
  await tx.query(
    `update provider_accounts set checks_done = greatest(checks_done, $3)
     where org_id = $1 and id = $2 and removed_at is null`,
    [scope.orgId, id, result.number],
  );
  await tx.query(
    `update provider_accounts set checked_at = app_now(), checked_version = version, check_error = $4,
       check_message = $5, inspection = $6
     where org_id = $1 and id = $2 and version = $3 and removed_at is null`,
    [scope.orgId, id, result.version, result.error, result.message, inspection],
  );
}

/** From now on it is tried; one that was being tried is forgotten. */
export async function keepNext(
  tx: Transaction,
  scope: OrgScope,
  id: ProviderAccountId,
  sealed: string,
): Promise<void> {
  await tx.query(
    `update provider_accounts set next_credential = $3, rotation_state = 'testing', rotation_error = null,
       rotation_message = null, rotation_at = app_now(), updated_at = app_now()
     where org_id = $1 and id = $2 and removed_at is null`,
    [scope.orgId, id, sealed],
  );
}

export async function selectNext(
  db: Queryable,
  scope: OrgScope,
  id: string,
): Promise<NextCredential | undefined> {
  const [row] = await db.query<NextCredential>(
    `select next_credential as text, extract(epoch from app_now() - rotation_at)::double precision * 1000 as "ageMs"
     from provider_accounts where org_id = $1 and id = $2 and next_credential is not null and removed_at is null`,
    [scope.orgId, id],
  );
  return row;
}

/** False when another credential is being tried meanwhile. */
export async function promoteNext(
  tx: Transaction,
  scope: OrgScope,
  id: ProviderAccountId,
  to: {
    readonly tried: string;
    readonly credential: string;
    readonly inspection: Inspection;
    readonly message: string | null;
    readonly formerForMs: number;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `update provider_accounts set credential = $4, next_credential = null, version = version + 1,
       rotation_state = 'done', rotation_error = null, rotation_message = null, rotation_at = app_now(),
       former_until = app_now() + make_interval(secs => $5::double precision / 1000), updated_at = app_now(),
       checked_at = app_now(), checked_version = version + 1, check_error = null, check_message = $6, inspection = $7
     where org_id = $1 and id = $2 and next_credential = $3 and removed_at is null returning 1`,
    [scope.orgId, id, to.tried, to.credential, to.formerForMs, to.message, JSON.stringify(to.inspection)],
  );
  return rows.length === 1;
}

/** The present credential stays; the one that was tried is forgotten. */
export async function refuseNext(
  tx: Transaction,
  scope: OrgScope,
  id: ProviderAccountId,
  because: { readonly tried: string; readonly error: string; readonly message: string },
): Promise<boolean> {
  const rows = await tx.query(
    `update provider_accounts set next_credential = null, rotation_state = 'refused', rotation_error = $4,
       rotation_message = $5, rotation_at = app_now(), updated_at = app_now()
     where org_id = $1 and id = $2 and next_credential = $3 and removed_at is null returning 1`,
    [scope.orgId, id, because.tried, because.error, because.message],
  );
  return rows.length === 1;
}

/** Nothing is tried any more, as if nothing had been asked for. */
export async function forgetNext(tx: Transaction, scope: OrgScope, id: ProviderAccountId): Promise<void> {
  await tx.query(
    `update provider_accounts set next_credential = null, rotation_state = null, rotation_at = app_now(),
       updated_at = app_now()
     where org_id = $1 and id = $2 and next_credential is not null and removed_at is null`,
    [scope.orgId, id],
  );
}

/** By its id alone, for those who were given the id by a row of theirs. */
export async function selectSealed(db: Queryable, id: string): Promise<SealedAccount | undefined> {
  const [row] = await db.query<SealedAccount>(
    `select ${SEALED} from provider_accounts where id = $1 and removed_at is null`,
    [id],
  );
  return row;
}

/** Of all organisations. */
export function selectAllSealed(db: Queryable): Promise<SealedAccount[]> {
  return db.query<SealedAccount>(
    `select ${SEALED} from provider_accounts where removed_at is null order by provider_id, id`,
  );
}
