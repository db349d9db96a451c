/** How lists are asked for and answered over HTTP: `limit`, `after`, `sort`; see docs/reference/lists.md. */
import { isValue, type ListFound, type Listing, type ListWish } from '#database/listing.ts';
import { AppError } from '#kernel/errors.ts';
import { type Page, readCursor, writeCursor } from './cursor.ts';

export interface ListQuery<Key extends string = string> {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly sort: Key | `-${Key}`;
}

export interface ListPage<T> extends Page<T> {
  readonly total: number;
}

/** What a query asks of a list. @throws request.invalid */
export function readListWish<Key extends string>(
  listing: Pick<Listing<Key>, 'sorts' | 'id'>,
  { limit, after, sort }: ListQuery<Key>,
): ListWish<Key> {
  const isDescending = sort.startsWith('-');
  const order = { key: (isDescending ? sort.slice(1) : sort) as Key, isDescending };
  if (after === undefined) return { limit, order };
  const [ofSort = '', value = '', id = ''] = readCursor(after, 3);
  if (ofSort !== sort) {
    throw new AppError('request.invalid', {
      publicMessage:
        'The cursor `after` belongs to another order: keep `sort` as it was, or leave `after` out to begin anew.',
    });
  }
  const isOurs = isValue(listing.sorts[order.key].type, value) && isValue(listing.id.type, id);
  if (!isOurs) {
    throw new AppError('request.invalid', {
      publicMessage: 'The cursor `after` is not one of ours: leave it out to begin with the first page.',
    });
  }
  return { limit, order, after: { value, id } };
}

/** A page of the answer. */
export function toListPage<Row, View>(
  found: ListFound<Row>,
  { sort }: Pick<ListQuery, 'sort'>,
  toView: (row: Row) => View,
): ListPage<View> {
  return answerOf(found, sort, found.rows.map(toView));
}

/** The same where all views are made at once. */
export function answerOf<View>(
  found: Pick<ListFound<unknown>, 'next' | 'total'>,
  sort: string,
  data: readonly View[],
): ListPage<View> {
  const { next, total } = found;
  return {
    data,
    has_more: next !== undefined,
    next_cursor: next ? writeCursor([sort, next.value, next.id]) : null,
    total,
  };
}
