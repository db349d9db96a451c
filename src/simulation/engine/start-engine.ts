import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { EngineSettings } from './engine-args.ts';
import { GpuTelemetry } from './gpu-telemetry.ts';
import { HttpEngine } from './http-engine.ts';
import { NO_TOKEN_LOG, openTokenLog } from './token-log.ts';

/**
 * Brings one engine from nothing to ready and says so: `pull` with the bytes fetched, `http` when the server listens
 * (and answers 503), `loading` with the bytes in GPU memory, `ready`. With all delays at 0 each is said once, at once.
 * `stop` ends it at any point of this; the port is free when it returns.
 */
export type EngineProgress =
  | { readonly event: 'pull' | 'loading'; readonly bytes: number; readonly total: number }
  | { readonly event: 'http'; readonly host: string; readonly port: number; readonly max_model_len: number }
  | { readonly event: 'ready' };

export interface RunningEngine {
  readonly engine: HttpEngine;
  /** Resolves when ready, or when stopped before that; rejects when the start or, later, the model loop fails. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

const ENGINE_VERSION = '0.11.0+simulated';
const EMBEDDING_DIMENSIONS = 384;
const PROGRESS_INTERVAL_MS = 100;

export function startEngine(
  env: Env,
  settings: EngineSettings,
  hooks: { say: (progress: EngineProgress) => void; crash: () => void },
): RunningEngine {
  const stopping = new AbortController();
  const engine = new HttpEngine(env, {
    ...settings,
    served: { names: settings.servedNames, maxModelLen: settings.maxModelLen },
    tokenLog: settings.tokenLogPath ? openTokenLog(settings.tokenLogPath, env.clock.now()) : NO_TOKEN_LOG,
    embeddingDimensions: EMBEDDING_DIMENSIONS,
    version: ENGINE_VERSION,
    crash: hooks.crash,
  });
  for (const { fault, times } of settings.faults) engine.faults.add(fault, times);
  let loadedBytes = 0;
  const telemetry = watchGpu(env, settings, {
    engine,
    signal: stopping.signal,
    loadedBytes: () => loadedBytes,
  });
  const start = async () => {
    const { weightsBytes, failAt } = settings;
    await phase(env, settings.pullMs, stopping.signal, (share) => {
      hooks.say({ event: 'pull', bytes: Math.round(weightsBytes * share), total: weightsBytes });
    });
    if (failAt === 'pull')
      throw startFailure('The weights could not be fetched: connection reset by the hub.');
    if (stopping.signal.aborted) return;
    const port = await engine.listen(settings.host, settings.port);
    hooks.say({ event: 'http', host: settings.host, port, max_model_len: settings.maxModelLen });
    await phase(env, settings.loadMs, stopping.signal, (share) => {
      loadedBytes = Math.round(weightsBytes * share);
      hooks.say({ event: 'loading', bytes: loadedBytes, total: weightsBytes });
    });
    if (failAt === 'load')
      throw startFailure('torch.OutOfMemoryError: CUDA out of memory while loading the weights.');
    if (stopping.signal.aborted) return;
    engine.setReady();
    hooks.say({ event: 'ready' });
  };
  return {
    engine,
    ready: start(),
    async stop() {
      stopping.abort();
      await telemetry;
      await engine.close();
    },
  };
}

/** Reports shares of the work from almost nothing to 1, evenly over `ms`. */
async function phase(
  env: Env,
  ms: number,
  signal: AbortSignal,
  report: (share: number) => void,
): Promise<void> {
  const steps = Math.max(1, Math.ceil(ms / PROGRESS_INTERVAL_MS));
  const startedAt = env.clock.monotonic();
  for (let step = 1; step <= steps && !signal.aborted; step++) {
    const waitMs = startedAt + (ms * step) / steps - env.clock.monotonic();
    // A stop ends the wait, and the loop.
    if (ms > 0 && waitMs > 0) await env.sleep(waitMs, signal).catch(() => {});
    if (!signal.aborted) report(step / steps);
  }
}

async function watchGpu(
  env: Env,
  settings: EngineSettings,
  source: { engine: HttpEngine; signal: AbortSignal; loadedBytes: () => number },
): Promise<void> {
  if (!settings.gpu) return;
  let readAt = env.clock.monotonic();
  const telemetry = new GpuTelemetry(env, settings.gpu, () => {
    const now = env.clock.monotonic();
    const busyMs = source.engine.runner.takeBusyMs();
    const load = source.engine.runner.model.load();
    const elapsedMs = Math.max(1, now - readAt);
    readAt = now;
    return {
      busyRatio: Math.min(1, busyMs / elapsedMs),
      kvRatio: load.kvBlocksUsed / load.kvBlocksTotal,
      loadedBytes: source.loadedBytes(),
    };
  });
  await telemetry.run(source.signal);
}

function startFailure(message: string): AppError {
  return new AppError('internal.unexpected', { publicMessage: message });
}
