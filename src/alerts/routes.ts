import * as z from 'zod';
import { alertSchema } from '#contracts/alerts.ts';
import { pageOf, pageQuerySchema } from '#contracts/management.ts';
import type { Database } from '#database/database.ts';
import { withAllRows } from '#database/row-scope.ts';
import { readCursor, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import { listAlerts } from './alerts.ts';
import type { AlertRow } from './store.ts';

const alertQuery = pageQuerySchema.extend({
  state: z.enum(['open', 'closed', 'all']).default('open'),
});
const IS_OPEN = { open: true, closed: false, all: undefined } as const;

export function alertRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/alerts',
      name: 'alerts.list',
      summary:
        "What does not get on by itself, newest first; platform administrators also see the installation's",
      policy: { allow: 'member', action: 'alerts.read' },
      query: alertQuery,
      success: { status: 200, body: pageOf(alertSchema) },
      handler: async ({ caller, query }) => {
        const { orgId, isPlatformAdmin: includeInstallation } = caller;
        const afterId = query.after === undefined ? undefined : readCursor(query.after, 1)[0];
        const filter = { orgId, includeInstallation, isOpen: IS_OPEN[query.state] };
        const ask = () => listAlerts(db, filter, { limit: query.limit, afterId });
        // The wall knows organisations alone: what is of none is seen from outside of it, by whom it concerns.
        const rows = await (includeInstallation ? withAllRows(ask) : ask());
        return toPage(rows.map(viewOf), query.limit, (last) => [last.id]);
      },
    }),
  ];
}

function viewOf(row: AlertRow) {
  return {
    ...row,
    opened_at: row.opened_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    closed_at: row.closed_at?.toISOString() ?? null,
  };
}
