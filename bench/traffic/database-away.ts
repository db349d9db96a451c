/** Requests flow while the database is away; nothing fails, and all of it is billed when it is back. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#config/config.ts';
import { ensureSecrets } from '#config/secrets.ts';
import { startOwnServer } from '#database/own-server.ts';
import { databaseUrlFor } from '#database/roles.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { freePortOffset } from '../../test/stack.ts';
import { CompletionClient } from './completion-client.ts';
import { compareLedgerWithEngines } from './exactness.ts';
import { type ServedModel, serveModel } from './served-model.ts';

export interface AwayPlan {
  readonly minutes: number;
  readonly clients: number;
  readonly tell: (line: string) => void;
}

export interface AwayReport {
  readonly minutes: number;
  /** Sent while the database was away. */
  readonly requests: number;
  readonly failed: number;
  readonly lost: number;
  readonly reasons: readonly string[];
}

const PAUSE_MS = 100;
const REASONS_MAX = 10;
const STOP_LIMIT_MS = 5_000;

const env = systemEnv(SILENT_LOG);

export async function serveWithoutDatabase(plan: AwayPlan): Promise<AwayReport> {
  const dataDir = mkdtempSync(join(tmpdir(), 'inventiv-database-'));
  const config = readConfig({ INVENTIV_DATA_DIR: dataDir, PORT_OFFSET: String(await freePortOffset()) });
  ensureSecrets(env, config);
  const url = databaseUrlFor(config, 'owner');
  let server = await startOwnServer(env, config);
  try {
    const served = await serveModel({
      replicas: 2,
      env: { DATABASE_URL: url.reveal(), MOCK_ENGINE_PRESET: 'instant' },
    });
    await using _stack = served.stack;
    const load = new Load(served);
    const halfMs = plan.minutes * 30_000;
    plan.tell('the database is frozen');
    const frozen = processesOf(server.pid);
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    await load.runFor(halfMs, plan.clients);
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    plan.tell(`${load.requests} requests, ${load.failed} failed; the database is stopped`);
    await server.stop(STOP_LIMIT_MS);
    await load.runFor(halfMs, plan.clients);
    plan.tell(`${load.requests} requests, ${load.failed} failed; the database is back`);
    server = await startOwnServer(env, config);
    const { lost, doubled, wrong, examples } = await compareLedgerWithEngines(served.stack, url);
    return {
      minutes: plan.minutes,
      requests: load.requests,
      failed: load.failed,
      lost: lost + doubled + wrong,
      reasons: [...load.reasons, ...examples],
    };
  } finally {
    await server.stop(STOP_LIMIT_MS);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

class Load {
  requests = 0;
  failed = 0;
  readonly reasons: string[] = [];
  readonly #served: ServedModel;

  constructor(served: ServedModel) {
    this.#served = served;
  }

  async runFor(durationMs: number, clients: number): Promise<void> {
    const endsAt = performance.now() + durationMs;
    const client = new CompletionClient(clients);
    await Promise.all(Array.from({ length: clients }, () => this.#callUntil(endsAt, client)));
    client.close();
  }

  async #callUntil(endsAt: number, client: CompletionClient): Promise<void> {
    const { stack, apiKey, model } = this.#served;
    const port = Number(new URL(stack.gatewayUrl).port);
    while (performance.now() < endsAt) {
      const number = this.requests++;
      const end = await client.complete(
        { port, apiKey, model },
        { prompt: `request ${number}`, maxTokens: 3 + (number % 17), isStream: number % 2 === 0 },
      );
      if (end.kind !== 'completed') {
        this.failed++;
        if (this.reasons.length < REASONS_MAX) this.reasons.push(end.kind === 'failed' ? end.why : end.kind);
      }
      await env.sleep(PAUSE_MS);
    }
  }
}

/** The server's first process and its children. */
function processesOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
  return [pid, ...children];
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // Ended in between.
    return undefined;
  }
}
