import { listOf } from '#contracts/management.ts';
import { type RequestsQuery, requestEntrySchema, requestsQuerySchema } from '#contracts/requests.ts';
import type { Database } from '#database/database.ts';
import { readListWish, toListPage } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { listRequestRows, REQUEST_LIST, type RequestFilter } from './request-log-store.ts';

export function requestRoutes({ db }: { db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/requests',
      name: 'requests.list',
      summary: 'Requests at the gateway, refused ones included, searched, sorted and counted',
      policy: { allow: 'member', action: 'usage.read' },
      query: requestsQuerySchema,
      success: { status: 200, body: listOf(requestEntrySchema) },
      handler: ({ caller, query }) => answerRequests(db, caller, query),
    }),
  ];
}

export async function answerRequests(db: Database, scope: OrgScope, query: RequestsQuery) {
  const found = await listRequestRows(db, scope, filterOf(query), readListWish(REQUEST_LIST, query));
  return toListPage(found, query, (row) => ({ ...row, started_at: row.started_at.toISOString() }));
}

function filterOf(query: RequestsQuery): RequestFilter {
  return {
    id: query.id,
    search: query.q,
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
