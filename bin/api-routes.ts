/**
 * Every route of the api, in one list: the server is built from it, the OpenAPI document is written from it, and
 * tests go through it.
 */

import { alertRoutes } from '#alerts/routes.ts';
import { flavourSettingProblem } from '#catalog/flavours/names.ts';
import type { ExchangeRate } from '#catalog/price.ts';
import { catalogueSyncRoutes } from '#catalog/sync-routes.ts';
import type { Settings } from '#config/settings.ts';
import type { EngineKind } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import { deploymentRoutes } from '#deployments/routes.ts';
import { servedSince } from '#finops/closed-machines.ts';
import { costsOfInstances, usageOfInstance } from '#finops/queries.ts';
import { finopsRoutes } from '#finops/routes.ts';
import { spentOfKeys } from '#finops/spending.ts';
import { walletRoutes } from '#finops/wallet-routes.ts';
import { auditRoutes } from '#http/audit-routes.ts';
import { docsRoutes } from '#http/docs-routes.ts';
import type { EventHub } from '#http/event-hub.ts';
import { eventRoutes } from '#http/event-routes.ts';
import { healthRoutes } from '#http/health-routes.ts';
import { jobRoutes } from '#http/job-routes.ts';
import { openApiDocument } from '#http/openapi.ts';
import type { PublicAddress } from '#http/public-address.ts';
import { reachRoutes } from '#http/reach-routes.ts';
import type { Route } from '#http/route.ts';
import { type VersionView, versionRoutes } from '#http/version-routes.ts';
import { type WorkerFilesDeps, workerFileRoutes } from '#http/worker-files.ts';
import { activationRoutes } from '#identity/activation/routes.ts';
import type { SingleSignOn } from '#identity/oidc/single-sign-on.ts';
import { invitationRoutes } from '#identity/organisations/invitation-routes.ts';
import { memberRoutes } from '#identity/organisations/member-routes.ts';
import { organisationRoutes } from '#identity/organisations/organisation-routes.ts';
import { projectRoutes } from '#identity/organisations/project-routes.ts';
import { identityRoutes } from '#identity/routes.ts';
import { credentialOf as credentialOfSession } from '#identity/sessions/stream-standings.ts';
import { countRemains } from '#instances/commands/end-remains.ts';
import { logRoutes, workerLogRoutes } from '#instances/logs/log-routes.ts';
import { listAccountUses } from '#instances/queries.ts';
import { instanceRoutes } from '#instances/routes.ts';
import type { RunningSampleSink } from '#instances/series/sample-sink.ts';
import { sweepRoutes } from '#instances/sweep/routes.ts';
import { termsRoutes } from '#instances/terms/terms-routes.ts';
import { volumeRoutes } from '#instances/volume-routes.ts';
import { type WorkerRoutesDeps, workerListRoutes, workerRoutes } from '#instances/worker-routes.ts';
import { QueueKeeper } from '#jobs/job-keeper.ts';
import type { Env } from '#kernel/env.ts';
import type { Sealer } from '#kernel/sealing.ts';
import type { Secret } from '#kernel/secret.ts';
import { mailQueue } from '#mail/queue-mail.ts';
import { marketRoutes } from '#offerings/routes.ts';
import { accountRoutes } from '#settings/account-routes.ts';
import { organisationSettingsRoutes } from '#settings/organisation-routes.ts';
import { settingsRoutes } from '#settings/routes.ts';
import type { FirstValues } from '#settings/setting-values.ts';
import { webhookRoutes } from '#webhooks/routes.ts';
import { workbenchRoutes } from '#workbench/routes.ts';
import { ACTIVATION_TARGETS } from './activation-targets.ts';
import { NAMED_SCHEMAS } from './api-schemas.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import { ownAgentRoutes, ownMachineRoutes } from './own-machines.ts';
import { attachesVolumes, credentialOf } from './provider-kinds.ts';

export interface ApiRoutesDeps extends WorkerFilesDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  readonly samples: RunningSampleSink;
  readonly hub: EventHub;
  readonly isSecure: boolean;
  /** Where people reach the dashboard, and machines the api. */
  readonly publicUrl: string;
  readonly publicAddress: PublicAddress;
  readonly reachKey: Secret;
  readonly singleSignOn?: SingleSignOn | undefined;
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

const HOUR_MS = 3_600_000;

export function apiRoutes(deps: ApiRoutesDeps): Route[] {
  const { db } = deps;
  const queueMail = mailQueue(deps);
  const documented = [
    ...identityRoutes({ ...deps, queueMail, spentOf: spentOfKeys }),
    ...activationRoutes({ db, activation: ACTIVATION_TARGETS }),
    ...organisationRoutes({ ...deps, countRemains }),
    ...memberRoutes(deps),
    ...invitationRoutes({
      ...deps,
      queueMail,
      pageUrl: `${deps.publicUrl}/invitation`,
      ttlMs: () => deps.settings.get('INVITATION_TTL_HOURS') * HOUR_MS,
    }),
    ...projectRoutes(deps),
    ...catalogueRoutes(deps),
    ...deploymentRoutes({
      ...deps,
      costsOf: costsOfInstances,
      engineOf,
      attachesVolumes,
      // The pretended provider's machines are processes of this one.
      requireReachable: (providerId) => providerId === 'mock' || deps.publicAddress.require(),
    }),
    ...instanceRoutes({ ...deps, costsOf: costsOfInstances, usageOf: usageOfInstance }),
    ...termsRoutes({ ...deps, servedSince }),
    ...logRoutes(deps),
    ...alertRoutes(deps),
    ...volumeRoutes(deps),
    ...sweepRoutes(deps),
    ...catalogueSyncRoutes(deps),
    ...workerListRoutes(deps),
    ...finopsRoutes(deps),
    ...walletRoutes(deps),
    ...marketRoutes(deps),
    ...jobRoutes({ jobs: new QueueKeeper(db) }),
    ...auditRoutes(deps),
    ...settingsRoutes({ ...deps, problemElsewhere: flavourSettingProblem }),
    ...organisationSettingsRoutes(deps),
    ...webhookRoutes(deps),
    ...workbenchRoutes(deps),
    ...accountRoutes({ ...deps, credentialOf, usesOf: listAccountUses }),
    ...ownMachineRoutes(deps),
    ...eventRoutes({ hub: deps.hub, credentialOf: credentialOfSession }),
    ...versionRoutes(deps.readVersion),
    ...reachRoutes(deps.reachKey),
    ...healthRoutes(deps),
  ];
  const docs = docsRoutes(documented, { version: deps.readVersion().version, named: NAMED_SCHEMAS });
  return [
    ...documented,
    ...docs,
    ...workerRoutes(deps),
    ...workerLogRoutes(deps),
    ...workerFileRoutes(deps),
    ...ownAgentRoutes(deps),
  ];
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
  return openApiDocument(describedApiRoutes(version), { version, named: NAMED_SCHEMAS });
}

/** A file of its own kind has its own engine; else the pretended provider's machines run the pretended one. */
function engineOf(providerId: string, { gguf }: { readonly gguf: unknown }): EngineKind {
  if (gguf !== null) return 'llama-cpp';
  return providerId === 'mock' ? 'simulated' : 'vllm';
}
