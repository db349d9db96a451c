/** All SQL of provider accounts. Credentials arrive here sealed and leave sealed. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId, ProviderAccountId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

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
}

/** What opens an account. */
export interface SealedAccount {
  readonly id: ProviderAccountId;
  readonly orgId: OrgId;
  readonly providerId: string;
  readonly version: number;
  readonly credential: string;
}

const ACCOUNT = `id, org_id as "orgId", provider_id as "providerId", name, version, created_by as "createdBy",
  created_at as "createdAt", updated_at as "updatedAt", checks_asked as "checksAsked", checks_done as "checksDone",
  checked_at as "checkedAt", checked_version as "checkedVersion", check_error as "checkError",
  check_message as "checkMessage"`;
const SEALED = `id, org_id as "orgId", provider_id as "providerId", version, credential`;

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
): Promise<{ readonly id: ProviderAccountId; readonly name: string }[]> {
  return tx.query(
    `select id, name from provider_accounts
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
       version = version + case when $4::text is null then 0 else 1 end, updated_at = app_now()
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

/** What came of a check. */
export async function recordCheck(
  tx: Transaction,
  scope: OrgScope,
  id: ProviderAccountId,
  result: {
    readonly number: number;
    readonly version: number;
    readonly error: string | null;
    readonly message: string | null;
  },
): Promise<void> {
  await tx.query(
    `update provider_accounts set checks_done = greatest(checks_done, $3), checked_at = app_now(),
       checked_version = $4, check_error = $5, check_message = $6
     where org_id = $1 and id = $2 and removed_at is null`,
    [scope.orgId, id, result.number, result.version, result.error, result.message],
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
