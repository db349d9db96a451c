/** What a list should answer, worked out without a database: all rows looked at, one after the other. */

export type Value = string | number;
export type Row = Readonly<Record<string, unknown>>;

export interface Wish {
  readonly sort: string;
  readonly limit: number;
  readonly after: readonly [Value, Value] | undefined;
}

export interface Expected {
  readonly ids: readonly Value[];
  readonly hasMore: boolean;
  readonly total: number;
  readonly last: readonly [Value, Value] | undefined;
}

export interface Order {
  /** The id of a row, which decides among equal keys. */
  readonly id: (row: Row) => Value;
  readonly keys: Readonly<Record<string, (row: Row) => Value>>;
}

export function expectedPage(rows: readonly Row[], order: Order, wish: Wish): Expected {
  const isDescending = wish.sort.startsWith('-');
  const key = order.keys[isDescending ? wish.sort.slice(1) : wish.sort];
  if (!key) throw new Error(`no order by ${wish.sort}`);
  const placeOf = (row: Row) => [key(row), order.id(row)] as const;
  const compare = (a: readonly [Value, Value], b: readonly [Value, Value]) =>
    (compareValues(a[0], b[0]) || compareValues(a[1], b[1])) * (isDescending ? -1 : 1);
  const sorted = rows.toSorted((a, b) => compare(placeOf(a), placeOf(b)));
  const { after } = wish;
  const left = after ? sorted.filter((row) => compare(placeOf(row), after) > 0) : sorted;
  const page = left.slice(0, wish.limit);
  const last = page.at(-1);
  return {
    ids: page.map(order.id),
    hasMore: left.length > wish.limit,
    total: rows.length,
    last: last && placeOf(last),
  };
}

/** Texts by their bytes, as the database of tests sorts them. */
function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
