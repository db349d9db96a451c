import { findGpuKind, gpuOfCapability } from '#contracts/gpu-kinds.ts';
import type { GpuReport } from '../probes/gpu-probe.ts';
import type { Engine, EngineEvent, EngineExit, EngineOrder, EngineRun } from './engine.ts';

/**
 * An engine that needs GPUs starts only where they can be used, by what the machine's own driver says and not by what
 * its order said. The refusal names the reason, where the engine itself would end with a page of its own internals.
 */
export function withUsableGpus(
  { name, pollMs }: Pick<Engine, 'name' | 'pollMs'>,
  report: () => Promise<GpuReport>,
  /** The engine for these GPUs, or why there is none. */
  engineOn: (gpus: GpuReport['gpus'], order: EngineOrder) => Engine | Refusal,
): Engine {
  return {
    name,
    pollMs,
    start(order, onEvent) {
      const begin = (gpus: GpuReport['gpus']): EngineRun | Refusal => {
        const engine = engineOn(gpus, order);
        return 'code' in engine ? engine : engine.start(order, onEvent);
      };
      return new GuardedRun(report, begin, onEvent);
    },
  };
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Undefined when nothing speaks against it; a machine that tells no GPUs is the engine's own to judge. */
export function gpuRefusal({ gpus, problem }: GpuReport): Refusal | undefined {
  if (problem !== undefined) return { code: 'gpu_unusable', message: problem };
  for (const { identity } of gpus) {
    const { name, compute_capability: told } = identity;
    const kind = told === null ? findGpuKind(name) : gpuOfCapability(Number(told));
    if (kind?.refusal == null) continue;
    const message = `${name} cannot run vLLM: ${kind.refusal}. Choose a machine with newer GPUs, or a GGUF file of the model for a machine without one.`;
    return { code: 'gpu_unsupported', message };
  }
  return undefined;
}

class GuardedRun implements EngineRun {
  readonly exited: Promise<EngineExit>;
  #run: EngineRun | undefined;
  #isStopped = false;

  constructor(
    report: () => Promise<GpuReport>,
    begin: (gpus: GpuReport['gpus']) => EngineRun | Refusal,
    onEvent: (event: EngineEvent) => void,
  ) {
    this.exited = this.#live(report, begin, onEvent);
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    await this.#run?.stop(graceMs);
    await this.exited;
  }

  async #live(
    report: () => Promise<GpuReport>,
    begin: (gpus: GpuReport['gpus']) => EngineRun | Refusal,
    onEvent: (event: EngineEvent) => void,
  ): Promise<EngineExit> {
    const found = await report();
    if (this.#isStopped) return { reason: 'told to end', lastLines: [] };
    const begun = gpuRefusal(found) ?? begin(found.gpus);
    if (!('code' in begun)) {
      this.#run = begun;
      return begun.exited;
    }
    // A driver may come to itself; the GPUs and the programs of a machine stay what they are.
    onEvent({ kind: 'fault', ...begun, isFinal: begun.code !== 'gpu_unusable' });
    return { reason: 'the engine cannot run here', lastLines: [] };
  }
}
