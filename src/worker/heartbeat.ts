import type { AgentInfo, HeartbeatRequest } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import type { WorkerCondition } from './condition.ts';
import type { ControlAnswer, ControlClient } from './control-client.ts';
import type { Fields } from './field-readers.ts';
import { pause, within } from './pause.ts';
import { type Registration, SEQ_BLOCK } from './registration.ts';
import { saveRegistration } from './registration-file.ts';
import type { MachineSampler } from './sampler.ts';
import { readTunnelOrders } from './tunnel/tunnel-orders.ts';
import type { TunnelOrders } from './tunnel/tunnels.ts';

/**
 * Tells the control plane what this worker is: at each interval, and at once when the condition changes. There is
 * never more than one beat under way; a change meanwhile sends another right after. Progress in bytes alone is told
 * once a second.
 *
 * The control plane being away changes nothing here but the log: the worker serves on and the next beat that gets
 * through tells the present, not the past.
 */
export interface HeartbeatDeps {
  readonly env: Env;
  readonly control: ControlClient;
  readonly condition: WorkerCondition;
  readonly sampler: MachineSampler;
  readonly agent: AgentInfo;
  readonly registration: Registration;
  readonly stateDir: string;
  readonly signal: AbortSignal;
  /** A control plane answered and did not turn us away. */
  readonly onContact?: () => void;
  /** Where tunnels are to lead, as each answer tells it; none where the worker is reached directly. */
  readonly onTunnels?: (orders: TunnelOrders) => void;
}

type BeatOutcome = 'told' | 'failed' | 'refused' | 'superseded';

const PROGRESS_EVERY_MS = 1_000;
const SAMPLE_WAIT_MS = 500;
const ANSWER_MS_MIN = 2_000;
const ANSWER_DOUBLINGS_MAX = 2;
const REFUSED: Backoff = { firstMs: 30_000, maxMs: 300_000 };

export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  #seq: number;
  #seqReserved: number;
  #lastToldAt: number | undefined;
  #registration: Registration;

  constructor(deps: HeartbeatDeps) {
    this.#deps = deps;
    this.#registration = deps.registration;
    this.#seq = deps.registration.seqFrom;
    this.#seqReserved = deps.registration.seqReserved;
  }

  /** When the control plane last accepted a beat, on the monotonic clock. */
  get lastToldAt(): number | undefined {
    return this.#lastToldAt;
  }

  /** Of the token that is in force now. */
  get identity(): { readonly epoch: number; readonly token: string } {
    const { epoch, worker_token: token } = this.#registration.response;
    return { epoch, token };
  }

  /** As the control plane last told it. */
  get deadManMs(): number {
    return this.#registration.response.dead_man_ms;
  }

  /** Beats until the signal aborts or a newer worker takes over. */
  async run(): Promise<void> {
    const { env, condition, signal } = this.#deps;
    let failures = 0;
    let refusals = 0;
    while (!signal.aborted) {
      const { version, progress } = condition;
      const outcome = await this.beat(signal, failures);
      const intervalMs = this.#registration.response.heartbeat_interval_ms;
      if (outcome === 'superseded') return this.#giveUp();
      failures = outcome === 'failed' ? failures + 1 : 0;
      refusals = outcome === 'refused' ? refusals + 1 : 0;
      if (failures > 0) {
        const waitMs = backoffMs(
          { firstMs: Math.min(250, intervalMs), maxMs: intervalMs },
          failures,
          env.random,
        );
        await pause(env, waitMs, signal);
      } else if (refusals > 0) {
        await pause(env, backoffMs(REFUSED, refusals, env.random), signal);
      } else {
        await this.#untilNextBeat(version, progress, intervalMs);
      }
    }
  }

  /** One beat, after so many that failed; `run` and the last word of a leaving agent are its only callers. */
  async beat(signal: AbortSignal, failures = 0): Promise<BeatOutcome> {
    const { env, control, condition } = this.#deps;
    const { response } = this.#registration;
    const versionSent = condition.version;
    let answer: ControlAnswer;
    try {
      answer = await control.post({
        path: '/internal/worker/heartbeat',
        body: this.#compose(),
        bearer: response.worker_token,
        timeoutMs: answerLimitMs(response.heartbeat_interval_ms, failures),
        connectMs: answerLimitMs(response.heartbeat_interval_ms, 0),
        signal,
      });
    } catch (error) {
      if (!signal.aborted) env.log.warn({ error: messageOf(error) }, 'The control plane does not answer.');
      return 'failed';
    }
    return this.#judge(answer, versionSent);
  }

  #judge(answer: ControlAnswer, versionSent: number): BeatOutcome {
    const { env, condition, onContact } = this.#deps;
    const code = answer.body?.['code'];
    if (answer.status === 409 && code === 'worker.superseded') return 'superseded';
    // Shut out for good; a new registration needs a new bootstrap token.
    if (answer.status === 410 && code === 'worker.revoked') return 'superseded';
    if (answer.status === 401 || answer.status === 403) {
      env.log.error({ code }, 'The control plane refuses this worker: its token is unknown or revoked.');
      return 'refused';
    }
    if (answer.status !== 200) {
      // A control plane that cannot do its work now has not forgotten us; a proxy without one behind it may have.
      if (typeof code === 'string') onContact?.();
      env.log.warn({ status: answer.status, code }, 'A heartbeat was not accepted.');
      return 'failed';
    }
    const desired = answer.body?.['desired'];
    if (desired === 'drain') condition.withdraw('drain_ordered');
    // An answer older than an order to drain that came meanwhile must not undo it.
    else if (desired === 'serve' && condition.version === versionSent) condition.resumeService();
    else if (desired !== 'serve') {
      env.log.warn({ desired: String(desired) }, 'A heartbeat was answered with something unknown.');
      return 'failed';
    }
    this.#lastToldAt = env.clock.monotonic();
    onContact?.();
    this.#adopt(answer.body ?? {});
    this.#deps.onTunnels?.(readTunnelOrders(answer.body?.['tunnels']));
    return 'told';
  }

  /** What changed of our orders is on disk before it is used: a kill in between leaves a token that works. */
  #adopt(fields: Fields): void {
    const { env, stateDir } = this.#deps;
    const { response } = this.#registration;
    const { next_token: next, heartbeat_interval_ms: interval, dead_man_ms: deadMan } = fields;
    const changed = {
      ...response,
      worker_token: typeof next === 'string' && next !== '' ? next : response.worker_token,
      heartbeat_interval_ms: isWhole(interval) ? Math.max(50, interval) : response.heartbeat_interval_ms,
      dead_man_ms: isWhole(deadMan) ? deadMan : response.dead_man_ms,
    };
    const isNew =
      changed.worker_token !== response.worker_token ||
      changed.heartbeat_interval_ms !== response.heartbeat_interval_ms ||
      changed.dead_man_ms !== response.dead_man_ms;
    if (!isNew) return;
    const registration = { ...this.#registration, response: changed, seqReserved: this.#seqReserved };
    try {
      saveRegistration(stateDir, registration);
    } catch (error) {
      env.log.error({ error: messageOf(error) }, 'New orders cannot be kept; the old ones stay.');
      return;
    }
    if (changed.worker_token !== response.worker_token) env.log.info({}, 'The worker token was renewed.');
    this.#registration = registration;
  }

  async #untilNextBeat(version: number, progress: number, intervalMs: number): Promise<void> {
    const { env, condition, sampler, signal } = this.#deps;
    const until = env.clock.monotonic() + intervalMs;
    while (!signal.aborted && condition.version === version) {
      const leftMs = until - env.clock.monotonic();
      if (leftMs <= 0) {
        await within(env, SAMPLE_WAIT_MS, sampler.refresh());
        return;
      }
      await pause(env, Math.min(leftMs, PROGRESS_EVERY_MS), signal, condition.nextChange);
      if (condition.progress !== progress) return;
    }
  }

  #giveUp(): void {
    const { env, condition, stateDir } = this.#deps;
    env.log.error({}, 'A newer worker took over this instance, or this one was shut out; it stops serving.');
    condition.withdraw('superseded');
    saveRegistration(stateDir, { ...this.#registration, seqReserved: this.#seqReserved, superseded: true });
  }

  #nextSeq(): number {
    if (this.#seq >= this.#seqReserved) {
      this.#seqReserved = this.#seq + SEQ_BLOCK;
      saveRegistration(this.#deps.stateDir, { ...this.#registration, seqReserved: this.#seqReserved });
    }
    return this.#seq++;
  }

  #compose(): HeartbeatRequest {
    const { condition, agent, sampler } = this.#deps;
    const { response } = this.#registration;
    const { engine } = condition;
    return {
      instance_id: response.instance_id,
      epoch: response.epoch,
      seq: this.#nextSeq(),
      status: condition.status,
      engine_http: engine.engineHttp,
      model: response.model.served_name,
      model_bytes_loaded: engine.bytesLoaded,
      model_bytes_total: engine.bytesTotal,
      error: engine.error,
      engine_restarts: engine.restarts,
      in_flight: condition.inFlight,
      agent,
      sample: sampler.latest,
    };
  }
}

/**
 * How long an answer is waited for: longer after each beat that failed. Where ten thousand agents break off and connect
 * anew as fast as they can, a control plane that has just started finds only dead connections in its queue, and serves
 * none in time. That a connection comes to stand is waited for no longer than at first, so a network that heals is
 * noticed as soon as ever.
 */
export function answerLimitMs(intervalMs: number, failures: number): number {
  return Math.max(ANSWER_MS_MIN, intervalMs) * 2 ** Math.min(failures, ANSWER_DOUBLINGS_MAX);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
