/**
 * Accounts of organisations. A balance is the sum of its entries and changes in the statement that adds them; an entry
 * is named by what caused it, so what is booked again changes nothing. Wallets are locked in the order of their ids.
 */
import type { Queryable, Transaction } from '#database/database.ts';
import type { OrgId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';

export type WalletEntryKind = 'top_up' | 'transfer_in' | 'transfer_out' | 'usage' | 'fee' | 'income';

export interface WalletMove {
  readonly orgId: string;
  /** What caused it: unique in a wallet. */
  readonly ref: string;
  readonly kind: WalletEntryKind;
  readonly amountMicros: number;
  /** Null for the platform. */
  readonly counterpartyOrgId: string | null;
  readonly note: string;
  readonly createdBy: string;
}

export interface WalletRow {
  readonly orgId: OrgId;
  readonly balanceMicros: number;
  /** Null is no limit. */
  readonly creditMicros: number | null;
}

const WALLET = `org_id as "orgId", balance_micros as "balanceMicros", credit_micros as "creditMicros"`;

/** The wallets of these organisations, made where there were none; theirs alone until the transaction ends. */
export async function lockWallets(
  tx: Transaction,
  orgIds: readonly string[],
): Promise<ReadonlyMap<string, WalletRow>> {
  const wanted = [...new Set(orgIds)].sort();
  await tx.query(
    `insert into wallets (org_id, created_at, updated_at)
     select org_id, app_now(), app_now() from unnest($1::text[]) as t (org_id) order by org_id
     on conflict do nothing`,
    [wanted],
  );
  const rows = await tx.query<WalletRow>(
    `select ${WALLET} from wallets where org_id = any($1) order by org_id for update`,
    [wanted],
  );
  return new Map(rows.map((row) => [row.orgId, row]));
}

/** Books what is not booked yet, in wallets that are locked. */
export async function bookMoves(tx: Transaction, moves: readonly WalletMove[]): Promise<number> {
  const [row] = await tx.query<{ added: number }>(
    `with added as (
       insert into wallet_entries
         (org_id, ref, kind, amount_micros, counterparty_org_id, note, created_by, created_at)
       select "orgId", ref, kind, "amountMicros", "counterpartyOrgId", note, "createdBy", app_now()
       from jsonb_to_recordset($1::jsonb) as r("orgId" text, ref text, kind text, "amountMicros" bigint,
         "counterpartyOrgId" text, note text, "createdBy" text)
       order by "orgId", ref
       on conflict (org_id, ref) do nothing
       returning org_id, amount_micros),
     summed as (
       update wallets w set balance_micros = w.balance_micros + s.amount, updated_at = app_now()
       from (select org_id, sum(amount_micros)::bigint as amount from added group by org_id) s
       where w.org_id = s.org_id returning 1)
     select (select count(*) from added) as added, (select count(*) from summed) as wallets`,
    [JSON.stringify(moves)],
  );
  return row?.added ?? 0;
}

export async function updateCredit(
  tx: Transaction,
  scope: OrgScope,
  creditMicros: number | null,
): Promise<void> {
  await tx.query(`update wallets set credit_micros = $2, updated_at = app_now() where org_id = $1`, [
    scope.orgId,
    creditMicros,
  ]);
}

export async function selectWallet(db: Queryable, scope: OrgScope): Promise<WalletRow | undefined> {
  const [row] = await db.query<WalletRow>(`select ${WALLET} from wallets where org_id = $1`, [scope.orgId]);
  return row;
}

/** For the gateways' memory. */
export function selectWallets(db: Queryable, orgIds: readonly string[]): Promise<WalletRow[]> {
  return db.query<WalletRow>(`select ${WALLET} from wallets where org_id = any($1) order by org_id`, [
    orgIds,
  ]);
}

export interface WalletEntryRow {
  readonly ref: string;
  readonly seq: number;
  readonly kind: WalletEntryKind;
  readonly amount_micros: number;
  readonly counterparty: string | null;
  readonly note: string;
  readonly created_by: string;
  readonly created_at: Date;
}

/** Newest first, after the entry that a cursor names. Uses wallet_entries_in_order. */
export function selectWalletEntries(
  db: Queryable,
  scope: OrgScope,
  page: { readonly limit: number; readonly after?: number | undefined },
): Promise<WalletEntryRow[]> {
  return db.query<WalletEntryRow>(
    `select e.ref, e.seq, e.kind, e.amount_micros, o.slug as counterparty, e.note, e.created_by, e.created_at
     from wallet_entries e left join organisations o on o.id = e.counterparty_org_id
     where e.org_id = $1 and ($2::bigint is null or e.seq < $2)
     order by e.seq desc limit $3`,
    [scope.orgId, page.after ?? null, page.limit],
  );
}
