/** One organisation, one catalogue and the means to live through the life of a machine. For tests only. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import type { InstanceState } from '#contracts/instances.ts';
import type { HeartbeatRequest, RegisterResponse, WorkerStatus } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import { withTestDatabase } from '#database/testing.ts';
import { type JobOutcome, type Lease, LeaseLostError } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type InstanceId, type InstanceTypeId, type ModelId, newId, type OrgId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { Secret } from '#kernel/secret.ts';
import { fixedDirectory } from '#providers/directory.ts';
import { provisionInstance } from '../commands/provision-instance.ts';
import { recordHeartbeat } from '../commands/record-heartbeat.ts';
import { registerWorker } from '../commands/register-worker.ts';
import { terminateInstance } from '../commands/terminate-instance.ts';
import type { FreezeCause } from '../eviction-freeze.ts';
import { reconcileInstanceHandler } from '../jobs/reconcile-instance.ts';
import { findWorkerByToken } from '../queries.ts';
import type { ReconcileDeps, ReconcileSettings } from '../reconcile/run.ts';
import { type RunningSampleSink, startSampleSink } from '../series/sample-sink.ts';
import type { NewOffer } from '../store/offers.ts';
import { loadRecord } from '../store/records.ts';
import type {
  DrainOutcome,
  HealthAnswer,
  ReinstallOrder,
  ReinstallOutcome,
  WorkerLink,
} from '../worker-link.ts';
import { FakeProvider } from './fake-provider.ts';

export const KEYS = { control: new Secret('control-key'), dataPlane: new Secret('data-plane-key') };
/** The defaults of every setting. */
export const SETTINGS = fixedSettings(readConfig({}));
export const AGENT = { version: '0.1.0', build_date: '2026-11-01', sha256: 'a'.repeat(64) };

export const QUICK: ReconcileSettings = {
  pollMs: 2,
  watchMs: 60,
  provisionDeadlineMs: 60_000,
  bootDeadlineMs: 60_000,
  installDeadlineMs: 60_000,
  startDeadlineMs: 60_000,
  drainDeadlineMs: 60_000,
  drainUnreachableMs: 50,
  workerSilentMs: 60_000,
  workerDeadMs: 120_000,
  heartbeatFreshMs: 60_000,
  absenceWindowMs: 40,
  // Long enough that a busy machine does not mistake its own slowness for an unanswered call.
  providerTimeoutMs: 400,
  bootstrapTtlMs: 60_000,
  healthTimeoutMs: 1_000,
  offerRetryMs: 600_000,
  expiryHours: 72,
  attemptsMax: 100,
  alarmAfterMs: 60_000,
  healthCacheMs: 10,
  healthRetryMaxMs: 5,
  healthBreakerFailures: 5,
  healthBreakerOpenMs: 60,
  reinstallDeadlineMs: 60_000,
  autoReinstall: false,
  reinstallsMax: 3,
  serverRestartsMax: 3,
};

export class FakeLink implements WorkerLink {
  health: HealthAnswer = { verdict: 'confirmed', info: AGENT };
  drain: DrainOutcome = { inFlight: 0 };
  drains = 0;

  async checkHealth(): Promise<HealthAnswer> {
    return this.health;
  }

  async orderDrain(): Promise<DrainOutcome> {
    this.drains += 1;
    return this.drain;
  }

  reinstall: ReinstallOutcome = { outcome: 'accepted' };
  readonly reinstalls: ReinstallOrder[] = [];

  async orderReinstall(_call: unknown, order: ReinstallOrder): Promise<ReinstallOutcome> {
    this.reinstalls.push(order);
    return this.reinstall;
  }

  async close(): Promise<void> {}
}

/** Thrown at a crash point: the run ends there, and nothing of it goes on. */
export class Crash extends Error {}

export interface Bench {
  readonly db: Database;
  readonly env: Env;
  readonly scope: OrgScope;
  readonly by: Actor;
  readonly provider: FakeProvider;
  readonly link: FakeLink;
  readonly typeId: InstanceTypeId;
  readonly modelId: ModelId;
  /** Called at every crash point; may throw. */
  atCrashPoint: (name: string) => void;
  settings: ReconcileSettings;
  freeze?: FreezeCause | undefined;
  readonly samples: RunningSampleSink;
}

export async function openBench(t: TestContext): Promise<Bench> {
  const { db, env: system } = await withTestDatabase(t);
  const bench: Bench = {
    db,
    env: { ...system, crashPoint: async (name) => bench.atCrashPoint(name) },
    scope: { orgId: newId(system, 'organisation') as OrgId },
    by: { actor: 'user:test', correlationId: newId(system, 'correlation') },
    provider: new FakeProvider(() => system.clock.now()),
    link: new FakeLink(),
    typeId: newId(system, 'instanceType'),
    modelId: newId(system, 'model'),
    atCrashPoint: () => undefined,
    settings: QUICK,
    samples: testSink(t, system, db),
  };
  await seed(bench);
  return bench;
}

/** A sink that writes when it is told to, and at its end. */
export function testSink(t: TestContext, env: Env, db: Database): RunningSampleSink {
  const sink = startSampleSink(env, db, { settings: SETTINGS });
  t.after(() => sink.stop());
  return sink;
}

export async function seed({ db, scope, typeId, modelId }: Bench): Promise<void> {
  await db.query(
    `insert into organisations (id, slug, name, created_at) values ($1, 'main', 'Main', app_now())
     on conflict do nothing`,
    [scope.orgId],
  );
  await insertOrderer(db, scope);
  await db.query(`insert into providers (id, name) values ('mock', 'Mock')`);
  await db.query(
    `insert into instance_types (id, provider_id, code, gpu_count, gpu_kind, vram_bytes_per_gpu, vcpus,
       memory_bytes, arch) values ($1, 'mock', 'MOCK-L4-1', 1, 'L4', 24e9, 8, 48e9, 'x86_64')`,
    [typeId],
  );
  await db.query(
    `insert into models (id, hf_id, name, weights_bytes, context_length)
     values ($1, 'org/model', 'Model', 16e9, 8192)`,
    [modelId],
  );
}

/** `user:test`, an owner, by whose orders machines are activated at once. */
async function insertOrderer(db: Database, { orgId }: OrgScope): Promise<void> {
  await db.query(
    `insert into users (id, username, email, password_hash, created_at)
     values ('test', 'test', 'test@example.test', 'none', app_now()) on conflict do nothing`,
  );
  await db.query(
    `insert into memberships (org_id, user_id, role, created_at) values ($1, 'test', 'owner', app_now())
     on conflict do nothing`,
    [orgId],
  );
}

export async function order(
  bench: Bench,
  name = 'demo-1',
  fallbacks: readonly NewOffer[] = [],
): Promise<InstanceId> {
  const { env, scope, by, modelId, typeId } = bench;
  return bench.db.transaction((tx) =>
    provisionInstance(
      env,
      tx,
      scope,
      {
        deploymentId: null,
        name,
        modelId,
        providerId: 'mock',
        zone: 'mock-a',
        instanceTypeId: typeId,
        engine: 'simulated',
        price: { nanosPerHour: 750_000_000, currency: 'EUR' },
        fallbacks,
      },
      by,
    ),
  );
}

export async function terminate(bench: Bench, id: InstanceId): Promise<void> {
  await bench.db.transaction((tx) => terminateInstance(bench.env, tx, bench.scope, id, bench.by));
}

export function depsOf(bench: Bench): ReconcileDeps {
  return {
    env: bench.env,
    db: bench.db,
    providers: fixedDirectory([bench.provider]),
    link: bench.link,
    controlKey: KEYS.control,
    installationId: 'ins_test',
    renderUserData: ({ bootstrapToken }) => `token=${bootstrapToken.reveal()}`,
    expectedAgent: AGENT,
    agentFiles: { workerUrl: 'http://127.0.0.1/worker.mjs', workerSha256: AGENT.sha256 },
    freeze: async () => bench.freeze,
    settingsOf: () => bench.settings,
  };
}

export function leaseOf(bench: Bench, id: InstanceId, options: { isLost?: () => boolean } = {}): Lease {
  return {
    kind: 'reconcile-instance',
    subjectId: id,
    orgId: bench.scope.orgId,
    correlationId: bench.by.correlationId,
    attempts: 1,
    signal: new AbortController().signal,
    apply: (work) => {
      if (options.isLost?.()) return Promise.reject(new LeaseLostError(id));
      return bench.db.transaction(work);
    },
  };
}

/** One run of the job. */
export async function reconcile(
  bench: Bench,
  id: InstanceId,
  lease = leaseOf(bench, id),
): Promise<JobOutcome> {
  return reconcileInstanceHandler(depsOf(bench)).run(lease);
}

export async function stateOf(bench: Bench, id: InstanceId): Promise<InstanceState> {
  return (await recordOf(bench, id)).instance.state;
}

export async function recordOf(bench: Bench, id: InstanceId) {
  const record = await loadRecord(bench.db, bench.scope, id);
  assert.ok(record);
  return record;
}

/** Runs the job as a runner would, through failures and crashes, until the state is reached. */
export async function driveTo(bench: Bench, id: InstanceId, wanted: InstanceState): Promise<void> {
  let last = '';
  for (let round = 0; round < 400; round++) {
    if ((await stateOf(bench, id)) === wanted) return;
    try {
      const outcome = await reconcile(bench, id);
      last = JSON.stringify(outcome);
      if ('againInMs' in outcome) await bench.env.sleep(Math.min(outcome.againInMs, 10));
    } catch (error) {
      last = messageOf(error);
      if (!(error instanceof Crash)) await bench.env.sleep(2);
    }
  }
  const state = await stateOf(bench, id);
  assert.fail(`${id} stays in ${state} instead of ${wanted}: ${last}, ${bench.provider.calls.slice(-8)}`);
}

/** What the machine does with its user data. */
export async function registerFrom(
  bench: Bench,
  userData: string,
  nonce = 'f'.repeat(32),
): Promise<RegisterResponse> {
  const deps = { env: bench.env, db: bench.db, keys: KEYS, settings: SETTINGS };
  return registerWorker(deps, {
    bootstrap_token: userData.slice('token='.length),
    nonce,
    agent: AGENT,
    machine: { hostname: 'm', cpus: 8, memory_bytes: 48e9, gpus: [] },
  });
}

export async function registerLatest(bench: Bench): Promise<RegisterResponse> {
  const server = bench.provider.living.at(-1);
  assert.ok(server);
  return registerFrom(bench, server.userData);
}

let seq = 0;

export function beatOf(
  worker: RegisterResponse,
  status: WorkerStatus,
  change: Partial<HeartbeatRequest> = {},
): HeartbeatRequest {
  return {
    instance_id: worker.instance_id,
    epoch: worker.epoch,
    seq: seq++,
    status,
    engine_http: ['loading', 'warming', 'ready', 'draining'].includes(status),
    model: 'org/model',
    model_bytes_loaded: null,
    model_bytes_total: null,
    error: null,
    engine_restarts: 0,
    in_flight: 0,
    agent: AGENT,
    sample: {
      cpu_ratio: 0.5,
      memory_used_bytes: 1e9,
      memory_total_bytes: 48e9,
      disk_used_bytes: null,
      disk_total_bytes: null,
      network_rx_bytes: null,
      network_tx_bytes: null,
      requests_running: 0,
      requests_waiting: 0,
      tokens_per_second: 0,
      kv_cache_ratio: 0,
      kv_cache_tokens: 400_000,
      gpus: [],
    },
    ...change,
  };
}

export async function beat(
  bench: Bench,
  worker: RegisterResponse,
  status: WorkerStatus,
  change: Partial<HeartbeatRequest> = {},
) {
  const identity = await findWorkerByToken(bench.db, worker.worker_token);
  assert.ok(identity, 'the worker token is known');
  const { env, db, samples } = bench;
  const deps = { env, db, samples, workerSilentMs: bench.settings.workerSilentMs };
  return recordHeartbeat(deps, identity, beatOf(worker, status, change));
}

/** From the order to `ready`. */
export async function driveToReady(bench: Bench, id: InstanceId): Promise<RegisterResponse> {
  await driveTo(bench, id, 'installing');
  const worker = await registerLatest(bench);
  await driveTo(bench, id, 'starting');
  await beat(bench, worker, 'ready');
  await driveTo(bench, id, 'ready');
  return worker;
}

/** From the order to nothing left. */
export async function liveThrough(bench: Bench, id: InstanceId): Promise<void> {
  await driveToReady(bench, id);
  assert.equal(bench.provider.living.length, 1, 'one server while it is ready');
  await terminate(bench, id);
  await driveTo(bench, id, 'terminated');
}

/** The books of this machine against the provider's. */
export async function assertBooksMatch(bench: Bench, id: InstanceId): Promise<void> {
  const events = await bench.db.query<{ ref: string; edge: string; ms: number }>(
    `select resource_ref as ref, edge, (extract(epoch from at) * 1000)::double precision as ms
     from cost_events where instance_id = $1 order by ref, edge`,
    [id],
  );
  const expected = bench.provider
    .billOf(id)
    .flatMap(({ ref, fromMs, toMs }) => [
      { ref, edge: 'start', ms: fromMs },
      { ref, edge: 'stop', ms: toMs ?? Number.NaN },
    ])
    .sort((a, b) => (a.ref + a.edge < b.ref + b.edge ? -1 : 1));
  assert.deepEqual(events, expected);
}

/** Every instance's history, replayed, gives its state; versions have no gap; each step is a legal edge. */
export async function assertHistoriesReplay(bench: Bench): Promise<void> {
  const rows = await bench.db.query<{
    id: string;
    state: string;
    state_version: number;
    path: { from: string | null; to: string; version: number }[];
  }>(
    `select i.id, i.state, i.state_version, json_agg(json_build_object(
        'from', h.from_state, 'to', h.to_state, 'version', h.version) order by h.version) as path
     from instances i join instance_state_history h on h.instance_id = i.id group by i.id, i.state, i.state_version`,
  );
  for (const row of rows) {
    let state: string | null = null;
    for (const [index, step] of row.path.entries()) {
      assert.equal(step.version, index + 1);
      assert.equal(step.from, state);
      state = step.to;
    }
    assert.equal(state, row.state);
    assert.equal(row.path.length, row.state_version);
  }
}
