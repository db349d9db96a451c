import type { HeartbeatRequest, WorkerStatus } from '#contracts/worker.ts';
import { Bell } from './pause.ts';

type ReportedError = HeartbeatRequest['error'];
/** How far the engine is; the part of the status that the engine decides. */
export type EngineStatus = Extract<
  WorkerStatus,
  'installed' | 'pulling' | 'loading' | 'warming' | 'ready' | 'failed'
>;

export interface EngineCondition {
  readonly status: EngineStatus;
  readonly engineHttp: boolean;
  readonly bytesLoaded: number | null;
  readonly bytesTotal: number | null;
  readonly error: ReportedError;
  readonly restarts: number;
}

/** Why requests are not taken: told to drain by the control plane, leaving on a signal, or taken over. */
export type Withdrawal = 'drain_ordered' | 'leaving' | 'superseded';

/**
 * What this worker is, in one place: the engine's part, what withdraws it from service, and how many requests are
 * open. `version` rises with every change that must be told at once, `progress` with those that may wait a second.
 */
export class WorkerCondition {
  #engine: EngineCondition = {
    status: 'installed',
    engineHttp: false,
    bytesLoaded: null,
    bytesTotal: null,
    error: null,
    restarts: 0,
  };
  readonly #withdrawals = new Set<Withdrawal>();
  #stopped = false;
  #inFlight = 0;
  #version = 0;
  #progress = 0;
  readonly #changed = new Bell();

  get engine(): EngineCondition {
    return this.#engine;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get version(): number {
    return this.#version;
  }

  get progress(): number {
    return this.#progress;
  }

  get status(): WorkerStatus {
    if (this.#stopped || this.#withdrawals.has('superseded')) return 'stopped';
    if (this.#engine.status === 'failed') return 'failed';
    return this.#withdrawals.size > 0 ? 'draining' : this.#engine.status;
  }

  /** Undefined when a request may be taken now; otherwise why not. */
  get refusal(): string | undefined {
    return this.status === 'ready' ? undefined : this.status;
  }

  /** Aborts at the next change that must be told at once. */
  get nextChange(): AbortSignal {
    return this.#changed.next;
  }

  updateEngine(patch: Partial<EngineCondition>): void {
    const before = this.#engine;
    const after = { ...before, ...patch };
    this.#engine = after;
    if (
      before.status !== after.status ||
      before.engineHttp !== after.engineHttp ||
      before.error?.code !== after.error?.code ||
      before.error?.message !== after.error?.message ||
      before.restarts !== after.restarts
    ) {
      this.#announce();
    } else if (before.bytesLoaded !== after.bytesLoaded || before.bytesTotal !== after.bytesTotal) {
      this.#progress += 1;
    }
  }

  withdraw(reason: Withdrawal): void {
    if (this.#withdrawals.has(reason)) return;
    this.#withdrawals.add(reason);
    this.#announce();
  }

  /** The control plane wants service again; other reasons to withdraw stand. */
  resumeService(): void {
    if (this.#withdrawals.delete('drain_ordered')) this.#announce();
  }

  markStopped(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#announce();
  }

  requestOpened(): void {
    this.#inFlight += 1;
  }

  requestClosed(): void {
    this.#inFlight -= 1;
    // Who drains waits for exactly this moment.
    if (this.#inFlight === 0 && this.#withdrawals.size > 0) this.#announce();
  }

  #announce(): void {
    this.#version += 1;
    this.#changed.ring();
  }
}
