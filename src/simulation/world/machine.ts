/**
 * Something that runs and can die: a process of the control plane, or the agent on a rented machine. Whatever it
 * still waits for when it dies never comes, as with `kill -9`: no handler of it runs, no timer fires.
 */
import type { Env } from '#kernel/env.ts';
import type { Logger } from '#kernel/log.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Timeline } from './timeline.ts';

export interface MachineParts {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  /** Told of each crash point that is passed; true ends the machine there. */
  readonly crashesAt?: (name: string) => boolean;
}

export class Machine {
  readonly name: string;
  readonly env: Env;
  readonly random: SeededRandom;
  /** How far its own clock is off. */
  clockOffsetMs = 0;
  #isAlive = true;
  #pausedUntilMs = 0;
  readonly #bootedAtMs: number;
  readonly #parts: MachineParts;
  readonly #onDeath: (() => void)[] = [];

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.random = parts.random;
    this.#bootedAtMs = parts.scheduler.nowMs;
    this.env = this.#makeEnv(this.#makeLog({}));
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs > this.#parts.scheduler.nowMs;
  }

  /** The end of its last pause. */
  get awakeAtMs(): number {
    return this.#pausedUntilMs;
  }

  /** As by SIGSTOP: time goes on, it does not. */
  pause(forMs: number): void {
    this.#pausedUntilMs = this.#parts.scheduler.nowMs + forMs;
  }

  die(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    for (const told of this.#onDeath) told();
  }

  onDeath(told: () => void): void {
    this.#onDeath.push(told);
  }

  /** Runs something of this machine at once, or when it is awake again, or never. */
  resume(run: () => void): void {
    if (!this.#isAlive) return;
    if (!this.isPaused) run();
    else this.#parts.scheduler.at(this.#pausedUntilMs, () => this.resume(run));
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#isAlive) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = () => {
        task.cancel();
        reject(signal?.reason as Error);
      };
      const task = this.#parts.scheduler.after(ms, () =>
        this.resume(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async #crashPoint(name: string): Promise<void> {
    if (this.#isAlive && this.#parts.crashesAt?.(name)) {
      this.#parts.timeline.fact(this.name, `crashed at ${name}`);
      this.die();
    }
    if (!this.#isAlive) await new Promise(() => undefined);
    if (this.isPaused) await this.sleep(0);
  }

  #makeEnv(log: Logger): Env {
    const { scheduler, random } = this.#parts;
    return {
      clock: {
        now: () => scheduler.nowMs + this.clockOffsetMs,
        monotonic: () => scheduler.nowMs - this.#bootedAtMs,
      },
      random,
      log,
      sleep: (ms, signal) => this.sleep(ms, signal),
      crashPoint: (name) => this.#crashPoint(name),
      with: (fields) => this.#makeEnv(this.#makeLog(fields)),
    };
  }

  #makeLog(known: Record<string, unknown>): Logger {
    const write = (fields: Record<string, unknown>, message: string) => {
      const all = Object.entries({ ...known, ...fields }).filter(([name]) => !HIDDEN.includes(name));
      const told = all.map(([name, value]) => `${name}=${String(value)}`).join(' ');
      this.#parts.timeline.note(this.name, `"${message}" ${told}`);
    };
    return {
      debug: () => undefined,
      info: write,
      warn: write,
      error: write,
      with: (fields) => this.#makeLog({ ...known, ...fields }),
    };
  }
}

const HIDDEN = ['correlation_id', 'stack'];
