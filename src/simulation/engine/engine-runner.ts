import type { Env } from '#kernel/env.ts';
import { type EngineEvent, EngineModel, type SequenceRequest, type StepResult } from './engine-model.ts';
import type { KvBlockObserver } from './kv-blocks.ts';
import type { EngineParameters } from './step-time.ts';

/**
 * Runs the pure model in real time. Work is cut into turns: the events of one or more steps are handed out, then
 * `endTurn` is called, all in one synchronous piece. So nothing that comes from a socket falls between the making
 * of a token and its writing, and what is said of a request is always what was written for it.
 * Steps shorter than a millisecond share a turn, for timers are not finer; between turns other sockets are served.
 */
export interface RunnerOptions {
  readonly parameters: EngineParameters;
  /** Real time runs this much slower than the model says; 20 means twenty times faster than the hardware. */
  readonly timeScale: number;
  readonly observer?: KvBlockObserver;
  /** Called after each batch of events, before anything else can happen. */
  readonly endTurn: () => void;
  readonly onStep?: (step: StepResult) => void;
}

const STEPS_PER_TURN_MAX = 16;
/** Behind by more than this (a starved machine), the schedule starts again from now instead of catching up in a burst. */
const LAG_MAX_MS = 100;

export class EngineRunner {
  readonly model: EngineModel;
  readonly #env: Env;
  readonly #options: RunnerOptions;
  readonly #listeners = new Map<string, (event: EngineEvent) => void>();
  readonly #stop = new AbortController();
  #wake: (() => void) | undefined;
  #isStalled = false;
  #busyMs = 0;
  #busySince: number | undefined;

  constructor(env: Env, options: RunnerOptions) {
    this.#env = env;
    this.#options = options;
    this.model = new EngineModel(options.parameters, options.observer);
  }

  /** Runs until `stop`; rejects only by a defect. */
  async run(): Promise<void> {
    let dueMs = this.#now();
    let steps = 0;
    while (!this.#stop.signal.aborted) {
      if (this.#isStalled || !this.model.hasWork) {
        this.#setBusy(false);
        await this.#woken();
        dueMs = this.#now();
        continue;
      }
      this.#setBusy(true);
      const now = this.#now();
      if (now - dueMs > LAG_MAX_MS) dueMs = now;
      const step = this.model.step(now);
      dueMs += step.durationMs / this.#options.timeScale;
      if (dueMs - this.#now() >= 1) {
        if (steps > 0) this.#options.endTurn();
        await this.#env.sleep(dueMs - this.#now(), this.#stop.signal).catch(ignoreStop);
        if (this.#stop.signal.aborted) return;
        steps = 0;
      }
      this.#handOut(step);
      const isLast = ++steps >= STEPS_PER_TURN_MAX || !this.model.hasWork || step.durationMs > 0;
      if (!isLast) continue;
      this.#options.endTurn();
      steps = 0;
      await nextRound();
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#wake?.();
  }

  submit(request: SequenceRequest, listener: (event: EngineEvent) => void): void {
    this.model.submit(request);
    this.#listeners.set(request.id, listener);
    this.#wake?.();
  }

  /** From now on the listener hears nothing, not even of a step that is being computed. */
  abort(id: string): void {
    this.#listeners.delete(id);
    this.model.abort(id, this.#now());
  }

  set isStalled(isStalled: boolean) {
    this.#isStalled = isStalled;
    this.#wake?.();
  }

  /** Time spent computing since the last call. */
  takeBusyMs(): number {
    if (this.#busySince !== undefined) {
      const now = this.#now();
      this.#busyMs += now - this.#busySince;
      this.#busySince = now;
    }
    const busyMs = this.#busyMs;
    this.#busyMs = 0;
    return busyMs;
  }

  #handOut(step: StepResult): void {
    this.#options.onStep?.(step);
    for (const event of step.events) {
      const listener = this.#listeners.get(event.requestId);
      if (event.kind === 'finish') this.#listeners.delete(event.requestId);
      listener?.(event);
    }
  }

  #setBusy(isBusy: boolean): void {
    if (isBusy) {
      this.#busySince ??= this.#now();
    } else if (this.#busySince !== undefined) {
      this.#busyMs += this.#now() - this.#busySince;
      this.#busySince = undefined;
    }
  }

  async #woken(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  #now(): number {
    return this.#env.clock.monotonic();
  }
}

/** Lets everything that is ready on sockets be handled. */
async function nextRound(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

function ignoreStop(): void {
  // The signal was given; the caller looks at it.
}
