import * as z from 'zod';
import type { ExchangeRate } from '#catalog/price.ts';
import type { Settings } from '#config/settings.ts';
import {
  type ActionsQuery,
  actionsQuerySchema,
  type InstancesQuery,
  instanceActionsQuerySchema,
  instancesQuerySchema,
} from '#contracts/instance-lists.ts';
import {
  actionLogEntrySchema,
  type InstanceView,
  instanceDetailSchema,
  instanceMetricsSchema,
  instanceSchema,
} from '#contracts/instances.ts';
import { listOf } from '#contracts/management.ts';
import type { Database, Queryable, Transaction } from '#database/database.ts';
import { answerOf, readListWish, toListPage } from '#http/listing.ts';
import { type Route, route, type UserCaller } from '#http/route.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type CorrelationId, type InstanceId, isId } from '#kernel/ids.ts';
import type { Micros } from '#kernel/money.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { archiveInstance, unarchiveInstance } from './commands/archive-instance.ts';
import { drainInstance, resumeInstance } from './commands/drain-instance.ts';
import { reinstallInstance } from './commands/reinstall-instance.ts';
import { retryInstance } from './commands/retry-instance.ts';
import { terminateInstance } from './commands/terminate-instance.ts';
import { describeEngine } from './engine-flavour.ts';
import {
  ACTION_LIST,
  type ActionFilter,
  type ActionRow,
  getInstanceDetail,
  getSeries,
  INSTANCE_LIST,
  type InstanceFilter,
  listActions,
  listInstances,
  withOutdated,
} from './queries.ts';
import type { UnwrittenSamples } from './series/sample-sink.ts';
import type { Resolution } from './store/samples.ts';
import type { ExpectedWorker } from './worker-routes.ts';

/** What each instance has cost so far. Costs are known above this domain, so they are given to it. */
export type CostsOf = (
  db: Queryable,
  scope: OrgScope,
  instanceIds: readonly string[],
) => Promise<ReadonlyMap<string, Micros>>;

export interface StepUsage {
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

/** What an instance served, by the beginning of each step in milliseconds. Known above this domain as well. */
export type UsageOf = (
  db: Queryable,
  scope: OrgScope,
  instanceId: string,
  window: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly stepMs: number;
    readonly resolution: Resolution;
  },
) => Promise<ReadonlyMap<number, StepUsage>>;

export interface InstanceRoutesDeps {
  readonly env: Env;
  readonly db: Database;
  readonly usdRate: ExchangeRate;
  readonly costsOf: CostsOf;
  readonly usageOf: UsageOf;
  readonly settings: Settings;
  readonly samples: UnwrittenSamples;
  readonly readVersion?: ExpectedWorker;
}

const NOTHING_SERVED: StepUsage = { requests: 0, prompt_tokens: 0, completion_tokens: 0 };
const DEFAULT_WINDOW_MS = 900_000;

const byId = z.object({ id: z.string().max(100) });
const samplesQuery = z.object({
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  step: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(4)
    .describe('Seconds of a step; raised to the resolution that is kept for the window'),
});

export function instanceRoutes(deps: InstanceRoutesDeps): Route[] {
  return [...readRoutes(deps), ...commandRoutes(deps)];
}

function readRoutes(deps: InstanceRoutesDeps): Route[] {
  const { db, usdRate } = deps;
  return [
    route({
      method: 'GET',
      path: '/api/v1/instances',
      name: 'instances.list',
      summary: 'Instances, searched, sorted and counted; archived ones only when asked for',
      policy: { allow: 'member', action: 'instances.read' },
      query: instancesQuerySchema,
      success: { status: 200, body: listOf(instanceSchema) },
      handler: async ({ caller, query }) => {
        const wish = readListWish(INSTANCE_LIST, query);
        const found = await listInstances(db, caller, instanceFilterOf(query), wish, usdRate);
        return answerOf(found, query.sort, await withCosts(deps, caller, found.rows));
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/instances/:id',
      name: 'instances.get',
      summary: 'One instance with its steps, history and volumes',
      policy: { allow: 'member', action: 'instances.read' },
      params: byId,
      success: { status: 200, body: instanceDetailSchema },
      handler: ({ caller, params }) => readDetail(deps, caller, requireId(params.id)),
    }),
    route({
      method: 'GET',
      path: '/api/v1/instances/:id/metrics',
      name: 'instances.metrics',
      summary:
        'Figures of the machine, its GPUs and what it served in steps of a window, the last quarter of an hour by default',
      policy: { allow: 'member', action: 'instances.read' },
      params: byId,
      query: samplesQuery,
      success: { status: 200, body: instanceMetricsSchema },
      handler: ({ caller, params, query }) =>
        readMetrics(deps, caller, requireId(params.id), readWindow(deps.env, query)),
    }),
    ...actionRoutes(deps),
  ];
}

function actionRoutes({ db }: InstanceRoutesDeps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/instances/:id/actions',
      name: 'instances.actions',
      summary: 'What was done to the instance, searched, sorted and counted',
      policy: { allow: 'member', action: 'instances.read' },
      params: byId,
      query: instanceActionsQuerySchema,
      success: { status: 200, body: listOf(actionLogEntrySchema) },
      handler: async ({ caller, params, query }) => {
        const filter = { ...actionFilterOf(query), of: requireId(params.id) };
        const found = await listActions(db, caller, filter, readListWish(ACTION_LIST, query));
        return toListPage(found, query, toActionView);
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/actions',
      name: 'actions.list',
      summary: 'What was done to all instances, step by step, searched, sorted and counted',
      policy: { allow: 'member', action: 'instances.read' },
      query: actionsQuerySchema,
      success: { status: 200, body: listOf(actionLogEntrySchema) },
      handler: async ({ caller, query }) => {
        const filter = { ...actionFilterOf(query), instanceId: query.instance_id };
        const found = await listActions(db, caller, filter, readListWish(ACTION_LIST, query));
        return toListPage(found, query, toActionView);
      },
    }),
  ];
}

type Command = (env: Env, tx: Transaction, scope: OrgScope, id: InstanceId, by: Actor) => Promise<void>;

/** What may be asked of one instance. Each commits an intent; the orchestrator does the rest. */
const COMMANDS: readonly { readonly verb: string; readonly summary: string; readonly command: Command }[] = [
  {
    verb: 'terminate',
    summary: 'Drain it, delete all it has at the provider, and stop its costs; asked twice it is asked once',
    command: terminateInstance,
  },
  {
    verb: 'drain',
    summary: 'Take it out of service and keep its machine, which goes on costing; `resume` brings it back',
    command: drainInstance,
  },
  {
    verb: 'resume',
    summary: 'Bring a drained instance back into service, through the health check',
    command: resumeInstance,
  },
  {
    verb: 'reinstall',
    summary:
      'Install its worker anew: by an order to the agent, else by new user data and a reboot, else on another machine',
    command: reinstallInstance,
  },
  {
    verb: 'retry',
    summary: 'Order it again after its order failed, from its first offer on',
    command: retryInstance,
  },
  {
    verb: 'archive',
    summary: 'Put a terminated instance out of sight; its history stays',
    command: archiveInstance,
  },
  {
    verb: 'unarchive',
    summary: 'Bring an archived instance back into view',
    command: unarchiveInstance,
  },
];

function commandRoutes(deps: InstanceRoutesDeps): Route[] {
  const { db, env } = deps;
  return COMMANDS.map(({ verb, summary, command }) =>
    route({
      method: 'POST',
      path: `/api/v1/instances/:id/${verb}`,
      name: `instances.${verb}`,
      summary,
      policy: { allow: 'member', action: 'instances.write' },
      params: byId,
      success: { status: 202, body: instanceDetailSchema },
      handler: async (request) => {
        const { caller } = request;
        const id = requireId(request.params.id);
        await db.transaction((tx) => command(env, tx, caller, id, actorOf(request)));
        return readDetail(deps, caller, id);
      },
    }),
  );
}

async function readDetail(deps: InstanceRoutesDeps, scope: OrgScope, id: InstanceId) {
  const [detail, engine, costs] = await Promise.all([
    getInstanceDetail(deps.db, scope, id, deps.usdRate),
    describeEngine(deps.db, deps.settings, scope, id),
    deps.costsOf(deps.db, scope, [id]),
  ]);
  const expected = deps.readVersion?.().worker_sha256 ?? null;
  return withOutdated({ ...detail, engine, cost_micros: costs.get(id) ?? 0 }, expected);
}

async function readMetrics(
  deps: InstanceRoutesDeps,
  scope: OrgScope,
  id: InstanceId,
  window: { readonly from: Date; readonly to: Date; readonly stepSeconds: number },
) {
  const { db, settings, samples } = deps;
  const series = await getSeries({ db, settings, sink: samples }, scope, id, window);
  const [fromMs, toMs] = [window.from.getTime(), window.to.getTime()];
  const stepMs = series.stepSeconds * 1000;
  const { resolution } = series;
  const usage = await deps.usageOf(db, scope, id, {
    fromMs: Math.floor(fromMs / stepMs) * stepMs,
    toMs,
    stepMs,
    resolution,
  });
  return {
    data: series.points.map((point) => ({
      ...point,
      usage: usage.get(Date.parse(point.at)) ?? NOTHING_SERVED,
    })),
    step_seconds: series.stepSeconds,
    resolution: series.resolution,
  };
}

async function withCosts(
  deps: InstanceRoutesDeps,
  scope: OrgScope,
  views: readonly InstanceView[],
): Promise<InstanceView[]> {
  if (views.length === 0) return [];
  const ids = views.map((view) => view.id);
  const costs = await deps.costsOf(deps.db, scope, ids);
  const expected = deps.readVersion?.().worker_sha256 ?? null;
  return views.map((view) => withOutdated({ ...view, cost_micros: costs.get(view.id) ?? 0 }, expected));
}

/** @throws instance.not_found */
function requireId(text: string): InstanceId {
  if (!isId('instance', text)) throw new AppError('instance.not_found');
  return text;
}

function readWindow(env: Env, query: z.output<typeof samplesQuery>) {
  const to = query.to === undefined ? new Date(env.clock.now()) : new Date(query.to);
  const from = query.from === undefined ? new Date(to.getTime() - DEFAULT_WINDOW_MS) : new Date(query.from);
  return { from, to, stepSeconds: query.step };
}

function actorOf(request: { readonly caller: UserCaller; readonly correlationId: CorrelationId }): Actor {
  return { actor: `user:${request.caller.userId}`, correlationId: request.correlationId };
}

function toActionView(row: ActionRow) {
  return { ...row, at: row.at.toISOString() };
}

const momentOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

function instanceFilterOf(query: InstancesQuery): InstanceFilter {
  return {
    search: query.q,
    state: query.state,
    isEnded: query.ended,
    deploymentId: query.deployment,
    providerId: query.provider,
    zone: query.zone,
    instanceType: query.instance_type,
    model: query.model,
    projectId: query.project_id,
    from: momentOf(query.from),
    to: momentOf(query.to),
    includeArchived: query.include_archived || query.state === 'archived',
  };
}

function actionFilterOf(query: Omit<ActionsQuery, 'instance_id'>): ActionFilter {
  return {
    search: query.q,
    component: query.component,
    code: query.code,
    status: query.status,
    errorCode: query.error_code,
    correlationId: query.correlation_id,
    from: momentOf(query.from),
    to: momentOf(query.to),
  };
}
