import { listOf } from '#contracts/management.ts';
import { type UsageGroupsQuery, usageGroupSchema, usageGroupsQuerySchema } from '#contracts/usage-lists.ts';
import type { Database } from '#database/database.ts';
import { readListWish, toListPage } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import { AppError } from '#kernel/errors.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { isKeptByDay, listUsageGroups, USAGE_GROUP_LIST } from './queries.ts';

/** What is not kept by day is read request by request. */
const READ_DAYS_MAX = 31;
const DAY_MS = 86_400_000;

export function usageGroupRoutes({ db }: { readonly db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/usage/groups',
      name: 'usage.groups',
      summary: 'Requests and tokens, summed by day, model, project, outcome, key, user, instance or endpoint',
      policy: { allow: 'member', action: 'usage.read' },
      query: usageGroupsQuerySchema,
      success: { status: 200, body: listOf(usageGroupSchema) },
      handler: ({ caller, query }) => answerUsageGroups(db, caller, query),
    }),
  ];
}

/** @throws request.invalid */
export async function answerUsageGroups(db: Database, scope: OrgScope, query: UsageGroupsQuery) {
  const filter = filterOf(query);
  if (!isKeptByDay(query.by, filter)) requireShort(query);
  const wish = readListWish(USAGE_GROUP_LIST, query);
  const found = await listUsageGroups(db, scope, { ...filter, by: query.by }, wish);
  return toListPage(found, query, (group) => group);
}

function filterOf(query: UsageGroupsQuery) {
  return {
    projectId: query.project_id,
    modelId: query.model_id,
    outcome: query.outcome,
    apiKeyId: query.api_key_id,
    userId: query.user_id,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
  };
}

/** @throws request.invalid */
function requireShort({ from, to }: UsageGroupsQuery): void {
  const isShort =
    from !== undefined && to !== undefined && Date.parse(to) - Date.parse(from) <= READ_DAYS_MAX * DAY_MS;
  if (isShort) return;
  throw new AppError('request.invalid', {
    publicMessage:
      `Give \`from\` and \`to\`, at most ${READ_DAYS_MAX} days apart: this is read request by request. ` +
      'Sums by day, model, project or outcome between midnights of UTC may span any time.',
  });
}
