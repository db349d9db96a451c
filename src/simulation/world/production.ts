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
import { confirmSweep } from '#instances/commands/confirm-sweep.ts';
import { deleteVolume } from '#instances/commands/delete-volume.ts';
import { drainInstance, resumeInstance } from '#instances/commands/drain-instance.ts';
import { keepVolume } from '#instances/commands/keep-volume.ts';
import { provisionInstance } from '#instances/commands/provision-instance.ts';
import { reconcileUnfinished } from '#instances/commands/reconcile-unfinished.ts';
import { recordHeartbeat } from '#instances/commands/record-heartbeat.ts';
import { registerWorker } from '#instances/commands/register-worker.ts';
import { reinstallInstance } from '#instances/commands/reinstall-instance.ts';
import { retryInstance } from '#instances/commands/retry-instance.ts';
import { terminateInstance } from '#instances/commands/terminate-instance.ts';
import { EvictionWatch } from '#instances/eviction-watch.ts';
import { INSTANCE_SCHEDULES, instanceHandlers } from '#instances/jobs/instance-handlers.ts';
import { KEEP_ALIVE } from '#instances/jobs/keep-alive.ts';
import { RENEW_EXPIRY } from '#instances/jobs/renew-expiry.ts';
import { SWEEP_PROVIDER } from '#instances/jobs/sweep-provider.ts';
import { findWorkerByToken, listServingInstances } from '#instances/queries.ts';
import { reconcileSettings } from '#instances/reconcile-settings.ts';
import type { WorkerLink } from '#instances/worker-link.ts';
import { enqueue } from '#jobs/jobs.ts';
import { type Runner, startRunner } from '#jobs/runner.ts';
import { runnerFigures } from '#jobs/runner-settings.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import {
  type InstanceId,
  type InstanceTypeId,
  type ModelId,
  newId,
  type OrgId,
  type VolumeId,
} from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { Secret } from '#kernel/secret.ts';
import type { ProviderDirectory } from '#providers/directory.ts';
import { Snapshot } from '#routing/snapshot.ts';

const KEYS = { control: new Secret('control-key'), dataPlane: new Secret('data-plane-key') };
export const AGENT = { version: '0.1.0', build_date: '2026-01-01', sha256: 'a'.repeat(64) };

const AGENT_FILES = { workerUrl: 'http://control/worker.mjs', workerSha256: AGENT.sha256 };
/** Rarely enough that most statements of a history are about machines. */
const EVICTION_TICK_MS = 20_000;
const KEEP_ALIVE_MS = 20_000;

/** Longer than in production, so that a simulated hour takes fewer statements; their proportions are the same. */
const FIGURES = {
  JOB_LEASE_MS: 20_000,
  JOB_POLL_MS: 20_000,
  JOB_RETRY_FIRST_MS: 1_000,
  HEARTBEAT_INTERVAL_MS: 20_000,
  WORKER_SILENT_MS: 45_000,
  WORKER_DEAD_MS: 180_000,
  HEARTBEAT_FRESH_MS: 50_000,
  SILENCE_LOOK_MS: 20_000,
  WATCH_INTERVAL_MS: 300_000,
  EVICTION_RESTART_GRACE_MS: 120_000,
  PROVIDER_POLL_MS: 4_000,
  PROVIDER_TIMEOUT_MS: 30_000,
  BOOT_DEADLINE_MS: 240_000,
  INSTALL_DEADLINE_MS: 300_000,
  START_DEADLINE_MS: 400_000,
  PROVISION_DEADLINE_MS: 600_000,
  ALARM_AFTER_MS: 900_000,
  SWEEP_INTERVAL_MS: 1_200_000,
  SWEEP_GRACE_MS: 180_000,
  EXPIRY_HOURS: 1,
};

export function simulatedSettings(): Settings {
  const config = readConfig({});
  return fixedSettings({ values: { ...config.values, ...FIGURES } });
}

/** Jobs that are always there. */
export const LASTING_JOBS: readonly string[] = [...INSTANCE_SCHEDULES, SWEEP_PROVIDER, RENEW_EXPIRY];

export interface ControlPlane {
  readonly settings: Settings;
  readonly installationId: string;
  readonly directory: ProviderDirectory;
  readonly link: WorkerLink;
  /** Whether everything at the providers is compared with everything known, again and again. */
  readonly hasSweep: boolean;
}

/** As `bin/orchestrator.ts` starts: first whatever is unfinished, then the runner. */
export async function bootOrchestrator(env: Env, db: Database, plane: ControlPlane): Promise<Runner> {
  const { settings, installationId, directory, link, hasSweep } = plane;
  const evictions = new EvictionWatch({ env, db, settings, tickMs: EVICTION_TICK_MS });
  await evictions.start();
  // Without its signs of life no sweep is ever asked for.
  for (const kind of INSTANCE_SCHEDULES.filter((one) => hasSweep || one !== KEEP_ALIVE)) {
    const job = { kind, subjectId: 'all', correlationId: newId(env, 'correlation') };
    await db.transaction((tx) => enqueue(tx, job));
  }
  await reconcileUnfinished(db);
  const runner = await startRunner(env, db, {
    figures: runnerFigures(settings),
    handlers: instanceHandlers({
      env,
      db,
      settings,
      providers: directory,
      link,
      controlKey: KEYS.control,
      installationId,
      renderUserData: ({ bootstrapToken }) => bootstrapToken.reveal(),
      expectedAgent: AGENT,
      agentFiles: AGENT_FILES,
      freeze: () => evictions.current(),
      settingsOf: (providerId) => reconcileSettings(settings, providerId),
      keepAliveMs: KEEP_ALIVE_MS,
    }),
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
  /** Ordered instead when the first cannot be had. */
  readonly fallbacks: readonly Pick<Wish, 'zone' | 'instanceTypeId' | 'nanosPerHour'>[];
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

  provision({ tenant, nanosPerHour, fallbacks, ...wish }: Wish): Promise<InstanceId> {
    const order = {
      ...wish,
      fallbacks: fallbacks.map((one) => ({
        zone: one.zone,
        instanceTypeId: one.instanceTypeId,
        price: { nanosPerHour: one.nanosPerHour, currency: 'EUR' },
      })),
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

  drain(scope: OrgScope, id: InstanceId): Promise<void> {
    return this.#db.transaction((tx) => drainInstance(this.#env, tx, scope, id, this.#actor()));
  }

  resume(scope: OrgScope, id: InstanceId): Promise<void> {
    return this.#db.transaction((tx) => resumeInstance(this.#env, tx, scope, id, this.#actor()));
  }

  reinstall(scope: OrgScope, id: InstanceId): Promise<void> {
    return this.#db.transaction((tx) => reinstallInstance(this.#env, tx, scope, id, this.#actor()));
  }

  retry(scope: OrgScope, id: InstanceId): Promise<void> {
    return this.#db.transaction((tx) => retryInstance(this.#env, tx, scope, id, this.#actor()));
  }

  keepVolume(scope: OrgScope, instanceId: InstanceId, volumeId: VolumeId): Promise<void> {
    const wish = { instanceId, volumeId, keep: true };
    return this.#db.transaction((tx) => keepVolume(this.#env, tx, scope, wish, this.#actor()));
  }

  deleteVolume(scope: OrgScope, id: VolumeId): Promise<void> {
    return this.#db.transaction((tx) => deleteVolume(this.#env, tx, scope, id, this.#actor()));
  }

  confirmSweep(roundId: string): Promise<unknown> {
    return this.#db.transaction((tx) => confirmSweep(this.#env, tx, roundId, this.#actor()));
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
      tunnels: null,
    };
  }

  #actor() {
    return { actor: 'simulated-person', correlationId: newId(this.#env, 'correlation') };
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
