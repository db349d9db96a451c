/**
 * Lists that people page through: filters, an order, a place to go on from and an exact count, in one statement, so
 * that the page and the count are of the same moment.
 *
 * A page goes on by the values of the last row (its sort key, then its id), never by a number of rows to skip: what is
 * added or removed meanwhile neither repeats a row nor leaves one out, and a deep page costs what the first one does.
 */
import type { Queryable } from './database.ts';
import { PLANNED_ANEW } from './statement-names.ts';

export type SortType = 'text' | 'timestamptz' | 'bigint' | 'double precision';

export interface SortKey {
  /** SQL that is never null, the same as in its index. */
  readonly by: string;
  readonly type: SortType;
}

export interface Listing<Key extends string = string> {
  /** What `from` is made of, as the words of a `with`, where it is not a table. */
  readonly with?: string | undefined;
  readonly columns: string;
  readonly from: string;
  /** The least that filters need, where a page reads more along. */
  readonly countFrom?: string | undefined;
  /** Where a row is looked up by its id alone: the rest of its primary key, in the words of the first value. */
  readonly home: string;
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
  #alternatives: readonly string[] = [];
  #isScanned = false;

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

  /**
   * One of several, each of which an index answers by itself: they are counted one after the other, each without what
   * those before it found, so that an index is all that is read for most of them.
   */
  either(...alternatives: readonly string[]): this {
    if (this.#alternatives.length > 0) return this.add(`(${alternatives.join(' or ')})`);
    this.#alternatives = alternatives;
    return this;
  }

  /** What no index answers, such as a part of a name: all is looked through, once, for the page and for its count. */
  scan(sql: string): this {
    this.#isScanned = true;
    return this.add(sql);
  }

  get isScanned(): boolean {
    return this.#isScanned;
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
    const either = this.#alternatives.length === 0 ? [] : [`(${this.#alternatives.join(' or ')})`];
    return [...this.#parts, ...either].join(' and ') || 'true';
  }

  /** SQL of the number of rows. */
  countOf(from: string): string {
    const fixed = this.#parts.join(' and ') || 'true';
    if (this.#alternatives.length === 0) return `(select count(*) from ${from} where ${fixed})`;
    const counts = this.#alternatives.map((alternative, index) => {
      const before = this.#alternatives.slice(0, index).map((other) => ` and (${other}) is not true`);
      return `(select count(*) from ${from} where ${fixed} and ${alternative}${before.join('')})`;
    });
    return counts.join(' + ');
  }
}

/**
 * SQL of a count from sums by day (of UTC): those of the whole days between two moments, and the rows themselves of the
 * days that they cut. Undefined where no whole day is between them.
 */
export function countByDays(
  conditions: Conditions,
  window: { readonly from?: Date | undefined; readonly to?: Date | undefined },
  parts: {
    readonly sums: { readonly from: string; readonly column: string; readonly where: () => string };
    readonly rows: { readonly from: string; readonly at: string; readonly where: () => string };
  },
): string | undefined {
  const { sums, rows } = parts;
  const firstMs = window.from && Math.ceil(window.from.getTime() / DAY_MS) * DAY_MS;
  const lastMs = window.to && Math.floor(window.to.getTime() / DAY_MS) * DAY_MS;
  if (firstMs !== undefined && lastMs !== undefined && firstMs >= lastMs) return undefined;
  const whole = [sums.where()];
  const counts: string[] = [];
  const cut = (from: Date, to: Date) =>
    counts.push(
      `(select count(*) from ${rows.from} where ${rows.where()}
         and ${rows.at} >= ${conditions.place(from)} and ${rows.at} < ${conditions.place(to)})`,
    );
  if (window.from && firstMs !== undefined) {
    whole.push(`day >= ${conditions.place(dayOf(firstMs))}::date`);
    if (window.from.getTime() < firstMs) cut(window.from, new Date(firstMs));
  }
  if (window.to && lastMs !== undefined) {
    whole.push(`day < ${conditions.place(dayOf(lastMs))}::date`);
    if (window.to.getTime() > lastMs) cut(new Date(lastMs), window.to);
  }
  const summed = `(select coalesce(sum(${sums.column}), 0)::bigint from ${sums.from} where ${whole.join(' and ')})`;
  return [summed, ...counts].join(' + ');
}

const DAY_MS = 86_400_000;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

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
  const text = conditions.isScanned
    ? scanOnce(listing, conditions, wish)
    : countAndWalk(listing, conditions, wish, count);
  const rows = await db.query<Row & Listed>(`${PLANNED_ANEW}${text}`, conditions.values);
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

/** The count by an index on what is filtered by; the page along the index of its order, or as the planner finds better. */
function countAndWalk(listing: Listing, conditions: Conditions, wish: ListWish, count?: string): string {
  const { columns, from, countFrom = from, id } = listing;
  const sort = sortOf(listing, wish);
  const order = orderBy(sort.by, id.by, wish);
  const number = count ?? conditions.countOf(countFrom);
  const where = `${conditions.sql}${beyond(conditions, listing, wish, { sort: sort.by, id: id.by })}`;
  return `
    with ${listing.with ? `${listing.with}, ` : ''}total as materialized (select ${number} as n)
    select total.n as list_total, page.* from total
    left join (
      select ${columns}, ${written(sort)} as list_value, ${written(id)} as list_id,
        row_number() over (order by ${order}) as list_place
      from ${from} where ${where} and (select n from total) > 0
      order by ${order} limit ${conditions.place(wish.limit + 1)}) page on true
    order by page.list_place`;
}

/** What matches is found once and counted; what the page shows is read of its rows alone. */
function scanOnce(listing: Listing, conditions: Conditions, wish: ListWish): string {
  const { columns, from, countFrom = from, id } = listing;
  const sort = sortOf(listing, wish);
  const order = orderBy('list_sort', 'list_key', wish);
  const matched = `select ${sort.by} as list_sort, ${id.by} as list_key from ${countFrom} where ${conditions.sql}`;
  const after = beyond(conditions, listing, wish, { sort: 'list_sort', id: 'list_key' });
  return `
    with ${listing.with ? `${listing.with}, ` : ''}matched as materialized (${matched}),
    chosen as materialized (
      select list_sort, list_key, row_number() over (order by ${order}) as list_place from matched where true${after}
      order by ${order} limit ${conditions.place(wish.limit + 1)})
    select total.n as list_total, page.* from (select count(*) as n from matched) total
    left join (
      select ${columns}, ${written(sort)} as list_value, ${written(id)} as list_id, chosen.list_place
      from ${from} join chosen on ${id.by} = chosen.list_key where ${listing.home}) page on true
    order by page.list_place`;
}

function sortOf(listing: Listing, { order }: ListWish): SortKey {
  const sort = listing.sorts[order.key];
  if (!sort) throw new Error(`there is no order by ${order.key}`);
  return sort;
}

function orderBy(sort: string, id: string, { order }: ListWish): string {
  const direction = order.isDescending ? 'desc' : 'asc';
  return sort === id ? `${id} ${direction}` : `${sort} ${direction}, ${id} ${direction}`;
}

/** Written as a comparison of rows, which an index on both columns answers without looking at what is before it. */
function beyond(
  conditions: Conditions,
  listing: Listing,
  wish: ListWish,
  columns: { readonly sort: string; readonly id: string },
): string {
  const { after, order } = wish;
  if (!after) return '';
  const sort = sortOf(listing, wish);
  const sign = order.isDescending ? '<' : '>';
  const place = (key: SortKey, text: string) => `${conditions.place(readValue(key.type, text))}::${key.type}`;
  const id = place(listing.id, after.id);
  if (sort.by === listing.id.by) return ` and ${columns.id} ${sign} ${id}`;
  return ` and (${columns.sort}, ${columns.id}) ${sign} (${place(sort, after.value)}, ${id})`;
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
