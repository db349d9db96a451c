import { renameSync, writeFileSync } from 'node:fs';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';

/**
 * What `nvidia-smi --query-gpu=index,name,compute_cap,memory.total,memory.used,utilization.gpu,temperature.gpu,power.draw
 * --format=csv,noheader,nounits` would print on a machine with this load, kept in a file that a pretended nvidia-smi
 * prints. Written at the start and then at most once a second, when something changed; always whole, by renaming.
 * A file that cannot be written is said once and tried again: telemetry must not end an engine.
 */
export interface GpuOptions {
  readonly path: string;
  readonly count: number;
  readonly name: string;
  /** Derived from the name when not told. */
  readonly computeCapability?: string | undefined;
  readonly memoryMib: number;
}

export interface GpuLoad {
  /** Share of the time since the last reading in which the engine computed. */
  readonly busyRatio: number;
  readonly kvRatio: number;
  /** Weights in GPU memory, over all GPUs. */
  readonly loadedBytes: number;
}

const INTERVAL_MS = 1000;
const MIB = 1024 * 1024;
/** What the driver and an idle context hold. */
const IDLE_MIB = 4;
/** vLLM takes this share of the memory for weights and KV cache. */
const MEMORY_UTILISATION = 0.9;

/** First match wins. */
const KINDS: readonly { pattern: RegExp; computeCapability: string; powerWatts: number }[] = [
  { pattern: /\b(GB200|GB300|B200|B300)\b/i, computeCapability: '10.0', powerWatts: 1000 },
  { pattern: /RTX PRO 6000|RTX 50/i, computeCapability: '12.0', powerWatts: 600 },
  { pattern: /\b(GH200|H200|H100|H800|H20)\b/i, computeCapability: '9.0', powerWatts: 700 },
  { pattern: /\bL40S?\b/i, computeCapability: '8.9', powerWatts: 350 },
  { pattern: /\bL4\b/i, computeCapability: '8.9', powerWatts: 72 },
  { pattern: /\bA100\b/i, computeCapability: '8.0', powerWatts: 400 },
  { pattern: /\bA10G?\b/i, computeCapability: '8.6', powerWatts: 150 },
  { pattern: /\bT4\b/i, computeCapability: '7.5', powerWatts: 70 },
  { pattern: /\bV100\b/i, computeCapability: '7.0', powerWatts: 300 },
  { pattern: /\bP100\b/i, computeCapability: '6.0', powerWatts: 250 },
];
const UNKNOWN_KIND = { computeCapability: '9.0', powerWatts: 350 };

export class GpuTelemetry {
  readonly #env: Env;
  readonly #options: GpuOptions;
  readonly #read: () => GpuLoad;
  #smoothed = 0;
  #written = '';
  #hasFailed = false;

  constructor(env: Env, options: GpuOptions, read: () => GpuLoad) {
    this.#env = env;
    this.#options = options;
    this.#read = read;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.update();
      // An abort ends the wait; the loop condition looks at it.
      await this.#env.sleep(INTERVAL_MS, signal).catch(() => {});
    }
  }

  update(): void {
    const load = this.#read();
    this.#smoothed += (load.busyRatio - this.#smoothed) * 0.4;
    const text = gpuCsv(this.#options, load, this.#smoothed);
    if (text === this.#written) return;
    try {
      const temporary = `${this.#options.path}.new`;
      writeFileSync(temporary, text);
      renameSync(temporary, this.#options.path);
      this.#written = text;
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed)
        this.#env.log.warn({ error: messageOf(error) }, 'The GPU file cannot be written.');
      this.#hasFailed = true;
    }
  }
}

/** Temperature and power follow the smoothed load, as heat does; utilisation and memory the present one. */
export function gpuCsv(options: GpuOptions, load: GpuLoad, smoothedRatio: number): string {
  const { count, name, memoryMib } = options;
  const kind = KINDS.find(({ pattern }) => pattern.test(name)) ?? UNKNOWN_KIND;
  const computeCapability = options.computeCapability ?? kind.computeCapability;
  const weightsMib = load.loadedBytes / MIB / count;
  const kvMib = Math.max(0, memoryMib * MEMORY_UTILISATION - weightsMib) * load.kvRatio;
  const usedMib = Math.min(memoryMib, Math.round(IDLE_MIB + weightsMib + kvMib));
  const utilisation = Math.round(100 * Math.min(1, Math.max(0, load.busyRatio)));
  const temperature = Math.round(31 + 44 * smoothedRatio);
  const power = (kind.powerWatts * (0.1 + 0.85 * smoothedRatio)).toFixed(2);
  let text = '';
  for (let index = 0; index < count; index++) {
    text += `${index}, ${name}, ${computeCapability}, ${memoryMib}, ${usedMib}, ${utilisation}, ${temperature}, ${power}\n`;
  }
  return text;
}
