import * as z from 'zod';
import type { CallContext } from '#providers/provider.ts';
import { ProviderError } from '#providers/provider.ts';
import type { ScalewayClient } from './client.ts';

/**
 * Lists, whole or not at all.
 *
 * The instance API counts in a header and calls a page's size `per_page`, the others count in the body and call it
 * `page_size`. There are no snapshots: what is deleted while pages are read moves another row past us. So a list of
 * several pages is read twice and must be the same both times, except where it is a catalogue that nobody deletes
 * from while we look.
 */
export interface ListOrder<R> {
  readonly operation: string;
  readonly path: string;
  /** Field of the answer that holds the rows: an array, or a record by name. */
  readonly field: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly row: z.ZodType<R>;
  readonly counts: 'header' | 'body';
  readonly isCatalogue?: boolean;
}

const PAGE_SIZE = 100;
const PAGES_MAX = 200;

/** Rows with the name under which each stood; in an array that is its id. */
export async function readList<R>(
  client: ScalewayClient,
  context: CallContext,
  list: ListOrder<R>,
): Promise<Map<string, R>> {
  const first = await readOnce(client, context, list);
  if (first.pages === 1 || list.isCatalogue) return first.rows;
  const second = await readOnce(client, context, list);
  const isSame =
    second.rows.size === first.rows.size && [...first.rows.keys()].every((key) => second.rows.has(key));
  if (isSame) return second.rows;
  throw incomplete(client, list, 'rows came or went while it was read');
}

async function readOnce<R>(client: ScalewayClient, context: CallContext, list: ListOrder<R>) {
  const rows = new Map<string, R>();
  let total: number | undefined;
  for (let page = 1; page <= PAGES_MAX; page++) {
    const next = await readPage(client, context, list, page);
    if (total !== undefined && next.total !== total) {
      throw incomplete(client, list, 'their number changed between two pages');
    }
    total = next.total;
    for (const [key, row] of next.rows) rows.set(key, row);
    if (rows.size === total) return { rows, pages: page };
    if (next.rows.length === 0 || page * PAGE_SIZE >= total) {
      throw incomplete(client, list, `${rows.size} of ${total} were listed`);
    }
  }
  throw incomplete(client, list, `there are more than ${PAGES_MAX} pages`);
}

async function readPage<R>(
  client: ScalewayClient,
  context: CallContext,
  list: ListOrder<R>,
  page: number,
): Promise<{ rows: [string, R][]; total: number }> {
  const sizeWord = list.counts === 'header' ? 'per_page' : 'page_size';
  const { value, total: counted } = await client.callWhole(context, {
    operation: list.operation,
    method: 'GET',
    path: list.path,
    query: { ...list.query, page: String(page), [sizeWord]: String(PAGE_SIZE) },
    answer: z.looseObject({ total_count: z.number().nullish() }),
  });
  const rows = rowsIn(list, value[list.field]);
  if (!rows) throw incomplete(client, list, 'a row cannot be read');
  const total = list.counts === 'header' ? counted : (value.total_count ?? undefined);
  if (total === undefined) throw incomplete(client, list, 'it does not say how many there are');
  return { rows, total };
}

function rowsIn<R>(list: ListOrder<R>, value: unknown): [string, R][] | undefined {
  if (Array.isArray(value)) {
    const rows = z.array(z.intersection(z.object({ id: z.string() }), z.unknown())).safeParse(value);
    const read = z.array(list.row).safeParse(value);
    if (!rows.success || !read.success) return undefined;
    return read.data.map((row, index) => [rows.data[index]?.id ?? '', row]);
  }
  const read = z.record(z.string(), list.row).safeParse(value);
  return read.success ? Object.entries(read.data) : undefined;
}

function incomplete(
  client: ScalewayClient,
  list: { readonly operation: string; readonly field: string },
  reason: string,
): ProviderError {
  const { operation, field } = list;
  return new ProviderError(`${operation} got an incomplete answer for ${field}: ${reason}`, {
    kind: 'retryable',
    provider: client.provider,
    operation,
    outcomeUnknown: false,
    providerCode: 'incomplete_list',
  });
}
