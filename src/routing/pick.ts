/**
 * Gives out workers: who is asked at all (health, room), which of those (the strategy), and what that means for the
 * next choice (exact counts, records of prefixes).
 *
 * When all workers rest they are used anyway: a wrong guess must not become an outage. When none has room the caller
 * is told so and may wait here, where the choice is still open, instead of in the queue of one worker.
 */
import type { Env } from '#kernel/env.ts';
import { Contention } from './contention.ts';
import { modelFactsOf, prefillWork } from './model-facts.ts';
import { type HeardLoad, together } from './other-loads.ts';
import type { RoutedRequest } from './routed-request.ts';
import type { RoutingFigures } from './routing-figures.ts';
import { SessionHomes } from './session-homes.ts';
import type { ServingWorker } from './snapshot.ts';
import { STRATEGIES, type StrategyName } from './strategies/strategies.ts';
import type { RoutingStrategy, RoutingView } from './strategies/strategy.ts';
import { WorkerFleet } from './worker-fleet.ts';
import type { OpenRequest, WorkerState } from './worker-state.ts';

/** Why this worker: of bounded variety, it labels a metric. */
export type PickReason = 'only' | 'prefix' | 'session' | 'load' | 'probe' | 'forced';

/** The right to use a worker for one request. Each call may be repeated without effect. */
export interface WorkerLease {
  readonly worker: ServingWorker;
  readonly reason: PickReason;
  /** Tokens of the prompt that the worker should have in its cache. */
  readonly cachedTokens: number;
  /** It took the request and answered, whatever it said. */
  reached(): void;
  /** It failed before its answer began. */
  failed(how: { readonly isUnreachable: boolean }): void;
  /** The prompt is computed: the first token is here, or the whole answer is. */
  firstToken(): void;
  /** The request is over, however it ended. */
  release(): void;
}

export type PickResult =
  | { readonly kind: 'leased'; readonly lease: WorkerLease }
  /** Workers there are, but none should get more now; `onRoom` tells when to ask again. */
  | { readonly kind: 'full' }
  | { readonly kind: 'none' };

export interface PickOptions {
  readonly except?: ReadonlySet<string>;
  /** Takes the best worker even when none has room. */
  readonly isForced?: boolean;
}

/** Who tells the other gateways. */
export interface LoadNotes {
  noteSent(state: WorkerState, blocks: readonly number[], blockTokens: number): void;
  noteChange(state: WorkerState): void;
}

const FULL: PickResult = { kind: 'full' };
const NONE: PickResult = { kind: 'none' };
const MEAN_WORK_WEIGHT = 0.02;
const MODELS_MAX = 10_000;

export class WorkerPicker {
  readonly #env: Env;
  readonly #figures: RoutingFigures;
  readonly #fleet: WorkerFleet;
  readonly #sessions = new SessionHomes();
  readonly #contention = new Contention();
  readonly #meanWork = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  readonly #notes: LoadNotes | undefined;
  #strategy: { readonly name: StrategyName; readonly own: RoutingStrategy } | undefined;

  constructor(env: Env, figures: RoutingFigures, notes?: LoadNotes) {
    this.#env = env;
    this.#figures = figures;
    this.#notes = notes;
    this.#fleet = new WorkerFleet(figures, (state) => this.#strategy?.own.forget?.(state));
  }

  pick(
    workers: readonly ServingWorker[],
    request: RoutedRequest,
    { except, isForced = false }: PickOptions = {},
  ): PickResult {
    const nowMs = this.#env.clock.monotonic();
    const states = this.#fleet.statesOf(workers, nowMs);
    const allowed = except?.size ? states.filter(({ worker }) => !except.has(worker.instanceId)) : states;
    if (allowed.length === 0) return NONE;
    const awake = awakeOnes(allowed, nowMs);
    const view = this.#viewOf(request, nowMs, allowed[0] as WorkerState);
    const open = isForced ? awake : roomyOnes(awake, view, this.#limitsFor(allowed[0] as WorkerState, view));
    if (open.length === 0) return FULL;
    const chosen = open.length === 1 ? open[0] : this.#strategyNow().choose(open, view);
    return chosen ? { kind: 'leased', lease: this.#lease(chosen, view, { open, isForced }) } : NONE;
  }

  /** Share of the prompt that one of these workers should have in its cache; which of two to start first, for a queue. */
  knownShare(workers: readonly ServingWorker[], request: RoutedRequest): number {
    const { records } = this.#fleet;
    records.match(request.blocks);
    let longest = 0;
    for (const { slot } of this.#fleet.statesOf(workers, this.#env.clock.monotonic())) {
      longest = Math.max(longest, records.runOf(slot));
    }
    return Math.min(1, (longest * request.blockTokens) / request.inputTokens);
  }

  /** Requests that this gateway has open at a worker. */
  outstanding(instanceId: string): number {
    return this.#fleet.find(instanceId)?.ownOpen ?? 0;
  }

  /** Those of all gateways that can be heard. */
  allOpen(instanceId: string): number {
    return this.#fleet.find(instanceId)?.open ?? 0;
  }

  /** Workers where this gateway has requests. */
  busyStates(): readonly WorkerState[] {
    return this.#fleet.busyStates();
  }

  /** What all other gateways have at a worker, as last told. */
  setOthers(instanceId: string, loads: readonly HeardLoad[]): void {
    const state = this.#fleet.find(instanceId);
    if (!state) return;
    const own = loads.filter(({ told }) => told.epoch === state.worker.epoch);
    state.setOthers(together(own), this.#env.clock.monotonic());
  }

  learnFromOthers(instanceId: string, epoch: number, work: number): void {
    const state = this.#fleet.find(instanceId);
    if (state?.worker.epoch === epoch) state.learnFromOthers(work, this.#env.clock.monotonic());
  }

  /** The worker has this beginning of a prompt now, whoever sent it there. */
  noteSentByOthers(instanceId: string, blocks: readonly number[], blockTokens: number): void {
    const state = this.#fleet.find(instanceId);
    if (!state) return;
    this.#fleet.records.touch(state.slot, blocks, this.#fleet.recordLimit(state, blockTokens));
  }

  /** Blocks in the records of all workers. */
  get recordedBlocks(): number {
    return this.#fleet.records.size;
  }

  /** Called when a worker may have room that had none: a request ended or began to answer, or workers changed. */
  onRoom(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** The snapshot is another: workers that are gone are forgotten, and new ones may have room. */
  workersChanged(isKnown: (instanceId: string) => boolean): void {
    this.#fleet.retain(isKnown);
    this.tellRoom();
  }

  #limitsFor({ worker }: WorkerState, { request, nowMs }: PickView): RoomLimits {
    const { inFlightMax, kvShareMax, backlogMaxMs, sharedBacklogMaxMs } = this.#figures;
    const pool = `${worker.orgId} ${worker.modelId}`;
    const who = `${request.orgId} ${request.priority ?? 0}`;
    const isShared = this.#contention.note(pool, who, nowMs);
    const waitMaxMs = isShared ? Math.min(backlogMaxMs, sharedBacklogMaxMs) : backlogMaxMs;
    return { inFlightMax, kvShareMax, waitMaxMs };
  }

  #strategyNow(): RoutingStrategy {
    const name = this.#figures.strategy;
    if (this.#strategy?.name !== name) this.#strategy = { name, own: STRATEGIES[name]() };
    return this.#strategy.own;
  }

  #viewOf(request: RoutedRequest, nowMs: number, first: WorkerState): PickView {
    this.#fleet.records.match(request.blocks);
    return new PickView(this.#env, this.#figures, this.#fleet, {
      request,
      nowMs,
      attentionTokens: modelFactsOf(first.worker.parameters).attentionTokens,
      meanWork: this.#meanWork.get(request.modelId) ?? request.inputTokens,
      sessionWorker: this.#sessions.find(request),
    });
  }

  #lease(
    state: WorkerState,
    view: PickView,
    { open, isForced }: { readonly open: readonly WorkerState[]; readonly isForced: boolean },
  ): WorkerLease {
    const { request, nowMs } = view;
    const cachedTokens = view.cachedTokens(state);
    const newTokens = request.inputTokens - cachedTokens;
    const work = prefillWork(view.attentionTokens, cachedTokens, newTokens);
    const isProbe = state.health.isSuspect;
    const reason = reasonOf(state, view, { open, isForced, isProbe });
    if (isProbe) state.health.startProbe();
    this.#noteWork(request.modelId, work);
    // Before the touch, which would make the prompt known to the worker.
    this.#strategyNow().sent?.(state, view);
    const { records } = this.#fleet;
    records.touch(state.slot, request.blocks, this.#fleet.recordLimit(state, request.blockTokens));
    this.#sessions.note(request, state.worker.instanceId);
    const sent = state.send(nowMs, { work, newTokens, isStream: request.isStream ?? true, isProbe });
    this.#notes?.noteSent(state, request.blocks, request.blockTokens);
    return new Lease(this.#env, sent, { reason, cachedTokens, onRoom: () => this.#madeRoom(state) });
  }

  #noteWork(modelId: string, work: number): void {
    if (this.#meanWork.size > MODELS_MAX) this.#meanWork.clear();
    const mean = this.#meanWork.get(modelId) ?? work;
    this.#meanWork.set(modelId, mean + (work - mean) * MEAN_WORK_WEIGHT);
  }

  #madeRoom(state: WorkerState): void {
    this.#notes?.noteChange(state);
    this.tellRoom();
  }

  /** A worker may have room that had none. */
  tellRoom(): void {
    for (const listener of this.#listeners) listener();
  }
}

class PickView implements RoutingView {
  readonly request: RoutedRequest;
  readonly nowMs: number;
  readonly random: Env['random'];
  readonly figures: RoutingFigures;
  readonly attentionTokens: number;
  readonly meanWork: number;
  readonly sessionWorker: string | undefined;
  readonly #fleet: WorkerFleet;

  constructor(
    env: Env,
    figures: RoutingFigures,
    fleet: WorkerFleet,
    facts: Pick<RoutingView, 'request' | 'nowMs' | 'attentionTokens' | 'meanWork' | 'sessionWorker'>,
  ) {
    this.random = env.random;
    this.figures = figures;
    this.#fleet = fleet;
    this.request = facts.request;
    this.nowMs = facts.nowMs;
    this.attentionTokens = facts.attentionTokens;
    this.meanWork = facts.meanWork;
    this.sessionWorker = facts.sessionWorker;
  }

  cachedTokens(state: WorkerState): number {
    const { blockTokens, inputTokens } = this.request;
    return Math.min(this.#fleet.records.runOf(state.slot) * blockTokens, inputTokens - 1);
  }
}

class Lease implements WorkerLease {
  readonly worker: ServingWorker;
  readonly reason: PickReason;
  readonly cachedTokens: number;
  readonly #env: Env;
  readonly #sent: OpenRequest;
  readonly #onRoom: () => void;
  #hasVerdict = false;

  constructor(
    env: Env,
    sent: OpenRequest,
    facts: Pick<WorkerLease, 'reason' | 'cachedTokens'> & { readonly onRoom: () => void },
  ) {
    this.worker = sent.state.worker;
    this.reason = facts.reason;
    this.cachedTokens = facts.cachedTokens;
    this.#env = env;
    this.#sent = sent;
    this.#onRoom = facts.onRoom;
  }

  reached(): void {
    if (this.#hasVerdict) return;
    this.#hasVerdict = true;
    this.#sent.state.health.reached(this.#env.clock.monotonic());
  }

  failed({ isUnreachable }: { readonly isUnreachable: boolean }): void {
    if (this.#hasVerdict) return;
    this.#hasVerdict = true;
    this.#sent.state.health.failed(this.#env.clock.monotonic(), isUnreachable);
  }

  firstToken(): void {
    if (this.#sent.hasStarted || this.#sent.hasEnded) return;
    this.#sent.state.start(this.#sent, this.#env.clock.monotonic());
    this.#onRoom();
  }

  release(): void {
    if (this.#sent.hasEnded) return;
    const { state, isProbe } = this.#sent;
    state.end(this.#sent, this.#env.clock.monotonic());
    if (isProbe && !this.#hasVerdict) state.health.endProbe();
    this.#onRoom();
  }
}

/** Those that are not resting; all of them when all rest. */
function awakeOnes(states: readonly WorkerState[], nowMs: number): readonly WorkerState[] {
  let suspects = 0;
  let ramping = 0;
  for (const { health } of states) {
    if (health.isSuspect) suspects++;
    else if (health.isRamping(nowMs)) ramping++;
  }
  if (suspects === 0 && ramping === 0) return states;
  const awake = states.filter(({ health }) => !health.isResting(nowMs));
  if (awake.length === 0) return states;
  const steady = awake.filter(({ health }) => !health.isRamping(nowMs));
  if (steady.length === 0 || steady.length === awake.length) return awake;
  const othersOpen = steady.reduce((sum, { open }) => sum + open, 0) / steady.length;
  return awake.filter(
    (state) => !state.health.isRamping(nowMs) || state.open < state.health.rampLimit(nowMs, othersOpen),
  );
}

interface RoomLimits {
  readonly inFlightMax: number;
  readonly kvShareMax: number;
  readonly waitMaxMs: number;
}

/**
 * Those that should get another request; a worker that has none always should. Backlog and KV use are judged of all
 * together, by their capacity: sent to where there happens to be room instead of to where its prefix is, a request
 * would only make the fleet slower. So either the choice is free, or the request waits.
 */
function roomyOnes(
  states: readonly WorkerState[],
  view: PickView,
  { inFlightMax, kvShareMax, waitMaxMs }: RoomLimits,
): readonly WorkerState[] {
  let backlog = 0;
  let rate = 0;
  let held = 0;
  let kvTokens = 0;
  let full = 0;
  let idle = 0;
  for (const state of states) {
    backlog += state.backlog(view.nowMs, view.meanWork);
    rate += state.rate;
    held += state.heldTokens + state.foreignTokens;
    kvTokens += state.kvTokens;
    if (state.open === 0) idle++;
    else if (state.open >= inFlightMax) full++;
  }
  const needed = held + view.request.inputTokens;
  if (backlog > waitMaxMs * rate || needed > kvShareMax * kvTokens) {
    return idle > 0 ? states.filter((state) => state.open === 0) : [];
  }
  return full === 0 ? states : states.filter((state) => state.open < inFlightMax || state.open === 0);
}

function reasonOf(
  chosen: WorkerState,
  view: PickView,
  how: { readonly open: readonly WorkerState[]; readonly isForced: boolean; readonly isProbe: boolean },
): PickReason {
  if (how.isProbe) return 'probe';
  if (how.isForced) return 'forced';
  if (how.open.length === 1) return 'only';
  const cached = view.cachedTokens(chosen);
  if (cached > 0 && how.open.every((other) => view.cachedTokens(other) <= cached)) return 'prefix';
  return chosen.worker.instanceId === view.sessionWorker ? 'session' : 'load';
}
