/**
 * Whose rows the statements of a piece of work may see, as PostgreSQL's row-level security enforces it: the second
 * wall, behind the `org_id` that every store demands. A statement that forgets it finds nothing of others.
 *
 * A connection declares what it sees in `app.rows`: `*` for the work of the whole installation, which is what a pool
 * begins with, or one organisation. Routes of members run in the scope of theirs (`src/http/run-route.ts`). A
 * connection that declared nothing sees no rows at all. The owner of the tables, who migrates, is not subject to it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { OrgId } from '#kernel/ids.ts';

export const ALL_ROWS = '*';
export type RowScope = typeof ALL_ROWS | OrgId;

export const DECLARE_ROWS = `select set_config('app.rows', $1, false)`;

const scopes = new AsyncLocalStorage<RowScope>();

/** Everything that `work` asks of the database, and what that begins, sees the rows of this organisation alone. */
export function withRowsOf<T>(orgId: OrgId, work: () => T): T {
  return scopes.run(orgId, work);
}

/** For what must look beyond one organisation in the middle of its work; say why where it is used. */
export function withAllRows<T>(work: () => T): T {
  return scopes.run(ALL_ROWS, work);
}

export function rowsInSight(): RowScope {
  return scopes.getStore() ?? ALL_ROWS;
}
