/**
 * What one gateway knows of one worker: exact counts of its own requests there, what other gateways tell of theirs, and
 * what is learned from both.
 *
 * `backlog` is the prompt work that was sent and has not shown a first token, less what must be done by now; `rate` is
 * how fast the worker does such work, learned from first tokens; `heldTokens` is what its requests occupy. What the
 * worker reports itself only adds what nobody told: work of gateways that cannot be heard.
 */
import type { ToldLoad } from './fleet/load-message.ts';
import { NOTHING_OF_OTHERS, type OtherLoads } from './other-loads.ts';
import type { RoutingFigures } from './routing-figures.ts';
import type { EngineReport, ServingWorker } from './snapshot.ts';
import { WorkerHealth } from './worker-health.ts';

/** One request at a worker, from its choice to its end. */
export interface OpenRequest {
  readonly state: WorkerState;
  /** u: cost of the part of the prompt that the worker has not computed before. */
  readonly work: number;
  /** Tokens of the prompt that are new to the worker. */
  readonly newTokens: number;
  readonly isStream: boolean;
  readonly sentAtMs: number;
  /** When its first token is due by our reckoning. */
  readonly dueAtMs: number;
  /** It tries out a worker that rested. */
  readonly isProbe: boolean;
  hasStarted: boolean;
  hasEnded: boolean;
  earlier: OpenRequest | undefined;
  later: OpenRequest | undefined;
}

export interface SendFacts {
  readonly work: number;
  readonly newTokens: number;
  readonly isStream: boolean;
  readonly isProbe: boolean;
}

const AGO_MS_MAX = 1e12;

export class WorkerState {
  worker: ServingWorker;
  readonly health: WorkerHealth;
  /** Until it was first seen beside others. */
  isNew = true;
  /** In the record of prefixes. */
  readonly slot: number;
  readonly #figures: RoutingFigures;
  /** R0, in work per millisecond. */
  #firstRate: number;
  #open = 0;
  #heldTokens = 0;
  #unstarted = 0;
  #unstartedWork = 0;
  #oldest: OpenRequest | undefined;
  #newest: OpenRequest | undefined;
  /** Since when the oldest one without a first token is worked on. */
  #progressFromMs = 0;
  /** The last time that one without a first token got it, or went. */
  #leftAtMs = Number.NEGATIVE_INFINITY;
  #doneWork = 0;
  /** All that was ever credited, for others to learn from. */
  #creditedWork = 0;
  #others: OtherLoads = NOTHING_OF_OTHERS;
  #busyMs = 0;
  #accruedAtMs = 0;
  #report: EngineReport | undefined;
  #foreignWaiting = 0;
  #foreignTokens = 0;

  constructor(worker: ServingWorker, slot: number, figures: RoutingFigures, firstRate: number) {
    this.worker = worker;
    this.health = new WorkerHealth(figures);
    this.slot = slot;
    this.#figures = figures;
    this.#firstRate = firstRate;
  }

  /** n: requests of all gateways that can be heard, waiting or answering. */
  get open(): number {
    return this.#open + this.#others.open;
  }

  get ownOpen(): number {
    return this.#open;
  }

  get unstarted(): number {
    return this.#unstarted + this.#others.unstarted;
  }

  /** Tokens of open requests that were new to the worker. */
  get heldTokens(): number {
    return this.#heldTokens + this.#others.heldTokens;
  }

  get kvTokens(): number {
    return this.#report?.kvTokens ?? this.#figures.kvTokens;
  }

  /** Tokens in its KV cache that no request that we know of explains. */
  get foreignTokens(): number {
    return this.#foreignTokens;
  }

  get foreignWaiting(): number {
    return this.#foreignWaiting;
  }

  get report(): EngineReport | undefined {
    return this.#report;
  }

  get hasLearned(): boolean {
    return this.#busyMs > 0;
  }

  /** R: work per millisecond. */
  get rate(): number {
    const prior = this.#figures.ratePriorMs;
    return (this.#doneWork + prior * this.#firstRate) / (this.#busyMs + prior);
  }

  /** A: work before a new request, in tokens. `meanWork` is that of one request of another gateway. */
  backlog(nowMs: number, meanWork: number): number {
    this.#settleDue(nowMs);
    const foreign = this.#foreignWaiting * meanWork;
    const oldest = this.#oldest;
    const others = this.#others;
    if (others.unstarted > 0) return this.#jointBacklog(others, nowMs) + foreign;
    if (!oldest) return foreign;
    const fromMs = Math.max(this.#progressFromMs, others.progressAtMs);
    const progress = Math.min(oldest.work, this.rate * Math.max(0, nowMs - fromMs));
    return Math.max(0, this.#unstartedWork - progress) + foreign;
  }

  /** The worker has one line, whoever sent: it works on the oldest of all, since the last one of all began to answer. */
  #jointBacklog(others: OtherLoads, nowMs: number): number {
    const oldest = this.#oldest;
    const isOurs = oldest !== undefined && oldest.sentAtMs <= others.oldestAtMs;
    const work = isOurs ? oldest.work : others.oldestWork;
    const sentAtMs = isOurs ? oldest.sentAtMs : others.oldestAtMs;
    const fromMs = Math.max(this.#leftAtMs, others.progressAtMs, sentAtMs);
    const progress = Math.min(work, this.rate * Math.max(0, nowMs - fromMs));
    return Math.max(0, this.#unstartedWork + others.unstartedWork - progress);
  }

  /** What other gateways have here now, all of them together. */
  setOthers(others: OtherLoads, nowMs: number): void {
    this.#accrue(nowMs);
    this.#others = others;
  }

  /** Others saw so much work done, in the time that counted as busy here too. */
  learnFromOthers(work: number, nowMs: number): void {
    this.#accrue(nowMs);
    this.#doneWork += work;
  }

  /** For the others: ours alone. */
  toldLoad(nowMs: number): ToldLoad {
    this.#settleDue(nowMs);
    const oldest = this.#oldest;
    return {
      instanceId: this.worker.instanceId,
      epoch: this.worker.epoch,
      open: this.#open,
      heldTokens: Math.max(0, this.#heldTokens),
      unstarted: this.#unstarted,
      unstartedWork: Math.max(0, this.#unstartedWork),
      oldestWork: oldest?.work ?? 0,
      oldestAgoMs: oldest ? nowMs - oldest.sentAtMs : 0,
      progressAgoMs: Math.min(AGO_MS_MAX, nowMs - this.#leftAtMs),
      doneWork: this.#creditedWork,
    };
  }

  /** What was learned of the others is the best guess for one that has shown nothing. */
  assumeRate(rate: number): void {
    if (this.#busyMs === 0) this.#firstRate = rate;
  }

  send(nowMs: number, facts: SendFacts): OpenRequest {
    this.#settleDue(nowMs);
    this.#accrue(nowMs);
    const ahead = this.backlog(nowMs, 0);
    const request: OpenRequest = {
      state: this,
      work: facts.work,
      newTokens: facts.newTokens,
      isStream: facts.isStream,
      isProbe: facts.isProbe,
      sentAtMs: nowMs,
      dueAtMs: nowMs + (ahead + facts.work) / this.rate,
      hasStarted: false,
      hasEnded: false,
      earlier: this.#newest,
      later: undefined,
    };
    if (this.#newest) this.#newest.later = request;
    else {
      this.#oldest = request;
      this.#progressFromMs = nowMs;
    }
    this.#newest = request;
    this.#open++;
    this.#heldTokens += facts.newTokens;
    this.#unstarted++;
    this.#unstartedWork += facts.work;
    return request;
  }

  /** Its first token is here, so those sent before it, whose first tokens cannot be seen, have theirs too. */
  start(request: OpenRequest, nowMs: number): void {
    if (request.hasStarted || request.hasEnded) return;
    this.#accrue(nowMs);
    for (let before = request.earlier; before; ) {
      const next: OpenRequest | undefined = before.earlier;
      if (!before.isStream) this.#credit(before);
      before = next;
    }
    this.#credit(request);
    this.#progressFromMs = nowMs;
    this.#leftAtMs = nowMs;
  }

  /** It is over, whatever way; one that failed before its first token teaches nothing. */
  end(request: OpenRequest, nowMs: number): void {
    if (request.hasEnded) return;
    request.hasEnded = true;
    this.#open--;
    this.#heldTokens -= request.newTokens;
    if (this.#open === 0) this.#heldTokens = 0;
    if (request.hasStarted) return;
    this.#accrue(nowMs);
    if (this.#oldest === request) {
      this.#progressFromMs = nowMs;
      this.#leftAtMs = nowMs;
    }
    this.#leave(request);
  }

  /** First tokens of whole answers are not seen; they count as done when they are due. */
  #settleDue(nowMs: number): void {
    for (let first = this.#oldest; first && !first.isStream && first.dueAtMs <= nowMs; first = this.#oldest) {
      this.#accrue(first.dueAtMs);
      this.#credit(first);
      this.#progressFromMs = first.dueAtMs;
      this.#leftAtMs = first.dueAtMs;
    }
  }

  /** What the worker told of itself; the same report again changes nothing. */
  observe(report: EngineReport | undefined): void {
    if (!report || report.atMs === this.#report?.atMs) return;
    this.#report = report;
    this.#foreignWaiting = Math.max(0, (report.waiting ?? 0) - this.unstarted);
    const used = (report.kvRatio ?? 0) * this.kvTokens;
    this.#foreignTokens = Math.max(0, used - this.heldTokens);
  }

  #credit(request: OpenRequest): void {
    this.#doneWork += request.work;
    this.#creditedWork += request.work;
    this.#leave(request);
  }

  #leave(request: OpenRequest): void {
    request.hasStarted = true;
    const { earlier, later } = request;
    if (earlier) earlier.later = later;
    else this.#oldest = later;
    if (later) later.earlier = earlier;
    else this.#newest = earlier;
    request.earlier = undefined;
    request.later = undefined;
    this.#unstarted--;
    // Sums of many floats drift; an empty list is exactly nothing.
    this.#unstartedWork = this.#unstarted === 0 ? 0 : this.#unstartedWork - request.work;
  }

  /** Busy time counts, and what was observed before it counts a little less. */
  #accrue(nowMs: number): void {
    const elapsed = nowMs - this.#accruedAtMs;
    if (this.unstarted > 0 && elapsed > 0) {
      const kept = 2 ** (-elapsed / this.#figures.rateHalfLifeMs);
      this.#doneWork *= kept;
      this.#busyMs = this.#busyMs * kept + elapsed;
    }
    if (elapsed > 0) this.#accruedAtMs = nowMs;
  }
}
