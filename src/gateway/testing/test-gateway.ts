import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Registry } from 'prom-client';
import { readConfig } from '#config/config.ts';
import { fixedSettings } from '#config/settings.ts';
import { type RequestRecord, requestRecordSchema } from '#contracts/requests.ts';
import { tunnelAddressOf } from '#contracts/tunnel.ts';
import { type UsageRecord, usageRecordSchema } from '#contracts/usage.ts';
import { dataTokenOf } from '#instances/worker-tokens.ts';
import type { InstanceId, ModelId, OrgId, UserId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { hashToken, mintToken } from '#kernel/token.ts';
import { type Limits, NO_LIMITS } from '#routing/limits/limits.ts';
import type { MarketRows } from '#routing/market.ts';
import { type RoutingFigures, routingFigures } from '#routing/routing-figures.ts';
import type {
  AwaitedModel,
  ServingWorker,
  SnapshotKey,
  SnapshotRows,
  TunnelWorker,
  UnactivatedModel,
} from '#routing/snapshot.ts';
import { keepSnapshot } from '#routing/snapshot-keeper.ts';
import { keyOf } from '#routing/testing.ts';
import { admissionFigures } from '../admission/admission-figures.ts';
import type { KeySpending } from '../admission/budgets.ts';
import type { Storage } from '../batches/storage.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.ts';
import type { GatewayLimits } from '../gateway-context.ts';
import { TunnelHub, type TunnelHubOptions } from '../tunnel/tunnel-hub.ts';
import type { UpstreamKind } from '../upstream.ts';

export const ORG = 'org_00000000000000000000000001' as OrgId;
export const OTHER_ORG = 'org_00000000000000000000000002' as OrgId;
export const USER = 'user_00000000000000000000000001' as UserId;
export const MODEL = { id: 'model_00000000000000000000000001' as ModelId, hfId: 'org/m' };
export const AWAITED = { id: 'model_00000000000000000000000002' as ModelId, hfId: 'org/awaited' };
export const WEB_BEARER_KEY = new Secret('web-bearer-key');
const DATA_PLANE_KEY = new Secret('data-plane-key');

export interface TestGateway {
  readonly url: string;
  readonly port: number;
  readonly key: string;
  readonly otherKey: string;
  readonly expiredKey: string;
  readonly ledger: UsageRecord[];
  /** The log of requests, those that were refused included. */
  readonly requests: RequestRecord[];
  readonly dataDir: string;
  readonly gateway: Gateway;
  readonly registry: Registry;
  /** Throws when it was not asked for. */
  readonly tunnels: TunnelHub;
  /** Who may dial in from now on. */
  allow(tunnels: readonly TunnelWorker[]): Promise<void>;
  /** An agent serves this model too from now on, as an instance that has just become ready, or is silent for so long. */
  serve(
    model: { readonly id: ModelId; readonly hfId: string },
    agent: TestWorker,
    silentMs?: number,
  ): Promise<void>;
  /** The ledger's record of a request, when it is there. */
  usageOf(requestId: string): Promise<UsageRecord>;
  restart(): Promise<TestGateway>;
  /** The snapshot is read again, and is there. */
  reread(): Promise<void>;
}

/** The data port of an agent; `token` is what the gateway will present there. */
export interface TestWorker {
  readonly port: number;
  token: string | undefined;
  /** It dials in instead of listening; what it presents then. */
  readonly tunnel?: TunnelWorker;
}

export interface TestGatewayOptions {
  /** Of the first key. */
  readonly key?: Partial<SnapshotKey>;
  readonly awaited?: Partial<AwaitedModel>;
  /** First values of settings. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Limits of the first organisation. */
  readonly organisation?: Partial<Limits>;
  readonly limits?: Partial<GatewayLimits>;
  readonly edge?: Partial<GatewayOptions['edge']>;
  readonly figures?: Partial<GatewayOptions['edge']['figures']>;
  readonly upstream?: UpstreamKind;
  readonly connectMs?: number;
  /** The first key itself. */
  readonly token?: string;
  readonly routing?: Partial<RoutingFigures>;
  readonly dataDir?: string;
  /** Workers behind NAT may dial in, there. */
  readonly tunnels?: Partial<TunnelHubOptions>;
  /** Files and batches, which need a database. */
  readonly storage?: Storage;
  /** What organisations offer each other; asked at each reading of the snapshot. */
  readonly market?: () => MarketRows | Promise<MarketRows>;
  /** A ledger beside the one in memory. */
  readonly recordUsage?: (records: readonly UsageRecord[]) => Promise<unknown>;
  readonly unactivated?: readonly UnactivatedModel[];
  readonly readSpending?: () => Promise<KeySpending>;
}

const env = systemEnv(SILENT_LOG);

/** A gateway of its own in front of these agents, with keys of two organisations and a ledger in memory. */
export async function startTestGateway(
  t: TestContext,
  agents: readonly TestWorker[],
  options: TestGatewayOptions = {},
): Promise<TestGateway> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'gateway-'));
  const [ownKey, otherKey, expiredKey] = ['00000001', '00000002', '00000003'].map((id) =>
    mintToken(env.random, 'key', id).reveal(),
  ) as [string, string, string];
  const key = options.token ?? ownKey;
  let rows: SnapshotRows = {
    keys: [
      keyOf({ id: 'key_a', orgId: ORG, userId: USER, tokenHash: hashToken(key), ...options.key }),
      keyOf({ id: 'key_b', orgId: OTHER_ORG, userId: USER, tokenHash: hashToken(otherKey) }),
      keyOf({
        id: 'key_c',
        orgId: ORG,
        userId: USER,
        tokenHash: hashToken(expiredKey),
        expiresAtMs: env.clock.now() - 1,
      }),
    ],
    organisations: options.organisation ? [{ orgId: ORG, ...NO_LIMITS, ...options.organisation }] : [],
    models: [MODEL, AWAITED],
    workers: agents.map(workerOf),
    awaited: [{ orgId: ORG, modelId: AWAITED.id, readyInMs: null, isStarting: false, ...options.awaited }],
    unactivated: options.unactivated ?? [],
    tunnels: agents.flatMap(({ tunnel }) => tunnel ?? []),
  };
  const tunnels =
    options.tunnels && new TunnelHub(env, { host: '127.0.0.1', port: 0, tls: undefined, ...options.tunnels });
  const snapshot = await keepSnapshot(
    env,
    {
      read: async () => (options.market ? { ...rows, market: await options.market() } : rows),
      onChange: async () => ({ stop: async () => {} }),
    },
    { workerSilentMs: 9_000, ...(tunnels ? { hasTunnel: (id) => tunnels.isOpen(id) } : {}) },
  );
  await tunnels?.follow(snapshot);
  const ledger: UsageRecord[] = [];
  const requests: RequestRecord[] = [];
  const registry = new Registry();
  const gateway = await startGateway(env, {
    place: { host: '127.0.0.1', port: 0 },
    dataDir,
    limits: {
      bodyBytesMax: 100_000,
      requestsMax: 1_000,
      firstByteMs: 5_000,
      idleMs: 5_000,
      drainMs: 5_000,
      requestLogMax: 1_000,
      ...options.limits,
    },
    edge: {
      kind: 'fast',
      ...options.edge,
      figures: {
        headMs: 10_000,
        bodyMs: 10_000,
        keepAliveMs: 60_000,
        connectionsMax: 10_000,
        ...options.figures,
      },
    },
    upstream: { kind: options.upstream ?? 'fast', figures: { connectMs: options.connectMs ?? 2_000 } },
    routing: { ...routingFigures(fixedSettings(readConfig(options.settings ?? {}))), ...options.routing },
    admission: admissionFigures(fixedSettings(readConfig(options.settings ?? {}))),
    journalSegmentBytes: 1_000_000,
    webBearerKey: WEB_BEARER_KEY,
    dataPlaneKey: DATA_PLANE_KEY,
    snapshot,
    tunnels,
    registry,
    places: {
      recordUsage: async (rows) => {
        const known = new Set(ledger.map((record) => record.request_id));
        const records = rows.map((row) => usageRecordSchema.parse(JSON.parse(row)));
        await options.recordUsage?.(records);
        ledger.push(...records.filter((record) => !known.has(record.request_id)));
      },
      recordRequests: async (rows) => {
        requests.push(...rows.map(toRequest));
      },
    },
    touchApiKeys: async () => {},
    ...(options.storage ? { storage: options.storage } : {}),
    ...(options.readSpending ? { readSpending: options.readSpending } : {}),
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await gateway.stop();
    await tunnels?.close();
    await snapshot.stop();
  };
  t.after(async () => {
    await stop();
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    port: gateway.port,
    key,
    otherKey,
    expiredKey,
    ledger,
    requests,
    dataDir,
    gateway,
    registry,
    get tunnels() {
      if (!tunnels) throw new Error('this gateway takes no tunnels');
      return tunnels;
    },
    async allow(allowed) {
      rows = { ...rows, tunnels: allowed };
      await snapshot.reread(20_000);
    },
    usageOf: (requestId) => eventually(() => ledger.find((record) => record.request_id === requestId)),
    serve(model, agent, silentMs = 0) {
      const worker = {
        ...workerOf(agent, rows.workers.length),
        modelId: model.id,
        hfId: model.hfId,
        silentMs,
      };
      rows = { ...rows, workers: [...rows.workers, worker] };
      return snapshot.reread(20_000);
    },
    reread: () => snapshot.reread(20_000),
    async restart() {
      await stop();
      return startTestGateway(t, agents, { ...options, dataDir });
    },
  };
}

/** As the log of requests takes a row, whichever of its two kinds it is. */
function toRequest(row: string): RequestRecord {
  const record = JSON.parse(row) as Partial<UsageRecord & RequestRecord>;
  // Machines of other organisations are theirs to know.
  const instanceId = record.terms ? null : record.instance_id;
  const status = record.status ?? record.http_status ?? 499;
  return requestRecordSchema.parse({ ...record, instance_id: instanceId, status });
}

function workerOf(agent: TestWorker, index: number): ServingWorker {
  const instanceId = `inst_0000000000000000000000000${index + 1}` as InstanceId;
  agent.token = dataTokenOf(DATA_PLANE_KEY, instanceId, 1).reveal();
  return {
    instanceId,
    orgId: ORG,
    modelId: MODEL.id,
    hfId: MODEL.hfId,
    address: agent.tunnel ? tunnelAddressOf(instanceId) : '127.0.0.1',
    dataPort: agent.port,
    epoch: 1,
    silentMs: 0,
  };
}

/** Until the figure has not changed for a second. */
export async function atRest(read: () => number): Promise<void> {
  let [seen, sinceMs] = [read(), env.clock.monotonic()];
  while (env.clock.monotonic() - sinceMs < 1_000) {
    await env.sleep(20);
    if (read() !== seen) [seen, sinceMs] = [read(), env.clock.monotonic()];
  }
}

export async function eventually<T>(find: () => T | undefined | false, withinMs = 20_000): Promise<T> {
  for (const end = env.clock.monotonic() + withinMs; ; ) {
    const found = find();
    if (found) return found;
    if (env.clock.monotonic() > end) throw new Error('it did not happen in time');
    await env.sleep(5);
  }
}

/** The key with another last character, so that it is nobody's. */
export function misspelt(key: string): string {
  return key.slice(0, -1) + (key.endsWith('x') ? 'y' : 'x');
}
