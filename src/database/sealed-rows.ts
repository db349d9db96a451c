/**
 * Every place in the database that holds sealed texts, and how they are sealed anew with another master key.
 *
 * Each domain describes its own table, `bin/sealed-tables.ts` names them all, and a test compares that list with the
 * guards of the schema. Rows are sealed anew one by one, each in a transaction of its own and only while it is still
 * what was opened, so a run that is killed anywhere is continued by the next one and nobody's change is lost.
 * Meanwhile both keys open.
 */
import type { Env } from '#kernel/env.ts';
import { SealError, type Sealer, UnknownKeyError } from '#kernel/sealing.ts';
import type { Database, Queryable } from './database.ts';

/** Names are written into statements as they are: they come from our own source and from nowhere else. */
export interface SealedColumn {
  readonly table: string;
  /** Unique by itself; it is the row that texts are bound to. */
  readonly id: string;
  /** Undefined: rows of the installation. */
  readonly org?: string;
  /** The sealed texts. */
  readonly column: string;
  /** Which key sealed each; it derives from the text by itself. */
  readonly key: string;
}

export interface KeyUse {
  readonly table: string;
  readonly column: string;
  readonly keyId: string;
  readonly rows: number;
}

export interface Unreadable {
  readonly table: string;
  readonly column: string;
  readonly id: string;
  readonly keyId: string;
  readonly reason: string;
}

export interface Resealed {
  readonly rows: number;
  readonly unreadable: readonly Unreadable[];
}

interface SealedRow {
  readonly id: string;
  readonly orgId: string;
  readonly keyId: string;
  readonly text: string;
}

const BATCH = 100;

/** Which master keys sealed how many rows. */
export async function countByKey(db: Queryable, columns: readonly SealedColumn[]): Promise<KeyUse[]> {
  const uses: KeyUse[] = [];
  for (const { table, column, key } of columns) {
    const rows = await db.query<{ keyId: string; rows: number }>(
      `select ${key} as "keyId", count(*)::integer as rows from ${table} where ${key} <> '' group by 1 order by 1`,
    );
    uses.push(...rows.map((row) => ({ table, column, ...row })));
  }
  return uses;
}

export interface ResealDeps {
  readonly env: Env;
  readonly db: Database;
  readonly sealer: Sealer;
}

/** Seals anew what another key than the present one sealed. What does not open is told, and left as it is. */
export async function resealAll(deps: ResealDeps, columns: readonly SealedColumn[]): Promise<Resealed> {
  let rows = 0;
  const unreadable: Unreadable[] = [];
  for (const column of columns) {
    let after = '';
    for (let isMore = true; isMore; ) {
      const batch = await selectOthers(deps.db, column, deps.sealer.keyId, after);
      for (const row of batch) {
        const reason = await resealRow(deps, column, row);
        if (reason === undefined) rows += 1;
        else
          unreadable.push({
            table: column.table,
            column: column.column,
            id: row.id,
            keyId: row.keyId,
            reason,
          });
      }
      after = batch.at(-1)?.id ?? after;
      isMore = batch.length === BATCH;
    }
  }
  return { rows, unreadable };
}

/** @returns why it does not open */
async function resealRow(
  { env, db, sealer }: ResealDeps,
  column: SealedColumn,
  row: SealedRow,
): Promise<string | undefined> {
  const place = { table: column.table, orgId: row.orgId, rowId: row.id, column: column.column };
  let text: string;
  try {
    text = sealer.seal(sealer.open(row.text, place), place);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    const reason = error instanceof UnknownKeyError ? 'its key is not here' : error.message;
    env.log.error({ table: column.table, row_id: row.id, reason }, 'a sealed text cannot be opened');
    return reason;
  }
  await env.crashPoint('reseal.commit');
  await replaceText(db, column, row, text);
  await env.crashPoint('reseal.committed');
  return undefined;
}

function selectOthers(
  db: Queryable,
  { table, id, org, column, key }: SealedColumn,
  keyId: string,
  after: string,
): Promise<SealedRow[]> {
  return db.query<SealedRow>(
    `select ${id} as id, ${org ?? `''`} as "orgId", ${key} as "keyId", ${column} as text
     from ${table} where ${key} <> $1 and ${key} <> '' and ${id} > $2 order by ${id} limit $3`,
    [keyId, after, BATCH],
  );
}

/** Nothing when it was changed meanwhile: whoever did sealed it with the present key. */
async function replaceText(
  db: Queryable,
  { table, id, column }: SealedColumn,
  row: SealedRow,
  text: string,
): Promise<void> {
  await db.query(`update ${table} set ${column} = $3 where ${id} = $1 and ${column} = $2`, [
    row.id,
    row.text,
    text,
  ]);
}
