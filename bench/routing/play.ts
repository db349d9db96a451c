/**
 * One history of a fleet in virtual time: requests of a trace arrive, the production picker chooses, pure engine models
 * compute. No clock, no socket; one seed gives one history.
 */
import type { Env } from '#kernel/env.ts';
import type { InstanceId, ModelId, OrgId } from '#kernel/ids.ts';
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
  | { readonly kind: 'report' };

interface Engine {
  readonly model: EngineModel;
  isBusy: boolean;
}

interface Running {
  readonly arrival: Arrival;
  readonly lease: WorkerLease;
  readonly worker: number;
  firstTokenMs: number;
}

export const ORG = 'org_bench' as OrgId;
export const MODEL = 'model_bench' as ModelId;
const PARAMETERS_8B = 8e9;

export function play(options: PlayOptions): Played {
  return new Play(options).run();
}

class Play {
  readonly #options: PlayOptions;
  readonly #heap = new EventHeap<Moment>();
  readonly #engines: Engine[];
  readonly #running = new Map<string, Running>();
  readonly #outcomes: Outcome[] = [];
  readonly #picker: WorkerPicker;
  #workers: ServingWorker[];
  readonly #line: WaitingLine | undefined;
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
    this.#picker = new WorkerPicker(env, options.figures);
    this.#line = options.line?.(() => this.#nowMs);
  }

  run(): Played {
    const { arrivals, reportEveryMs } = this.#options;
    for (const [index, { atMs }] of arrivals.entries()) this.#heap.push(atMs, { kind: 'arrival', index });
    this.#report();
    if (reportEveryMs > 0) this.#heap.push(reportEveryMs, { kind: 'report' });
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
        this.#line?.roomMade();
        break;
      case 'report':
        this.#report();
        this.#line?.roomMade();
        this.#heap.push(this.#nowMs + this.#options.reportEveryMs, moment);
        break;
    }
  }

  #arrive(arrival: Arrival): void {
    if (!this.#line) this.#send(arrival);
    else {
      const knownShare = () => this.#picker.knownShare(this.#workers, requestOf(arrival));
      this.#line.enter(arrival, () => this.#send(arrival), knownShare);
    }
  }

  #send(arrival: Arrival): boolean {
    const result = this.#picker.pick(this.#workers, requestOf(arrival), {
      isForced: !this.#line,
    });
    if (result.kind !== 'leased') return false;
    const worker = this.#workers.findIndex(({ instanceId }) => instanceId === result.lease.worker.instanceId);
    this.#running.set(arrival.id, { arrival, lease: result.lease, worker, firstTokenMs: 0 });
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
    const { arrival, lease, worker, firstTokenMs } = running;
    lease.release();
    this.#running.delete(arrival.id);
    this.#line?.ended(arrival);
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
    this.#picker.workersChanged(() => true);
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
