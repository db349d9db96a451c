/**
 * Lists that people page through: filters, an order, a place to go on from and an exact count, in one statement, so
 * that the page and the count are of the same moment.
 *
 * A page goes on by the values of the last row (its sort key, then its id), never by a number of rows to skip: what is
 * added or removed meanwhile neither repeats a row nor leaves one out, and a deep page costs what the first one does.
 */
import type { Queryable } from './database.ts';

export type SortType = 'text' | 'timestamptz' | 'bigint' | 'double precision';

export interface SortKey {
  /** SQL that is never null, the same as in its index. */
  readonly by: string;
  readonly type: SortType;
}

export interface Listing<Key extends string = string> {
  readonly columns: string;
  readonly from: string;
  /** The least that filters need, where a page reads more along. */
  readonly countFrom?: string | undefined;
  /** Decides among equal sort keys: unique in the list. */
  readonly id: SortKey;
  readonly sorts: Readonly<Record<Key, SortKey>>;
}

/** The values of the row that the page before ended with, as texts. */
export interface ListPosition {
  readonly value: string;
  readonly id: string;
}

export interface ListOrder<Key extends string = string> {
  readonly key: Key;
  readonly isDescending: boolean;
}

export interface ListWish<Key extends string = string> {
  readonly limit: number;
  readonly order: ListOrder<Key>;
  readonly after?: ListPosition | undefined;
}

export interface ListFound<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined on the last one. */
  readonly next: ListPosition | undefined;
  /** Of all pages together. */
  readonly total: number;
}

/** What a statement asks for, and its values. */
export class Conditions {
  readonly values: unknown[] = [];
  readonly #parts: string[] = [];

  /** The word that stands for a value in SQL. */
  place(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  add(sql: string): this {
    this.#parts.push(sql);
    return this;
  }

  /** Nothing where the value is left out. */
  equal(column: string, value: unknown): this {
    return value === undefined ? this : this.add(`${column} = ${this.place(value)}`);
  }

  /** From the first moment on, before the second; either may be left out. */
  within(column: string, from: Date | undefined, to: Date | undefined): this {
    if (from) this.add(`${column} >= ${this.place(from)}`);
    if (to) this.add(`${column} < ${this.place(to)}`);
    return this;
  }

  /**
   * What begins with a text, as a range in the order of bytes: row-level security lets an index answer comparisons, but
   * not `like`. The greatest character ends it, which no text of ours goes on with.
   */
  beginning(column: string, text: string): string {
    const sorted = `${column} collate "C"`;
    return `(${sorted} >= ${this.place(text)} and ${sorted} < ${this.place(`${text}\u{10ffff}`)})`;
  }

  get sql(): string {
    return this.#parts.length === 0 ? 'true' : this.#parts.join(' and ');
  }
}

/** A pattern of `like` for what contains this text, in lower case; signs that mean something in a pattern stand for themselves. */
export function containing(text: string): string {
  return `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}

interface Listed {
  readonly list_total: number;
  readonly list_place: number | null;
  readonly list_value: string;
  readonly list_id: string;
}

/** `count` is SQL of one number over the same conditions, for those who keep sums; the rows are counted without it. */
export async function selectList<Row extends object, Key extends string>(
  db: Queryable,
  listing: Listing<Key>,
  conditions: Conditions,
  wish: ListWish<Key>,
  count?: string,
): Promise<ListFound<Row>> {
  const { columns, from, countFrom = from, id } = listing;
  const sort = listing.sorts[wish.order.key];
  const where = conditions.sql;
  const direction = wish.order.isDescending ? 'desc' : 'asc';
  const order = `${sort.by} ${direction}, ${id.by} ${direction}`;
  const above = wish.after ? ` and ${beyond(conditions, listing, wish, wish.after)}` : '';
  const rows = await db.query<Row & Listed>(
    `select total.n as list_total, page.* from
       (select ${count ?? `(select count(*) from ${countFrom} where ${where})`} as n) total
     left join (
       select ${columns}, ${written(sort)} as list_value, ${written(id)} as list_id,
         row_number() over (order by ${order}) as list_place
       from ${from} where ${where}${above}
       order by ${order} limit ${conditions.place(wish.limit + 1)}) page on true
     order by page.list_place`,
    conditions.values,
  );
  const [first] = rows;
  if (!first) throw new Error('a count without a row');
  const total = Number(first.list_total);
  if (first.list_place === null) return { rows: [], next: undefined, total };
  const listed = rows.slice(0, wish.limit);
  const last = listed.at(-1);
  const hasMore = rows.length > wish.limit && last !== undefined;
  const next = hasMore ? { value: last.list_value, id: last.list_id } : undefined;
  return { rows: listed, next, total };
}

/** Written as a comparison of rows, which an index on both columns answers without looking at what is before it. */
function beyond(conditions: Conditions, listing: Listing, wish: ListWish, after: ListPosition): string {
  const sort = listing.sorts[wish.order.key];
  if (!sort) throw new Error(`there is no order by ${wish.order.key}`);
  const sign = wish.order.isDescending ? '<' : '>';
  const place = (key: SortKey, text: string) => `${conditions.place(readValue(key.type, text))}::${key.type}`;
  if (sort.by === listing.id.by) return `${sort.by} ${sign} ${place(sort, after.value)}`;
  return `(${sort.by}, ${listing.id.by}) ${sign} (${place(sort, after.value)}, ${place(listing.id, after.id)})`;
}

/** As text that comes back as exactly the same value: moments to the microsecond, which JavaScript's do not have. */
function written({ by, type }: SortKey): string {
  return type === 'timestamptz' ? `(extract(epoch from ${by}) * 1000000)::bigint::text` : `(${by})::text`;
}

const VALUE_FORMS: Readonly<Record<SortType, RegExp>> = {
  text: /^[^\0]{0,1000}$/su,
  timestamptz: /^\d{1,17}$/,
  bigint: /^-?\d{1,18}$/,
  'double precision': /^-?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?$/,
};
/** The end of the year 9999. */
const MICROS_MAX = 253_402_300_799_999_999n;

/** Whether a position may have come from a list of ours, so that the database is never asked for what it cannot read. */
export function isValue(type: SortType, text: string): boolean {
  if (!VALUE_FORMS[type].test(text)) return false;
  if (type === 'timestamptz') return BigInt(text) <= MICROS_MAX;
  return type !== 'double precision' || Number.isFinite(Number(text));
}

function readValue(type: SortType, text: string): string {
  if (type !== 'timestamptz') return text;
  const micros = BigInt(text);
  const seconds = new Date(Number(micros / 1_000_000n) * 1_000).toISOString().slice(0, -5);
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`;
}
