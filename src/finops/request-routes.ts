import { pageOf } from '#contracts/management.ts';
import { type RequestsQuery, requestEntrySchema, requestsQuerySchema } from '#contracts/requests.ts';
import type { Database } from '#database/database.ts';
import { readCursor, readCursorTime, toPage } from '#http/cursor.ts';
import { type Route, route } from '#http/route.ts';
import { listRequestRows, type RequestFilter } from './request-log-store.ts';

export function requestRoutes({ db }: { db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/requests',
      name: 'requests.list',
      summary: 'Requests at the gateway, refused ones included, newest first',
      policy: { allow: 'member', action: 'usage.read' },
      query: requestsQuerySchema,
      success: { status: 200, body: pageOf(requestEntrySchema) },
      handler: async ({ caller, query }) => {
        const rows = await listRequestRows(db, caller, filterOf(query), {
          limit: query.limit + 1,
          after: query.after === undefined ? undefined : positionOf(query.after),
        });
        const page = toPage(rows, query.limit, (row) => [row.started_at.toISOString(), row.request_id]);
        return {
          ...page,
          data: page.data.map((row) => ({ ...row, started_at: row.started_at.toISOString() })),
        };
      },
    }),
  ];
}

function filterOf(query: RequestsQuery): RequestFilter {
  return {
    id: query.id,
    status: query.status,
    isFailed: query.failed === undefined ? undefined : query.failed === 'true',
    errorCode: query.error_code,
    apiKeyId: query.api_key_id,
    userId: query.user_id,
    model: query.model,
    instanceId: query.instance_id,
    endpoint: query.endpoint,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
  };
}

/** @throws request.invalid */
function positionOf(cursor: string): { startedAt: string; requestId: string } {
  const [at = '', requestId = ''] = readCursor(cursor, 2);
  return { startedAt: readCursorTime(at), requestId };
}
