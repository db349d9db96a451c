/** What was used of trials and paid months. */
import type { Queryable, Transaction } from '#database/database.ts';
import { type AllowanceBook, allowanceKey } from './charge.ts';

export interface AllowanceRef {
  readonly orgId: string;
  readonly allowanceId: string;
}

/** Tokens used of these; nobody else raises them until the transaction ends. Locked in one order by everybody. */
export async function lockAllowances(tx: Transaction, refs: readonly AllowanceRef[]): Promise<AllowanceBook> {
  const wanted = JSON.stringify(refs);
  await tx.query(
    `insert into allowance_usage (org_id, allowance_id, tokens)
     select distinct "orgId", "allowanceId", 0 from jsonb_to_recordset($1::jsonb) as r("orgId" text, "allowanceId" text)
     order by 1, 2 on conflict do nothing`,
    [wanted],
  );
  const rows = await tx.query<AllowanceRef & { tokens: number }>(
    `select org_id as "orgId", allowance_id as "allowanceId", tokens from allowance_usage
     where (org_id, allowance_id) in
       (select "orgId", "allowanceId" from jsonb_to_recordset($1::jsonb) as r("orgId" text, "allowanceId" text))
     order by org_id, allowance_id for update`,
    [wanted],
  );
  return new Map(rows.map(({ orgId, allowanceId, tokens }) => [allowanceKey(orgId, allowanceId), tokens]));
}

export async function updateAllowances(
  tx: Transaction,
  refs: readonly AllowanceRef[],
  book: AllowanceBook,
): Promise<void> {
  const rows = refs.map((ref) => ({
    ...ref,
    tokens: book.get(allowanceKey(ref.orgId, ref.allowanceId)) ?? 0,
  }));
  await tx.query(
    `update allowance_usage a set tokens = r.tokens
     from jsonb_to_recordset($1::jsonb) as r("orgId" text, "allowanceId" text, tokens bigint)
     where a.org_id = r."orgId" and a.allowance_id = r."allowanceId"`,
    [JSON.stringify(rows)],
  );
}

/** Tokens used by allowance, for those of which any were. */
export async function selectAllowanceUsage(
  db: Queryable,
  allowanceIds: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.query<{ id: string; tokens: number }>(
    `select allowance_id as id, tokens from allowance_usage where allowance_id = any($1) order by org_id, allowance_id`,
    [allowanceIds],
  );
  return new Map(rows.map(({ id, tokens }) => [id, tokens]));
}
