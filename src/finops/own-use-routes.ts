import { listOf } from '#contracts/management.ts';
import { requestEntrySchema, requestsQuerySchema } from '#contracts/requests.ts';
import { usageGroupSchema, usageGroupsQuerySchema } from '#contracts/usage-lists.ts';
import type { Database } from '#database/database.ts';
import { type Route, route } from '#http/route.ts';
import { answerRequests } from './request-routes.ts';
import { answerUsageGroups } from './usage-group-routes.ts';

/** What everybody may see of the log and of the sums: their own, by whichever key they asked. */
export function ownUseRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/requests/own',
      name: 'requests.own',
      summary: 'Your own requests at the gateway, refused ones included, searched, sorted and counted',
      policy: { allow: 'member', action: 'inference.use' },
      query: requestsQuerySchema,
      success: { status: 200, body: listOf(requestEntrySchema) },
      handler: ({ caller, query }) => answerRequests(db, caller, { ...query, user_id: caller.userId }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/usage/own',
      name: 'usage.own',
      summary: 'Your own requests and tokens, summed by day, model, project, outcome, key or endpoint',
      policy: { allow: 'member', action: 'inference.use' },
      query: usageGroupsQuerySchema,
      success: { status: 200, body: listOf(usageGroupSchema) },
      handler: ({ caller, query }) => answerUsageGroups(db, caller, { ...query, user_id: caller.userId }),
    }),
  ];
}
