import type { HeartbeatRequest } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { type EngineReading, parseEngineMetrics } from './probes/engine-metrics.ts';
import type { GpuReading } from './probes/gpu-probe.ts';
import type { SystemReading } from './probes/system-probe.ts';

export type MachineSample = HeartbeatRequest['sample'];

export interface SamplerSources {
  readonly gpus: () => Promise<GpuReading[]>;
  readonly system: () => Promise<SystemReading>;
  /** Prometheus text of the engine, undefined while it does not answer. */
  readonly engineMetrics: () => Promise<string | undefined>;
}

const EMPTY: MachineSample = {
  cpu_ratio: null,
  memory_used_bytes: null,
  memory_total_bytes: null,
  disk_used_bytes: null,
  disk_total_bytes: null,
  network_rx_bytes: null,
  network_tx_bytes: null,
  requests_running: null,
  requests_waiting: null,
  tokens_per_second: null,
  kv_cache_ratio: null,
  kv_cache_tokens: null,
  gpus: [],
};

/**
 * The latest figures of the machine, its GPUs and its engine. Reading never waits: `latest` is what the last
 * refresh found, and a probe that hangs only makes its own figures old.
 */
export class MachineSampler {
  readonly #env: Env;
  readonly #sources: SamplerSources;
  #latest = EMPTY;
  #refreshing: Promise<void> | undefined;
  #system: SystemReading | undefined;
  #generation: { readonly tokens: number; readonly at: number } | undefined;

  constructor(env: Env, sources: SamplerSources) {
    this.#env = env;
    this.#sources = sources;
  }

  get latest(): MachineSample {
    return this.#latest;
  }

  /** Resolves when every probe has answered or given up; callers at the same time share one round. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#sampleAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The registration reads the GPUs first; its reading is also the first sample. */
  noteGpus(gpus: readonly GpuReading[]): void {
    this.#latest = { ...this.#latest, gpus: gpus.map((gpu) => gpu.sample) };
  }

  async #sampleAll(): Promise<void> {
    const { gpus, system, engineMetrics } = this.#sources;
    await Promise.all([
      gpus().then((readings) => this.noteGpus(readings)),
      system().then((reading) => this.#noteSystem(reading)),
      engineMetrics().then((text) => this.#noteEngine(parseEngineMetrics(text))),
    ]);
  }

  #noteSystem(reading: SystemReading): void {
    const cpuRatio = this.#system ? busyRatio(this.#system, reading) : null;
    this.#system = reading;
    this.#latest = {
      ...this.#latest,
      cpu_ratio: cpuRatio,
      memory_used_bytes: reading.memoryUsedBytes,
      memory_total_bytes: reading.memoryTotalBytes,
      disk_used_bytes: reading.diskUsedBytes,
      disk_total_bytes: reading.diskTotalBytes,
      network_rx_bytes: reading.networkRxBytes,
      network_tx_bytes: reading.networkTxBytes,
    };
  }

  #noteEngine(reading: EngineReading): void {
    const at = this.#env.clock.monotonic();
    const before = this.#generation;
    const tokens = reading.generationTokens;
    this.#generation = tokens === null ? undefined : { tokens, at };
    // A counter that fell is a restarted engine: there is no rate over that gap.
    const isRate = before !== undefined && tokens !== null && tokens >= before.tokens && at > before.at;
    this.#latest = {
      ...this.#latest,
      requests_running: reading.requestsRunning,
      requests_waiting: reading.requestsWaiting,
      kv_cache_ratio: reading.kvCacheRatio,
      kv_cache_tokens: reading.kvCacheTokens,
      tokens_per_second: isRate ? ((tokens - before.tokens) * 1000) / (at - before.at) : null,
    };
  }
}

function busyRatio(before: SystemReading, after: SystemReading): number | null {
  if (before.cpuTotalTicks === null || after.cpuTotalTicks === null) return null;
  const total = after.cpuTotalTicks - before.cpuTotalTicks;
  const busy = (after.cpuBusyTicks ?? 0) - (before.cpuBusyTicks ?? 0);
  return total > 0 ? Math.min(1, Math.max(0, busy / total)) : null;
}
