import * as z from 'zod';
import {
  costIntervalSchema,
  costSeriesSchema,
  costSummarySchema,
  listOf,
  usageEntrySchema,
  usageSummarySchema,
} from '#contracts/management.ts';
import { projectFilterSchema } from '#contracts/organisations.ts';
import { type UsageQuery, usageQuerySchema } from '#contracts/usage-lists.ts';
import type { Database } from '#database/database.ts';
import { readListWish, toListPage } from '#http/listing.ts';
import { type Route, route } from '#http/route.ts';
import { EUR_TO_EUR } from '#kernel/money.ts';
import { breakdownRoutes } from './breakdown-routes.ts';
import type { CostInterval } from './interval-store.ts';
import { ownUseRoutes } from './own-use-routes.ts';
import { priceRoutes } from './price-routes.ts';
import { type ProjectFigureDeps, projectFigureRoutes } from './project-routes.ts';
import {
  getCostSeries,
  getCostSummary,
  LEDGER_LIST,
  listIntervals,
  listLedgerRows,
  readUsageSums,
} from './queries.ts';
import { requestRoutes } from './request-routes.ts';
import { usageGroupRoutes } from './usage-group-routes.ts';
import type { LedgerFilter, LedgerRow } from './usage-list-store.ts';

const SERIES_POINTS_MAX = 2_000;
const INTERVALS_MAX = 1_000;

const intervalsQuerySchema = z
  .object({
    instance_id: z.string().optional(),
    from: z.iso.datetime().optional(),
    to: z.iso.datetime().optional(),
    limit: z.coerce.number().int().min(1).max(INTERVALS_MAX).default(200),
  })
  .refine(
    ({ from, to }) => from === undefined || to === undefined || Date.parse(from) < Date.parse(to),
    'from must be before to',
  );

const windowSchema = z
  .object({
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    step_seconds: z.coerce.number().int().min(1).max(86_400).default(60),
    project_id: projectFilterSchema,
  })
  .refine((query) => Date.parse(query.from) < Date.parse(query.to), 'from must be before to')
  .refine(
    (query) =>
      (Date.parse(query.to) - Date.parse(query.from)) / 1000 / query.step_seconds <= SERIES_POINTS_MAX,
    `at most ${SERIES_POINTS_MAX} points: choose a larger step_seconds or a shorter window`,
  );

function spanOf(query: z.output<typeof intervalsQuerySchema>) {
  return {
    instanceId: query.instance_id,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
    limit: query.limit,
  };
}

export function finopsRoutes(deps: ProjectFigureDeps): Route[] {
  return [
    ...costRoutes(deps),
    ...usageRoutes(deps),
    ...usageGroupRoutes(deps),
    ...breakdownRoutes(deps),
    ...ownUseRoutes(deps),
    ...projectFigureRoutes(deps),
    ...requestRoutes(deps),
    ...priceRoutes(deps),
  ];
}

function costRoutes({ db }: { db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/costs/summary',
      name: 'costs.summary',
      summary: 'What runs now costs, and what was spent so far',
      policy: { allow: 'member', action: 'costs.read' },
      query: z.object({ project_id: projectFilterSchema }),
      success: { status: 200, body: costSummarySchema },
      handler: ({ caller, query }) => getCostSummary(db, caller, query.project_id),
    }),
    route({
      method: 'GET',
      path: '/api/v1/costs/series',
      name: 'costs.series',
      summary: 'Cost per step of a window, and the cumulative sum',
      policy: { allow: 'member', action: 'costs.read' },
      query: windowSchema,
      success: { status: 200, body: costSeriesSchema },
      handler: async ({ caller, query }) => ({
        step_seconds: query.step_seconds,
        points: await getCostSeries(db, caller, {
          from: new Date(query.from),
          to: new Date(query.to),
          stepSeconds: query.step_seconds,
          projectId: query.project_id,
        }),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/costs/intervals',
      name: 'costs.intervals',
      summary: 'Spans in which servers, volumes and addresses cost, newest first',
      policy: { allow: 'member', action: 'costs.read' },
      query: intervalsQuerySchema,
      success: { status: 200, body: z.object({ data: z.array(costIntervalSchema) }) },
      handler: async ({ caller, query }) => ({
        data: (await listIntervals(db, caller, spanOf(query))).map((interval) => ({
          id: interval.id,
          resource_kind: interval.resourceKind,
          resource_ref: interval.resourceRef,
          instance_id: interval.instanceId,
          from: interval.from.toISOString(),
          to: interval.to?.toISOString() ?? null,
          nanos_per_hour: inEuros(interval),
          micros: interval.micros,
        })),
      }),
    }),
  ];
}

function usageRoutes({ db }: { db: Database }): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/usage/summary',
      name: 'usage.summary',
      summary: 'Requests and tokens, summed over whole hours',
      policy: { allow: 'member', action: 'usage.read' },
      query: z.object({
        from: z.iso.datetime().optional(),
        to: z.iso.datetime().optional(),
        project_id: projectFilterSchema,
      }),
      success: { status: 200, body: usageSummarySchema },
      handler: ({ caller, query }) =>
        readUsageSums(db, caller, {
          from: query.from === undefined ? undefined : new Date(query.from),
          to: query.to === undefined ? undefined : new Date(query.to),
          projectId: query.project_id,
        }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/usage/requests',
      name: 'usage.requests',
      summary: 'Requests with their exact tokens, filtered, sorted and counted',
      policy: { allow: 'member', action: 'usage.read' },
      query: usageQuerySchema,
      success: { status: 200, body: listOf(usageEntrySchema) },
      handler: async ({ caller, query }) => {
        const found = await listLedgerRows(db, caller, filterOf(query), readListWish(LEDGER_LIST, query));
        return toListPage(found, query, toUsageEntry);
      },
    }),
  ];
}

/** The rate in euros, whatever the provider's currency; for showing, the stored cost was rounded from the exact one. */
function inEuros({ nanosPerHour, eurRateMillionths }: CostInterval): number | null {
  if (nanosPerHour === null || eurRateMillionths === null) return null;
  return Math.round((nanosPerHour * eurRateMillionths) / EUR_TO_EUR);
}

function toUsageEntry({ ended_at, started_at, ...row }: LedgerRow) {
  return {
    ...row,
    started_at: started_at.toISOString(),
    duration_ms: ended_at.getTime() - started_at.getTime(),
  };
}

function filterOf(query: UsageQuery): LedgerFilter {
  return {
    requestId: query.request_id,
    projectId: query.project_id,
    apiKeyId: query.api_key_id,
    userId: query.user_id,
    modelId: query.model_id,
    instanceId: query.instance_id,
    outcome: query.outcome,
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
  };
}
