/**
 * Every route of the api, in one list: the server is built from it, the OpenAPI document is written from it, and
 * tests go through it.
 */

import { alertRoutes } from '#alerts/routes.ts';
import type { ExchangeRate } from '#catalog/price.ts';
import { catalogRoutes } from '#catalog/routes.ts';
import { catalogueSyncRoutes } from '#catalog/sync-routes.ts';
import type { Settings } from '#config/settings.ts';
import { alertSchema } from '#contracts/alerts.ts';
import { apiKeySchema, createdApiKeySchema, organisationSchema } from '#contracts/api-keys.ts';
import {
  actionLogEntrySchema,
  instanceDetailSchema,
  instanceSampleSchema,
  instanceSchema,
  workerSchema,
} from '#contracts/instances.ts';
import {
  costIntervalSchema,
  costSeriesSchema,
  costSummarySchema,
  createDeploymentSchema,
  deploymentSchema,
  modelSchema,
  offerSchema,
  sessionSchema,
  usageEntrySchema,
  usageSummarySchema,
} from '#contracts/management.ts';
import type { Database, Queryable } from '#database/database.ts';
import { deploymentRoutes } from '#deployments/routes.ts';
import { costsOfInstances, usageOfInstance } from '#finops/queries.ts';
import { finopsRoutes } from '#finops/routes.ts';
import { spentOfKeys } from '#finops/spending.ts';
import { docsRoutes } from '#http/docs-routes.ts';
import type { EventHub } from '#http/event-hub.ts';
import { eventRoutes } from '#http/event-routes.ts';
import { healthRoutes } from '#http/health-routes.ts';
import { jobRoutes } from '#http/job-routes.ts';
import { openApiDocument } from '#http/openapi.ts';
import type { Route } from '#http/route.ts';
import { type VersionView, versionRoutes } from '#http/version-routes.ts';
import { type WorkerFilesDeps, workerFileRoutes } from '#http/worker-files.ts';
import { activationRoutes } from '#identity/activation/routes.ts';
import { isSameSession } from '#identity/authenticator.ts';
import { identityRoutes } from '#identity/routes.ts';
import { logRoutes, workerLogRoutes } from '#instances/logs/log-routes.ts';
import { listAccountUses, listServingInstances } from '#instances/queries.ts';
import { instanceRoutes } from '#instances/routes.ts';
import type { RunningSampleSink } from '#instances/series/sample-sink.ts';
import { sweepRoutes } from '#instances/sweep/routes.ts';
import { volumeRoutes } from '#instances/volume-routes.ts';
import { type WorkerRoutesDeps, workerListRoutes, workerRoutes } from '#instances/worker-routes.ts';
import { QueueKeeper } from '#jobs/job-keeper.ts';
import type { Env } from '#kernel/env.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import { accountRoutes } from '#settings/account-routes.ts';
import { settingsRoutes } from '#settings/routes.ts';
import type { FirstValues } from '#settings/setting-values.ts';
import { ACTIVATION_TARGETS } from './activation-targets.ts';
import { attachesVolumes, credentialOf } from './provider-kinds.ts';

export interface ApiRoutesDeps extends WorkerFilesDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly samples: RunningSampleSink;
  readonly hub: EventHub;
  readonly isSecure: boolean;
  readonly usdRate: ExchangeRate;
  readonly enabledProviders: readonly string[];
  /** Tokens of workers derive from these. */
  readonly keys: { readonly control: Secret; readonly dataPlane: Secret };
  /** The environment's values of settings. */
  readonly first: FirstValues;
  readonly sealer: Sealer;
  readonly offersMax: () => number;
  readonly desk: WorkerRoutesDeps['desk'];
  readonly readVersion: () => VersionView;
}

/** Schemas with a name of their own in the OpenAPI document. */
const NAMED = {
  Session: sessionSchema,
  Model: modelSchema,
  Offer: offerSchema,
  CreateDeployment: createDeploymentSchema,
  Deployment: deploymentSchema,
  Instance: instanceSchema,
  InstanceDetail: instanceDetailSchema,
  InstanceSample: instanceSampleSchema,
  Worker: workerSchema,
  Action: actionLogEntrySchema,
  Alert: alertSchema,
  ApiKey: apiKeySchema,
  CreatedApiKey: createdApiKeySchema,
  Organisation: organisationSchema,
  CostSummary: costSummarySchema,
  CostSeries: costSeriesSchema,
  CostInterval: costIntervalSchema,
  UsageEntry: usageEntrySchema,
  UsageSummary: usageSummarySchema,
};

export function apiRoutes(deps: ApiRoutesDeps): Route[] {
  const { db } = deps;
  const documented = [
    ...identityRoutes({ ...deps, spentOf: spentOfKeys }),
    ...activationRoutes({ db, activation: ACTIVATION_TARGETS }),
    ...catalogRoutes({ ...deps, countReadyByModel: (scope) => countReadyByModel(db, scope) }),
    ...deploymentRoutes({ ...deps, costsOf: costsOfInstances, engineOf, attachesVolumes }),
    ...instanceRoutes({ ...deps, costsOf: costsOfInstances, usageOf: usageOfInstance }),
    ...logRoutes(deps),
    ...alertRoutes(deps),
    ...volumeRoutes(deps),
    ...sweepRoutes(deps),
    ...catalogueSyncRoutes(deps),
    ...workerListRoutes(deps),
    ...finopsRoutes(deps),
    ...jobRoutes({ jobs: new QueueKeeper(db) }),
    ...settingsRoutes(deps),
    ...accountRoutes({ ...deps, credentialOf, usesOf: listAccountUses }),
    ...eventRoutes({
      hub: deps.hub,
      isStillAllowed: (caller, headers) => isSameSession(db, caller, headers),
    }),
    ...versionRoutes(deps.readVersion),
    ...healthRoutes(deps),
  ];
  const docs = docsRoutes(documented, { version: deps.readVersion().version, named: NAMED });
  return [...documented, ...docs, ...workerRoutes(deps), ...workerLogRoutes(deps), ...workerFileRoutes(deps)];
}

/** The routes without anything behind them, for those who only read what they declare. */
export function describedApiRoutes(version: string): Route[] {
  return apiRoutes({
    ...({} as ApiRoutesDeps),
    env: { clock: { now: () => 0, monotonic: () => 0 } } as unknown as Env,
    bundleFolder: '',
    nodeBinaries: [],
    readVersion: () => ({ version, worker_version: null, worker_sha256: null, gateway_url: null }),
  });
}

/** The OpenAPI document as the api serves it. */
export function apiDocument(version: string): Record<string, unknown> {
  return openApiDocument(describedApiRoutes(version), { version, named: NAMED });
}

/** The pretended provider's machines run the pretended engine; real ones the real one. */
function engineOf(providerId: string): 'vllm' | 'simulated' {
  return providerId === 'mock' ? 'simulated' : 'vllm';
}

async function countReadyByModel(db: Queryable, scope: OrgScope): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const instance of await listServingInstances(db)) {
    if (instance.orgId !== scope.orgId) continue;
    counts.set(instance.modelId, (counts.get(instance.modelId) ?? 0) + 1);
  }
  return counts;
}
