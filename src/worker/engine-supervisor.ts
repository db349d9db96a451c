import net from 'node:net';
import type { Env } from '#kernel/env.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import type { WorkerCondition } from './condition.ts';
import type { EngineClient } from './engine-client.ts';
import type { Engine, EngineExit, EngineOrder, EngineProgress, EngineRun } from './engines/engine.ts';
import { modelIsListed, warmUp } from './model-readiness.ts';
import { Bell, pause } from './pause.ts';
import type { UnaryForms } from './unary/unary-forms.ts';

/**
 * Keeps one engine running: starts it, tells how far it is, declares it ready only after the model answered, starts
 * it again when it dies. The condition leaves `ready` in the same turn in which the engine's end is seen. After
 * five starts in a row that never became ready, or a fault that another start would not mend, it gives up with
 * `failed`.
 */
export interface SupervisorDeps {
  readonly env: Env;
  readonly engine: Engine;
  readonly order: EngineOrder;
  readonly client: EngineClient;
  readonly condition: WorkerCondition;
  readonly forms: UnaryForms;
  readonly signal: AbortSignal;
}

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly isFinal?: boolean;
}

const RESTART: Backoff = { firstMs: 200, maxMs: 30_000 };
const FAILED_STARTS_MAX = 5;
const STEADY_MS = 60_000;
const HEALTH_EVERY_MS = 5_000;
const HEALTH_LIMIT_MS = 5_000;
const HEALTH_MISSES_MAX = 3;
const STOP_GRACE_MS = 5_000;

export class EngineSupervisor {
  readonly #deps: SupervisorDeps;
  #run: EngineRun | undefined;
  /** The last end was by a fault that stays. */
  #isHopeless = false;

  constructor(deps: SupervisorDeps) {
    this.#deps = deps;
  }

  /** Returns when the signal aborts or the engine is given up. */
  async run(): Promise<void> {
    const { env, condition, signal } = this.#deps;
    let failedStarts = 0;
    let backoffStep = 0;
    while (!signal.aborted) {
      condition.updateEngine({ status: 'pulling' });
      await this.#untilPortIsFree();
      if (signal.aborted) return;
      const readyForMs = await this.#runOnce();
      if (signal.aborted) return;
      failedStarts = readyForMs === undefined ? failedStarts + 1 : 0;
      if (failedStarts >= FAILED_STARTS_MAX || this.#isHopeless) {
        env.log.error({ starts: failedStarts }, 'The engine does not become ready; giving up.');
        condition.updateEngine({ status: 'failed' });
        return;
      }
      backoffStep = readyForMs !== undefined && readyForMs >= STEADY_MS ? 1 : backoffStep + 1;
      await pause(env, backoffMs(RESTART, backoffStep, env.random), signal);
    }
  }

  /** Ends the running engine; the caller has aborted the signal before. */
  async stop(graceMs: number): Promise<void> {
    await this.#run?.stop(graceMs);
  }

  /** One life of the engine: for how long it was ready, undefined when it never was. */
  async #runOnce(): Promise<number | undefined> {
    const { env, engine, order, condition, signal } = this.#deps;
    const ended = new AbortController();
    const news = new Bell();
    let fault: Fault | undefined;
    let readyAt: number | undefined;
    const run = engine.start(order, (event) => {
      if (event.kind === 'fault') fault = event;
      else this.#note(event);
      news.ring();
    });
    this.#run = run;
    const watching = this.#bringUp(ended.signal, news)
      .then((isReady) => {
        if (!isReady) return undefined;
        readyAt = env.clock.monotonic();
        return this.#untilUnresponsive(ended.signal);
      })
      .then(async (unresponsive) => {
        if (!unresponsive) return;
        fault = unresponsive;
        await run.stop(STOP_GRACE_MS);
      });
    const exit = await run.exited;
    ended.abort();
    this.#run = undefined;
    if (!signal.aborted) {
      const error = fault ?? crashOf(exit);
      this.#isHopeless = readyAt === undefined && error.isFinal === true;
      const { restarts } = condition.engine;
      condition.updateEngine({
        status: 'installed',
        engineHttp: false,
        bytesLoaded: null,
        error: { code: error.code, message: error.message.slice(0, 2000) },
        restarts: restarts + 1,
      });
      env.log.error({ ...error, engine: engine.name, reason: exit.reason }, 'The engine ended.');
    }
    await watching;
    return readyAt === undefined ? undefined : env.clock.monotonic() - readyAt;
  }

  #note(event: EngineProgress): void {
    const { condition } = this.#deps;
    const { status } = condition.engine;
    switch (event.kind) {
      case 'pulling':
        condition.updateEngine({ bytesLoaded: event.bytes, bytesTotal: event.total });
        break;
      case 'loading':
        condition.updateEngine({
          status: status === 'pulling' ? 'loading' : status,
          bytesLoaded: event.bytes,
          bytesTotal: event.total,
        });
        break;
      case 'http':
        condition.updateEngine({ engineHttp: true, status: status === 'pulling' ? 'loading' : status });
        break;
      case 'ready':
        break;
    }
  }

  /** Asks until the model has answered once; false when the engine ended before. */
  async #bringUp(ended: AbortSignal, news: Bell): Promise<boolean> {
    const { env, engine, order, client, condition, forms } = this.#deps;
    while (!ended.aborted) {
      const next = news.next;
      const health = await client.get('/health', HEALTH_LIMIT_MS);
      if (ended.aborted) return false;
      if (health) this.#note({ kind: 'http' });
      if (health?.status === 200 && (await modelIsListed(client, order.model.served_name))) {
        if (ended.aborted) return false;
        condition.updateEngine({ status: 'warming', bytesLoaded: condition.engine.bytesTotal });
        if (await warmUp(env, client, order.model.served_name)) {
          await forms.learn(env, client, order.model.served_name);
          if (ended.aborted) return false;
          condition.updateEngine({ status: 'ready', error: null });
          env.log.info({ model: order.model.served_name }, 'The model answers.');
          return true;
        }
      }
      await pause(env, engine.pollMs, ended, next);
    }
    return false;
  }

  /** The fault, when a ready engine stops answering its health check; undefined when it ended by itself. */
  async #untilUnresponsive(ended: AbortSignal): Promise<Fault | undefined> {
    const { env, client } = this.#deps;
    let misses = 0;
    while (await pause(env, HEALTH_EVERY_MS, ended)) {
      const health = await client.get('/health', HEALTH_LIMIT_MS);
      misses = health?.status === 200 ? 0 : misses + 1;
      if (misses >= HEALTH_MISSES_MAX) {
        return { code: 'engine_unresponsive', message: 'The engine no longer answers its health check.' };
      }
    }
    return undefined;
  }

  /** An engine of a killed agent needs a moment to die; two on one port would confuse the readiness check. */
  async #untilPortIsFree(): Promise<void> {
    const { env, order, signal } = this.#deps;
    for (let tries = 0; tries < 100 && (await isListening(order.host, order.port)); tries++) {
      if (!(await pause(env, 50, signal))) return;
    }
  }
}

function crashOf(exit: EngineExit): Fault {
  const said = exit.lastLines.slice(-5).join('\n').slice(-1500);
  return { code: 'engine_crashed', message: said === '' ? exit.reason : `${exit.reason}: ${said}` };
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 1_000 });
    const answer = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => answer(true));
    socket.once('timeout', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
