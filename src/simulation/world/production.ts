/**
 * Where the simulated world meets the code of the processes: what `bin/` wires for real processes is wired here for
 * simulated ones. Nothing else in this folder calls commands, jobs or queries.
 */

import { readConfig } from '#config/config.ts';
import { fixedSettings, type Settings } from '#config/settings.ts';
import type {
  HeartbeatRequest,
  HeartbeatResponse,
  RegisterRequest,
  RegisterResponse,
} from '#contracts/worker.ts';
import type { Database, Queryable } from '#database/database.ts';
import { settleCostsHandler } from '#finops/jobs/settle-costs.ts';
import { archiveInstance } from '#instances/commands/archive-instance.ts';
import { provisionInstance } from '#instances/commands/provision-instance.ts';
import { reconcileUnfinished } from '#instances/commands/reconcile-unfinished.ts';
import { recordHeartbeat } from '#instances/commands/record-heartbeat.ts';
import { registerWorker } from '#instances/commands/register-worker.ts';
import { terminateInstance } from '#instances/commands/terminate-instance.ts';
import { EvictionWatch } from '#instances/eviction-watch.ts';
import { reconcileInstanceHandler } from '#instances/jobs/reconcile-instance.ts';
import { findWorkerByToken, listServingInstances } from '#instances/queries.ts';
import { reconcileSettings } from '#instances/reconcile-settings.ts';
import type { WorkerLink } from '#instances/worker-link.ts';
import { type Runner, startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { type InstanceId, type InstanceTypeId, type ModelId, newId, type OrgId } from '#kernel/ids.ts';
import { Secret } from '#kernel/secret.ts';
import type { ProviderDirectory } from '#providers/directory.ts';
import { Snapshot } from '#routing/snapshot.ts';

const KEYS = { control: new Secret('control-key'), dataPlane: new Secret('data-plane-key') };
export const AGENT = { version: '0.1.0', build_date: '2026-01-01', sha256: 'a'.repeat(64) };

const AGENT_FILES = { workerUrl: 'http://control/worker.mjs', workerSha256: AGENT.sha256 };
/** Rarely enough that most statements of a history are about machines. */
const EVICTION_TICK_MS = 20_000;

/** Longer than in production, so that a simulated hour takes fewer statements; their proportions are the same. */
const FIGURES = {
  JOB_LEASE_MS: 20_000,
  JOB_POLL_MS: 20_000,
  JOB_RETRY_FIRST_MS: 1_000,
  HEARTBEAT_INTERVAL_MS: 20_000,
  WORKER_SILENT_MS: 45_000,
  WORKER_DEAD_MS: 180_000,
  HEARTBEAT_FRESH_MS: 50_000,
  WATCH_INTERVAL_MS: 75_000,
  PROVIDER_POLL_MS: 4_000,
  PROVIDER_TIMEOUT_MS: 30_000,
  BOOT_DEADLINE_MS: 240_000,
  INSTALL_DEADLINE_MS: 300_000,
  START_DEADLINE_MS: 400_000,
  PROVISION_DEADLINE_MS: 600_000,
  ALARM_AFTER_MS: 900_000,
};

export function simulatedSettings(): Settings {
  const config = readConfig({});
  return fixedSettings({ values: { ...config.values, ...FIGURES } });
}

export interface ControlPlane {
  readonly settings: Settings;
  readonly installationId: string;
  readonly directory: ProviderDirectory;
  readonly link: WorkerLink;
}

/** As `bin/orchestrator.ts` starts: first whatever is unfinished, then the runner. */
export async function bootOrchestrator(env: Env, db: Database, plane: ControlPlane): Promise<Runner> {
  const { settings, installationId, directory, link } = plane;
  await reconcileUnfinished(db);
  const evictions = new EvictionWatch({ env, db, settings, tickMs: EVICTION_TICK_MS });
  await evictions.start();
  const runner = await startRunner(env, db, {
    figures: runnerFigures(settings),
    handlers: [
      reconcileInstanceHandler({
        env,
        db,
        providers: directory,
        link,
        controlKey: KEYS.control,
        installationId,
        renderUserData: ({ bootstrapToken }) => bootstrapToken.reveal(),
        expectedAgent: AGENT,
        agentFiles: AGENT_FILES,
        freeze: () => evictions.current(),
        settingsOf: (providerId) => reconcileSettings(settings, providerId),
      }),
    ],
  });
  return {
    async stop() {
      await runner.stop();
      await evictions.stop();
    },
  };
}

/** As `bin/finops.ts` starts. */
export function bootFinops(env: Env, db: Database, plane: ControlPlane): Promise<Runner> {
  return startRunner(env, db, {
    figures: runnerFigures(plane.settings),
    handlers: [settleCostsHandler(env, db, () => undefined)],
  });
}

/** Who rents, and what. */
export interface Tenant {
  readonly orgId: OrgId;
  readonly modelId: ModelId;
}

export interface Wish {
  readonly tenant: Tenant;
  readonly name: string;
  readonly providerId: string;
  readonly zone: string;
  readonly instanceTypeId: InstanceTypeId;
  readonly nanosPerHour: number;
}

/** What people and agents can ask of the api. */
export class Api {
  readonly #env: Env;
  readonly #db: Database;
  readonly #settings: Settings;

  constructor(env: Env, db: Database, settings: Settings) {
    this.#env = env;
    this.#db = db;
    this.#settings = settings;
  }

  provision({ tenant, nanosPerHour, ...wish }: Wish): Promise<InstanceId> {
    const order = {
      ...wish,
      deploymentId: null,
      modelId: tenant.modelId,
      engine: 'simulated' as const,
      price: { nanosPerHour, currency: 'EUR' },
    };
    return this.#db.transaction((tx) => provisionInstance(this.#env, tx, tenant, order, this.#actor()));
  }

  terminate(scope: { readonly orgId: OrgId }, id: InstanceId): Promise<void> {
    return this.#db.transaction((tx) => terminateInstance(this.#env, tx, scope, id, this.#actor()));
  }

  archive(scope: { readonly orgId: OrgId }, id: InstanceId): Promise<void> {
    return this.#db.transaction((tx) => archiveInstance(this.#env, tx, scope, id, this.#actor()));
  }

  register(request: RegisterRequest): Promise<RegisterResponse> {
    return registerWorker({ env: this.#env, db: this.#db, keys: KEYS, settings: this.#settings }, request);
  }

  /** @throws worker.bad_token, as the route's policy does */
  async beat(token: string, beat: HeartbeatRequest): Promise<HeartbeatResponse> {
    const worker = await findWorkerByToken(this.#db, token);
    if (!worker) throw new AppError('worker.bad_token');
    const workerSilentMs = this.#settings.get('WORKER_SILENT_MS');
    const told = await recordHeartbeat({ env: this.#env, db: this.#db, workerSilentMs }, worker, beat);
    return {
      ...told,
      heartbeat_interval_ms: this.#settings.get('HEARTBEAT_INTERVAL_MS'),
      dead_man_ms: 0,
      next_token: null,
    };
  }

  #actor() {
    return { actor: 'user:simulated', correlationId: newId(this.#env, 'correlation') };
  }
}

export interface Routed {
  readonly instanceId: string;
  readonly epoch: number;
}

/** Workers to which a gateway that reads now would send requests. */
export async function routedWorkers(db: Queryable, nowMs: number, settings: Settings): Promise<Routed[]> {
  const rows = await listServingInstances(db);
  const workers = rows.map(({ lastSeenAtMs, inFlight: _, ...worker }) => ({
    ...worker,
    modelId: worker.modelId as ModelId,
    silentMs: nowMs - lastSeenAtMs,
  }));
  const unroutedAfterMs = settings.get('WORKER_SILENT_MS');
  const limits = { unroutedAfterMs, unlistedAfterMs: unroutedAfterMs };
  const snapshot = new Snapshot({ keys: [], organisations: [], models: [], workers, awaited: [] }, limits);
  return workers.filter((worker) => snapshot.workersFor(worker.orgId, worker.modelId).includes(worker));
}
