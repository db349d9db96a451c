/**
 * Gateways side by side on one data directory, each killed again and again while it streams. Their sockets are held as
 * the supervisor holds them, so clients wait for the next process instead of being refused.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { type Child, superviseChild } from '#supervisor/child.ts';
import { type HeldSocket, holdSocket } from '#supervisor/held-socket.ts';
import { listRunning } from '#supervisor/run-files.ts';
import type { Stack } from '../../test/stack.ts';
import { CompletionClient } from './completion-client.ts';
import { compareLedgerWithEngines, type Exactness } from './exactness.ts';
import { type ServedModel, serveModel } from './served-model.ts';

export interface KillPlan {
  readonly kills: number;
  readonly disconnects: number;
  readonly gateways: number;
  /** Requests open at once. */
  readonly clients: number;
  /** Of the requests, how many are streams: 0 to 1. */
  readonly streamShare: number;
  /** Workers are reached through tunnels only. */
  readonly tunnels?: boolean;
  readonly tell: (line: string) => void;
}

export interface KillReport extends Exactness {
  readonly kills: number;
  readonly disconnects: number;
  /** Requests that ended with an error at the client, as they must when their gateway is killed. */
  readonly broken: number;
  readonly seconds: number;
}

const GATEWAY = fileURLToPath(new URL('../../bin/gateway.ts', import.meta.url));
const RESTART = { firstMs: 10, maxMs: 50 };
const READY_WITHIN_MS = 60_000;
const TOKENS_MAX = 100;
const TELL_EVERY_MS = 10_000;

const env = systemEnv(SILENT_LOG);

export async function killGatewaysUnderLoad(plan: KillPlan): Promise<KillReport> {
  const startedAt = performance.now();
  const served = await serveModel({
    replicas: 3,
    env: { MOCK_ENGINE_PRESET: '8b' },
    tunnels: plan.tunnels,
  });
  await using _stack = served.stack;
  const runDir = mkdtempSync(join(tmpdir(), 'inventiv-gateways-'));
  const gateways = await Promise.all(
    Array.from({ length: plan.gateways }, (_, index) =>
      startGateway(served.stack, runDir, index, plan.tunnels),
    ),
  );
  const run = new Run(plan, served, gateways);
  try {
    await run.finish();
  } finally {
    await Promise.all(gateways.map(({ child }) => child.stop(5_000)));
    for (const { socket } of gateways) socket.close();
    rmSync(runDir, { recursive: true, force: true });
  }
  // The last generation is gone: what it left is brought home by the stack's own gateway.
  const exactness = await compareLedgerWithEngines(served.stack);
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  return { kills: run.kills, disconnects: run.disconnects, broken: run.broken, seconds, ...exactness };
}

export interface KilledGateway {
  readonly name: string;
  readonly port: number;
  readonly socket: HeldSocket;
  readonly child: Child;
  readonly pid: () => number | undefined;
}

export async function startGateway(
  stack: Stack,
  runDir: string,
  index: number,
  tunnels = false,
): Promise<KilledGateway> {
  const name = `gateway-${index}`;
  const [port, metricsPort, tunnelPort] = [await freePort(), await freePort(), await freePort()];
  const tunnelUrl = `ws://127.0.0.1:${tunnelPort}`;
  const socket = await holdSocket('127.0.0.1', port);
  const child = superviseChild(env, {
    name,
    file: GATEWAY,
    variables: {
      PATH: process.env['PATH'],
      INVENTIV_DATA_DIR: stack.dataDir,
      PORT_OFFSET: String(stack.portOffset),
      METRICS_PORT: String(metricsPort),
      ...(tunnels ? { TUNNEL_PORT: String(tunnelPort), TUNNEL_URL: tunnelUrl } : {}),
      LOG_FORMAT: 'json',
    },
    dataDir: runDir,
    logFile: join(stack.dataDir, 'logs', `${name}.log`),
    socket,
    restart: RESTART,
    onLine: () => undefined,
  });
  await child.ready;
  const pid = () => listRunning(runDir).find((file) => file.name === name && file.isReady)?.pid;
  return { name, port, socket, child, pid };
}

class Run {
  kills = 0;
  disconnects = 0;
  broken = 0;
  readonly #plan: KillPlan;
  readonly #served: ServedModel;
  readonly #gateways: readonly KilledGateway[];
  readonly #open = new Map<KilledGateway, number>();
  readonly #client: CompletionClient;
  #requests = 0;
  #planned = 0;

  constructor(plan: KillPlan, served: ServedModel, gateways: readonly KilledGateway[]) {
    this.#plan = plan;
    this.#served = served;
    this.#gateways = gateways;
    this.#client = new CompletionClient(plan.clients * 2);
  }

  async finish(): Promise<void> {
    const telling = setInterval(() => this.#tell(), TELL_EVERY_MS);
    try {
      const clients = Array.from({ length: this.#plan.clients }, () => this.#callUntilDone());
      const killers = this.#gateways.map((gateway) => this.#killUntilDone(gateway));
      await Promise.all([...clients, ...killers]);
    } finally {
      clearInterval(telling);
      this.#client.close();
    }
    this.#tell();
  }

  get #isDone(): boolean {
    return this.kills >= this.#plan.kills && this.disconnects >= this.#plan.disconnects;
  }

  async #callUntilDone(): Promise<void> {
    while (!this.#isDone) {
      const gateway = this.#gateways[Math.floor(Math.random() * this.#gateways.length)];
      if (!gateway) return;
      this.#open.set(gateway, (this.#open.get(gateway) ?? 0) + 1);
      const end = await this.#call(gateway.port);
      this.#open.set(gateway, (this.#open.get(gateway) ?? 0) - 1);
      if (end.kind === 'left') this.disconnects++;
      if (end.kind !== 'failed') continue;
      this.broken++;
      await env.sleep(20);
    }
  }

  #call(port: number) {
    const maxTokens = 1 + Math.floor(Math.random() * TOKENS_MAX);
    const isStream = Math.random() < this.#plan.streamShare;
    const mayLeave = this.disconnects < this.#plan.disconnects && Math.random() < 0.7;
    const { apiKey, model } = this.#served;
    return this.#client.complete(
      { port, apiKey, model },
      {
        prompt: `request ${this.#requests++} of many`,
        maxTokens,
        isStream,
        ...(mayLeave ? { leaveAfter: Math.floor(Math.random() * (isStream ? maxTokens : 200)) } : {}),
      },
    );
  }

  async #killUntilDone(gateway: KilledGateway): Promise<void> {
    let former: number | undefined;
    while (this.#planned < this.#plan.kills) {
      this.#planned++;
      const pid = await this.#untilBusy(gateway, former);
      former = pid;
      await env.sleep(Math.random() * 400);
      process.kill(pid, 'SIGKILL');
      this.kills++;
    }
  }

  /** It serves, and has requests open. */
  async #untilBusy(gateway: KilledGateway, former: number | undefined): Promise<number> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const pid = gateway.pid();
      if (pid !== undefined && pid !== former && (this.#open.get(gateway) ?? 0) > 0) return pid;
      if (performance.now() > deadline) throw new Error(`${gateway.name} does not come back`);
      await env.sleep(10);
    }
  }

  #tell(): void {
    const { kills, disconnects, broken } = this;
    this.#plan.tell(
      `${this.#requests} requests, ${kills} kills, ${disconnects} disconnects, ${broken} broken`,
    );
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(address && typeof address === 'object' ? address.port : 0));
    });
  });
}
