import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Registry } from 'prom-client';
import type { RequestRecord } from '#contracts/requests.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import { dataTokenOf } from '#instances/worker-tokens.ts';
import type { InstanceId, ModelId, OrgId, UserId } from '#kernel/ids.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { hashToken, mintToken } from '#kernel/token.ts';
import type { ServingWorker, SnapshotRows } from '#routing/snapshot.ts';
import { keepSnapshot } from '#routing/snapshot-keeper.ts';
import { type Gateway, startGateway } from '../gateway.ts';
import type { GatewayLimits } from '../gateway-context.ts';

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
  /** The ledger's record of a request, when it is there. */
  usageOf(requestId: string): Promise<UsageRecord>;
  restart(): Promise<TestGateway>;
}

/** The data port of an agent; `token` is what the gateway will present there. */
export interface TestWorker {
  readonly port: number;
  token: string | undefined;
}

export interface TestGatewayOptions {
  readonly limits?: Partial<GatewayLimits>;
  readonly dataDir?: string;
}

const env = systemEnv(SILENT_LOG);

/** A gateway of its own in front of these agents, with keys of two organisations and a ledger in memory. */
export async function startTestGateway(
  t: TestContext,
  agents: readonly TestWorker[],
  options: TestGatewayOptions = {},
): Promise<TestGateway> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'gateway-'));
  const [key, otherKey, expiredKey] = ['00000001', '00000002', '00000003'].map((id) =>
    mintToken(env.random, 'key', id).reveal(),
  ) as [string, string, string];
  const rows: SnapshotRows = {
    keys: [
      { id: 'key_a', orgId: ORG, userId: USER, tokenHash: hashToken(key), expiresAtMs: null },
      { id: 'key_b', orgId: OTHER_ORG, userId: USER, tokenHash: hashToken(otherKey), expiresAtMs: null },
      {
        id: 'key_c',
        orgId: ORG,
        userId: USER,
        tokenHash: hashToken(expiredKey),
        expiresAtMs: env.clock.now() - 1,
      },
    ],
    models: [MODEL, AWAITED],
    workers: agents.map(workerOf),
    awaited: [{ orgId: ORG, modelId: AWAITED.id }],
  };
  const snapshot = await keepSnapshot(
    env,
    { read: async () => rows, onChange: async () => ({ stop: async () => {} }) },
    { workerSilentMs: 9_000 },
  );
  const ledger: UsageRecord[] = [];
  const requests: RequestRecord[] = [];
  const registry = new Registry();
  const gateway = await startGateway(env, {
    host: '127.0.0.1',
    port: 0,
    dataDir,
    limits: {
      bodyBytesMax: 100_000,
      requestsMax: 1_000,
      firstByteMs: 5_000,
      idleMs: 5_000,
      requestLogMax: 1_000,
      ...options.limits,
    },
    journalSegmentBytes: 1_000_000,
    webBearerKey: WEB_BEARER_KEY,
    dataPlaneKey: DATA_PLANE_KEY,
    snapshot,
    registry,
    recordUsage: async (records) => {
      const known = new Set(ledger.map((record) => record.request_id));
      ledger.push(...records.filter((record) => !known.has(record.request_id)));
    },
    recordRequests: async (records) => {
      requests.push(...records);
    },
    touchApiKeys: async () => {},
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await gateway.stop();
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
    usageOf: (requestId) => eventually(() => ledger.find((record) => record.request_id === requestId)),
    async restart() {
      await stop();
      return startTestGateway(t, agents, { ...options, dataDir });
    },
  };
}

function workerOf(agent: TestWorker, index: number): ServingWorker {
  const instanceId = `inst_0000000000000000000000000${index + 1}` as InstanceId;
  agent.token = dataTokenOf(DATA_PLANE_KEY, instanceId, 1).reveal();
  return {
    instanceId,
    orgId: ORG,
    modelId: MODEL.id,
    hfId: MODEL.hfId,
    address: '127.0.0.1',
    dataPort: agent.port,
    epoch: 1,
    silentMs: 0,
  };
}

export async function eventually<T>(find: () => T | undefined | false, withinMs = 5_000): Promise<T> {
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
