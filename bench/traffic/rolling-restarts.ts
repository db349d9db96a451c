/** Requests flow while every process on their way is replaced; not one may fail. */
import { SILENT_LOG } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { restartProcess } from '#supervisor/restart-requests.ts';
import { CompletionClient } from './completion-client.ts';
import { type ServedModel, serveModel } from './served-model.ts';

export interface RollingPlan {
  readonly requests: number;
  readonly clients: number;
  readonly replicas: number;
  /** Workers are reached through tunnels only. */
  readonly tunnels?: boolean;
  readonly tell: (line: string) => void;
}

export interface RollingReport {
  readonly requests: number;
  readonly restarts: { readonly gateway: number; readonly worker: number };
  readonly failed: number;
  readonly seconds: number;
  readonly reasons: readonly string[];
}

const PAUSE_MS = 2_000;
const WITHIN_MS = 120_000;
const REASONS_MAX = 10;
const TELL_EVERY_MS = 10_000;

const env = systemEnv(SILENT_LOG);

export async function restartUnderLoad(plan: RollingPlan): Promise<RollingReport> {
  const served = await serveModel({
    replicas: plan.replicas,
    env: { MOCK_ENGINE_PRESET: 'instant' },
    tunnels: plan.tunnels,
  });
  await using _stack = served.stack;
  const startedAt = performance.now();
  const load = new Load(plan, served);
  const telling = setInterval(() => load.tell(), TELL_EVERY_MS);
  try {
    const [gateway, worker] = await Promise.all([
      rollGateway(load, served),
      rollWorkers(load, served),
      load.finish(),
    ]);
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const { ended: requests, failed, reasons } = load;
    return { requests, restarts: { gateway, worker }, failed, seconds, reasons };
  } finally {
    clearInterval(telling);
  }
}

class Load {
  ended = 0;
  failed = 0;
  readonly reasons: string[] = [];
  readonly #plan: RollingPlan;
  readonly #served: ServedModel;
  readonly #client: CompletionClient;
  #started = 0;

  constructor(plan: RollingPlan, served: ServedModel) {
    this.#plan = plan;
    this.#served = served;
    this.#client = new CompletionClient(plan.clients);
  }

  get isDone(): boolean {
    return this.#started >= this.#plan.requests;
  }

  async finish(): Promise<void> {
    await Promise.all(Array.from({ length: this.#plan.clients }, () => this.#callUntilDone()));
    this.#client.close();
    this.tell();
  }

  tell(): void {
    this.#plan.tell(`${this.ended} requests, ${this.failed} failed`);
  }

  async #callUntilDone(): Promise<void> {
    const { stack, apiKey, model } = this.#served;
    const port = Number(new URL(stack.gatewayUrl).port);
    while (!this.isDone) {
      const number = this.#started++;
      const end = await this.#client.complete(
        { port, apiKey, model },
        { prompt: `request ${number}`, maxTokens: 4 + (number % 13), isStream: number % 2 === 0 },
      );
      this.ended++;
      if (end.kind === 'completed') continue;
      this.failed++;
      if (this.reasons.length < REASONS_MAX) this.reasons.push(end.kind === 'failed' ? end.why : end.kind);
    }
  }
}

async function rollGateway(load: Load, { stack }: ServedModel): Promise<number> {
  let restarts = 0;
  while (!load.isDone) {
    await restartProcess(env, stack.dataDir, 'gateway');
    restarts++;
    await env.sleep(PAUSE_MS);
  }
  return restarts;
}

/** Each in turn: out of service, installed anew, back. */
async function rollWorkers(load: Load, { api, instances }: ServedModel): Promise<number> {
  let restarts = 0;
  for (let turn = 0; !load.isDone; turn++) {
    const id = instances[turn % instances.length];
    if (!id) break;
    const look = () => api.instance(id);
    const former = (await look()).reinstall?.id;
    await api.json('POST', `/api/v1/instances/${id}/drain`);
    await until(async () => (await look()).state === 'draining');
    // What it had in hand has ended; the api tells no figure of it.
    await env.sleep(PAUSE_MS);
    await api.json('POST', `/api/v1/instances/${id}/reinstall`);
    await until(async () => {
      const { reinstall } = await look();
      return reinstall !== null && reinstall.id !== former && reinstall.outcome === 'installed';
    });
    await api.json('POST', `/api/v1/instances/${id}/resume`);
    await until(async () => (await look()).state === 'ready');
    restarts++;
    // Each gateway hears of it, and a worker behind NAT dials each; whoever takes the next one at once leaves nobody.
    await env.sleep(PAUSE_MS);
  }
  return restarts;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('a worker did not come back in time');
    await env.sleep(50);
  }
}
