import type * as z from 'zod';
import type { ApiAnswer } from './api.ts';
import type { Fault } from './faults.ts';
import { Refusal } from './refusal.ts';
import type { PartRecord, ServerRecord, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/** What the routes of every kind of resource share: pages of a list, tags, and orders taken apart. */
export interface Listing<R> {
  readonly operation: string;
  /** Of the field that holds the rows. */
  readonly name: string;
  readonly records: Iterable<R>;
  readonly show: (record: R) => unknown;
}

const PAGE_SIZE_MAX = 100;

/** One page, oldest first. The total is of all pages, so a reader can tell that something is missing. */
export function listPage<R extends ServerRecord | VolumeRecord | PartRecord>(
  world: World,
  listing: Listing<R>,
  query: URLSearchParams,
): ApiAnswer {
  const { operation, name, show } = listing;
  const page = wholeNumber(query, 'page', 1, 1_000_000);
  const perPage = wholeNumber(query, 'per_page', 50, PAGE_SIZE_MAX);
  const zone = query.get('zone');
  const tags = query.getAll('tag');
  const withGone = query.get('include_gone') === 'true';
  const matching = [...listing.records]
    .filter((record) => world.isReadable(record) && (withGone || record.state !== 'gone'))
    .filter((record) => (zone === null || record.zone === zone) && hasTags(record.tags, tags))
    .sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
  const rows = matching.slice((page - 1) * perPage, page * perPage);
  const fault = world.faults.take('truncated_list', { operation, zone: zone ?? undefined });
  const shown = fault ? truncated(fault, page, rows) : rows;
  const missing = fault?.mode === 'silent' ? rows.length - shown.length : 0;
  const total = matching.length - missing;
  return {
    status: 200,
    headers: { 'x-total-count': String(total) },
    body: { [name]: shown.map(show), page, per_page: perPage, total_count: total },
  };
}

export function hasTags(tags: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((tag) => tags.includes(tag));
}

export function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw badArgument(issue?.path.join('.') || 'body', issue?.message ?? 'not as expected');
}

function truncated<R>(fault: Fault, page: number, rows: readonly R[]): readonly R[] {
  if (fault.mode === 'error') {
    if (page > 1) throw new Refusal(500, 'internal_error', 'This page cannot be read.');
    return rows;
  }
  return rows.slice(0, Math.max(0, rows.length - fault.drop));
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < 1) throw badArgument(name, 'a whole number from 1');
  return Math.min(value, max);
}

function badArgument(name: string, message: string): Refusal {
  return new Refusal(400, 'invalid_arguments', `${name}: ${message}`, {
    details: [{ argument_name: name, help_message: message }],
  });
}
