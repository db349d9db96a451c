/**
 * One history of a fleet in virtual time: requests of a trace arrive, the production picker chooses, pure engine models
 * compute. No clock, no socket; one seed gives one history.
 */
import type { Env, Random } from '#kernel/env.ts';
import type { InstanceId, ModelId, OrgId } from '#kernel/ids.ts';
import { SharedLoads } from '#routing/fleet/shared-loads.ts';
import { type WorkerLease, WorkerPicker } from '#routing/pick.ts';
import type { RoutedRequest } from '#routing/routed-request.ts';
import type { RoutingFigures } from '#routing/routing-figures.ts';
import type { EngineReport, ServingWorker } from '#routing/snapshot.ts';
import { seededRandom } from '#routing/testing/seeded-random.ts';
import { type EngineEvent, EngineModel } from '#simulation/engine/engine-model.ts';
import type { EngineParameters } from '#simulation/engine/step-time.ts';
import { EventHeap } from './event-heap.ts';
import type { LineFactory, WaitingLine } from './waiting-line.ts';
import type { Arrival } from './workload.ts';

export interface PlayOptions {
  readonly arrivals: readonly Arrival[];
  readonly fleet: readonly EngineParameters[];
  readonly figures: RoutingFigures;
  readonly seed: number;
  /** Age of what workers report of themselves; 0: they report nothing. */
  readonly reportEveryMs: number;
  /** Where requests wait for which no worker has room; without one they are sent all the same. */
  readonly line?: LineFactory | undefined;
  /** Each with a picker and a line of its own; requests come to any of them. */
  readonly gateways?: number;
  /** How often they tell each other what they have at the workers; 0: never. */
  readonly tellEveryMs?: number;
}

export interface Outcome {
  readonly arrival: Arrival;
  readonly worker: number;
  readonly firstTokenMs: number;
  readonly endMs: number;
  readonly cachedTokens: number;
}

export interface Played {
  readonly outcomes: readonly Outcome[];
  readonly endMs: number;
}

type Moment =
  | { readonly kind: 'arrival'; readonly index: number }
  | { readonly kind: 'step'; readonly engine: number; readonly events: readonly EngineEvent[] }
  | { readonly kind: 'report' }
  | { readonly kind: 'tell' };

interface Engine {
  readonly model: EngineModel;
  isBusy: boolean;
}

interface Gateway {
  readonly picker: WorkerPicker;
  readonly line: WaitingLine | undefined;
  readonly loads: SharedLoads | undefined;
}

interface Running {
  readonly arrival: Arrival;
  readonly gateway: Gateway;
  readonly lease: WorkerLease;
  readonly worker: number;
  firstTokenMs: number;
}

export const ORG = 'org_bench' as OrgId;
export const MODEL = 'model_bench' as ModelId;
const PARAMETERS_8B = 8e9;
const SPREAD_SEED = 1_000_003;

export function play(options: PlayOptions): Played {
  return new Play(options).run();
}

class Play {
  readonly #options: PlayOptions;
  readonly #heap = new EventHeap<Moment>();
  readonly #engines: Engine[];
  readonly #running = new Map<string, Running>();
  readonly #outcomes: Outcome[] = [];
  readonly #gateways: readonly Gateway[];
  readonly #messages: string[] = [];
  /** Its own, so that one gateway is what it is without others. */
  readonly #spread: Random;
  #workers: ServingWorker[];
  #nowMs = 0;

  constructor(options: PlayOptions) {
    this.#options = options;
    this.#engines = options.fleet.map((parameters) => ({
      model: new EngineModel(parameters),
      isBusy: false,
    }));
    this.#workers = options.fleet.map((_, index) => workerOf(index));
    const env = {
      clock: { now: () => this.#nowMs, monotonic: () => this.#nowMs },
      random: seededRandom(options.seed),
    } as Env;
    this.#spread = seededRandom(options.seed + SPREAD_SEED);
    this.#gateways = Array.from({ length: options.gateways ?? 1 }, (_, index) => this.#gatewayOf(env, index));
  }

  #gatewayOf(env: Env, index: number): Gateway {
    const { figures, line, tellEveryMs = 0 } = this.#options;
    const channel = { publish: (text: string) => void this.#messages.push(text) };
    const loads = tellEveryMs > 0 ? new SharedLoads(env.clock, `gateway-${index}`, channel) : undefined;
    const picker = new WorkerPicker(env, figures, loads);
    loads?.attach(picker);
    return { picker, loads, line: line?.(() => this.#nowMs) };
  }

  run(): Played {
    const { arrivals, reportEveryMs, tellEveryMs = 0 } = this.#options;
    for (const [index, { atMs }] of arrivals.entries()) this.#heap.push(atMs, { kind: 'arrival', index });
    this.#report();
    if (reportEveryMs > 0) this.#heap.push(reportEveryMs, { kind: 'report' });
    if (tellEveryMs > 0) this.#heap.push(tellEveryMs, { kind: 'tell' });
    for (let next = this.#heap.pop(); next; next = this.#heap.pop()) {
      this.#nowMs = next.atMs;
      this.#happen(next.what);
      if (this.#outcomes.length === arrivals.length) break;
    }
    return {
      outcomes: this.#outcomes,
      endMs: this.#nowMs,
    };
  }

  #happen(moment: Moment): void {
    switch (moment.kind) {
      case 'arrival':
        this.#arrive(this.#options.arrivals[moment.index] as Arrival);
        break;
      case 'step':
        this.#effect(moment.events);
        this.#step(moment.engine);
        this.#makeRoom();
        break;
      case 'report':
        this.#report();
        this.#makeRoom();
        this.#heap.push(this.#nowMs + this.#options.reportEveryMs, moment);
        break;
      case 'tell':
        this.#tell();
        this.#makeRoom();
        this.#heap.push(this.#nowMs + (this.#options.tellEveryMs ?? 0), moment);
        break;
    }
  }

  #makeRoom(): void {
    for (const { line } of this.#gateways) line?.roomMade();
  }

  #tell(): void {
    for (const { loads } of this.#gateways) loads?.tick();
    for (const text of this.#messages.splice(0)) {
      for (const { loads } of this.#gateways) loads?.receive(text);
    }
  }

  #arrive(arrival: Arrival): void {
    const count = this.#gateways.length;
    const gateway = this.#gateways[count === 1 ? 0 : Math.floor(this.#spread.float() * count)] as Gateway;
    if (!gateway.line) this.#send(gateway, arrival);
    else {
      const knownShare = () => gateway.picker.knownShare(this.#workers, requestOf(arrival));
      gateway.line.enter(arrival, () => this.#send(gateway, arrival), knownShare);
    }
  }

  #send(gateway: Gateway, arrival: Arrival): boolean {
    const result = gateway.picker.pick(this.#workers, requestOf(arrival), {
      isForced: !gateway.line,
    });
    if (result.kind !== 'leased') return false;
    const worker = this.#workers.findIndex(({ instanceId }) => instanceId === result.lease.worker.instanceId);
    this.#running.set(arrival.id, { arrival, gateway, lease: result.lease, worker, firstTokenMs: 0 });
    (this.#engines[worker] as Engine).model.submit({
      id: arrival.id,
      promptTokens: arrival.promptTokens,
      blockHashes: arrival.blocks,
      maxTokens: arrival.completionTokens,
    });
    this.#wake(worker);
    return true;
  }

  #wake(index: number): void {
    const engine = this.#engines[index] as Engine;
    if (engine.isBusy) return;
    engine.isBusy = true;
    this.#heap.push(this.#nowMs, { kind: 'step', engine: index, events: [] });
  }

  /** What a step yields lies at its end, and nobody sees it before. */
  #step(index: number): void {
    const engine = this.#engines[index] as Engine;
    const { durationMs, events } = engine.model.step(this.#nowMs);
    if (durationMs > 0) this.#heap.push(this.#nowMs + durationMs, { kind: 'step', engine: index, events });
    else engine.isBusy = false;
  }

  #effect(events: readonly EngineEvent[]): void {
    for (const event of events) {
      const running = this.#running.get(event.requestId);
      if (!running) continue;
      if (event.kind === 'first') {
        running.lease.firstToken();
        running.firstTokenMs = event.at;
      } else if (event.kind === 'finish') {
        this.#finish(running, event.at, event.cachedTokens);
      }
    }
  }

  #finish(running: Running, endMs: number, cachedTokens: number): void {
    const { arrival, gateway, lease, worker, firstTokenMs } = running;
    lease.release();
    this.#running.delete(arrival.id);
    gateway.line?.ended(arrival);
    this.#outcomes.push({ arrival, worker, firstTokenMs: firstTokenMs || endMs, endMs, cachedTokens });
  }

  #report(): void {
    this.#workers = this.#engines.map(({ model }, index) => {
      const { running, waiting, kvBlocksUsed, kvBlocksTotal } = model.load();
      const { kvTokens } = model.parameters;
      const isTold = this.#options.reportEveryMs > 0;
      return workerOf(index, {
        atMs: this.#nowMs + 1,
        running: isTold ? running : null,
        waiting: isTold ? waiting : null,
        kvRatio: isTold ? kvBlocksUsed / kvBlocksTotal : null,
        // Told once, by the configuration that the engine prints.
        kvTokens,
      });
    });
    for (const { picker } of this.#gateways) picker.workersChanged(() => true);
  }
}

export function workerOf(index: number, engine?: EngineReport): ServingWorker {
  return {
    instanceId: `inst_${index}` as InstanceId,
    orgId: ORG,
    modelId: MODEL,
    hfId: 'bench/8b',
    address: '127.0.0.1',
    dataPort: 1,
    epoch: 1,
    silentMs: 0,
    parameters: PARAMETERS_8B,
    ...(engine ? { engine } : {}),
  };
}

function requestOf(arrival: Arrival): RoutedRequest {
  return {
    orgId: arrival.orgId,
    modelId: MODEL,
    inputTokens: arrival.promptTokens,
    outputTokens: arrival.completionTokens,
    blocks: arrival.blocks,
    blockTokens: arrival.blockTokens,
    session: undefined,
  };
}
