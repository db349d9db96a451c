/** How much log one machine may send: a burst at once, then so much a second. One that writes wildly hurts no other. */
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';

interface IntakeLimits {
  readonly burstBytes: number;
  readonly bytesPerSecond: number;
}

const AGENT_LIMITS: IntakeLimits = { burstBytes: 4 * 1024 * 1024, bytesPerSecond: 128 * 1024 };
/** A machine without an agent has its steps to tell and the last words of a failure. */
export const INSTALL_LIMITS: IntakeLimits = { burstBytes: 512 * 1024, bytesPerSecond: 4 * 1024 };
/** A request costs this much whatever it carries. */
const REQUEST_BYTES = 4 * 1024;
const MACHINES_MAX = 20_000;

interface Allowance {
  bytes: number;
  atMs: number;
}

export class LogIntake {
  readonly #env: Env;
  readonly #machines = new Map<string, Allowance>();
  readonly #limits: IntakeLimits;

  constructor(env: Env, limits = AGENT_LIMITS) {
    this.#env = env;
    this.#limits = limits;
  }

  /** @throws worker.logs_limited with the time after which the same is taken */
  admit(instanceId: string, bytes: number): void {
    const { burstBytes, bytesPerSecond } = this.#limits;
    const nowMs = this.#env.clock.monotonic();
    const known = this.#machines.get(instanceId) ?? { bytes: burstBytes, atMs: nowMs };
    const refilled = Math.min(burstBytes, known.bytes + ((nowMs - known.atMs) / 1000) * bytesPerSecond);
    const left = refilled - bytes - REQUEST_BYTES;
    if (left < 0) {
      throw new AppError('worker.logs_limited', {
        retryAfterMs: Math.ceil((-left / bytesPerSecond) * 1000),
      });
    }
    // Moved to the end, so that the first is the one that has been quiet for longest.
    this.#machines.delete(instanceId);
    this.#machines.set(instanceId, { bytes: left, atMs: nowMs });
    if (this.#machines.size > MACHINES_MAX) {
      for (const oldest of this.#machines.keys()) {
        this.#machines.delete(oldest);
        break;
      }
    }
  }
}
