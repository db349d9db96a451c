/** A gateway, a real agent's data port and a simulated engine in this process: what official clients are tested with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { UsageRecord } from '#contracts/usage.ts';
import {
  eventually,
  MODEL,
  misspelt,
  startTestGateway,
  type TestGateway,
  type TestWorker,
} from '#gateway/testing/test-gateway.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { hashToken } from '#kernel/token.ts';
import { SLOW, startTestEngine, type TestEngine } from '#simulation/engine/engine-fixture.ts';
import type { TokenTally } from '#simulation/engine/token-log.ts';
import { WorkerCondition } from '#worker/condition.ts';
import { DataPort } from '#worker/data-port.ts';
import { listenOn } from '#worker/port-server.ts';
import { TallyBook } from '#worker/tally-book.ts';
import { TallyJournal } from '#worker/tally-journal.ts';
import { UnaryForms } from '#worker/unary/unary-forms.ts';

export { MODEL, misspelt };

/** Seconds that anything may take on a busy machine. */
const PATIENCE_MS = 60_000;

export interface ServedEngine {
  readonly gateway: TestGateway;
  readonly engine: TestEngine;
  /** The next request that begins gets this fault. */
  breakNext(fault: Readonly<Record<string, unknown>>): Promise<void>;
  /** What the ledger and the engine's own log say of one request, once both have closed it. */
  accounts(requestId: string): Promise<{ ledger: UsageRecord; log: TokenTally }>;
  /** The same for the oldest request of this endpoint that was not asked for yet. */
  nextAccounts(endpoint: string): Promise<{ ledger: UsageRecord; log: TokenTally }>;
}

/** `isSlow`: about two milliseconds for each token, so that a client can leave between two. */
export async function startServedEngine(t: TestContext, isSlow = false): Promise<ServedEngine> {
  const served = { names: [MODEL.hfId], maxModelLen: 16_384 };
  const engine = await startTestEngine({ served, ...(isSlow ? { parameters: SLOW } : {}) }, t);
  const worker = await startDataPort(t, engine.port);
  const gateway = await startTestGateway(t, [worker]);
  const logOf = (requestId: string) =>
    engine.tallies().find((tally) => tally.requestId === requestId && tally.outcome !== 'open');
  const told = new Set<string>();
  const accountsOf = async (find: (record: UsageRecord) => boolean) => {
    const ledger = await eventually(
      () => gateway.ledger.find((record) => !told.has(record.request_id) && find(record)),
      PATIENCE_MS,
    );
    told.add(ledger.request_id);
    return { ledger, log: await eventually(() => logOf(ledger.request_id), PATIENCE_MS) };
  };
  return {
    gateway,
    engine,
    accounts: (requestId) => accountsOf((record) => record.request_id === requestId),
    nextAccounts: (endpoint) => accountsOf((record) => record.endpoint === endpoint),
    async breakNext(fault) {
      await fetch(`${engine.url}/sim/faults`, { method: 'POST', body: JSON.stringify(fault) });
    },
  };
}

async function startDataPort(t: TestContext, enginePort: number): Promise<TestWorker> {
  const directory = mkdtempSync(join(tmpdir(), 'data-port-'));
  const env = systemEnv(SILENT_LOG);
  const condition = new WorkerCondition();
  condition.updateEngine({ status: 'ready', engineHttp: true });
  const worker: { port: number; token: string | undefined } = { port: 0, token: undefined };
  const data = new DataPort({
    env,
    condition,
    tallies: new TallyBook(env, new TallyJournal(directory, SILENT_LOG)),
    engine: { host: '127.0.0.1', port: enginePort },
    forms: new UnaryForms(),
    dataTokenSha256: () => (worker.token === undefined ? undefined : hashToken(worker.token)),
  });
  const { server, port } = await listenOn('127.0.0.1', 0, (request, response) =>
    data.handle(request, response),
  );
  worker.port = port;
  t.after(async () => {
    data.breakOff();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    rmSync(directory, { recursive: true, force: true });
  });
  return worker;
}
