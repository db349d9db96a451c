/** When the tags of what is wanted were last given more time. */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OwnedResource } from '#providers/provider.ts';
import type { Account } from '../sweep/subject.ts';

export async function readDatabaseTime(db: Queryable): Promise<number> {
  const [row] = await db.query<{ ms: number }>(
    `select (extract(epoch from app_now()) * 1000)::double precision as ms`,
  );
  return row?.ms ?? 0;
}

export async function recordRenewal(
  tx: Transaction,
  account: Account,
  resource: OwnedResource,
  expiresAtMs: number,
): Promise<void> {
  await tx.query(
    `insert into expiry_renewals (provider_id, account_id, kind, zone, ref, expires_at, renewed_at, checked_at)
     values ($1, $2, $3, $4, $5, to_timestamp($6::double precision / 1000), app_now(), app_now())
     on conflict (provider_id, account_id, kind, zone, ref) do update set
       expires_at = excluded.expires_at, renewed_at = excluded.renewed_at, failing_since = null, last_error = null,
       checked_at = excluded.checked_at`,
    [...keyOf(account, resource), expiresAtMs],
  );
}

export async function recordRenewalFailure(
  tx: Transaction,
  account: Account,
  resource: OwnedResource,
  failure: { readonly expiresAtMs: number; readonly error: string },
): Promise<void> {
  await tx.query(
    `insert into expiry_renewals (provider_id, account_id, kind, zone, ref, expires_at, failing_since, last_error,
       checked_at)
     values ($1, $2, $3, $4, $5, to_timestamp($6::double precision / 1000), app_now(), $7, app_now())
     on conflict (provider_id, account_id, kind, zone, ref) do update set
       expires_at = excluded.expires_at, last_error = excluded.last_error, checked_at = excluded.checked_at,
       failing_since = coalesce(expiry_renewals.failing_since, excluded.failing_since)`,
    [...keyOf(account, resource), failure.expiresAtMs, failure.error.slice(0, 500)],
  );
}

/** What is not listed any more needs no record. */
export async function forgetRenewals(
  tx: Transaction,
  account: Account,
  listing: readonly OwnedResource[],
): Promise<void> {
  await tx.query(
    `delete from expiry_renewals where provider_id = $1 and account_id = $2
       and not (kind || ' ' || zone || ' ' || ref = any($3))`,
    [account.providerId, account.accountId, listing.map(({ kind, ref }) => `${kind} ${ref.zone} ${ref.id}`)],
  );
}

export interface FailingRenewal {
  readonly provider_id: string;
  readonly account_id: string;
  readonly kind: string;
  readonly zone: string;
  readonly ref: string;
  readonly expires_at: Date;
  readonly failing_since: Date;
  readonly last_error: string | null;
}

export async function selectFailingRenewals(db: Queryable, limit: number): Promise<FailingRenewal[]> {
  return db.query<FailingRenewal>(
    `select provider_id, account_id, kind, zone, ref, expires_at, failing_since, last_error
     from expiry_renewals where failing_since is not null order by expires_at, kind, zone, ref limit $1`,
    [limit],
  );
}

function keyOf(account: Account, { kind, ref }: OwnedResource): string[] {
  return [account.providerId, account.accountId, kind, ref.zone, ref.id];
}
