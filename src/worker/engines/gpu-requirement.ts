import { findGpuKind, gpuOfCapability } from '#contracts/gpu-kinds.ts';
import type { GpuReport } from '../probes/gpu-probe.ts';
import type { Engine, EngineEvent, EngineExit, EngineRun } from './engine.ts';

/**
 * An engine that needs GPUs starts only where they can be used, by what the machine's own driver says and not by what
 * its order said. The refusal names the reason, where the engine itself would end with a page of its own internals.
 */
export function withUsableGpus(engine: Engine, report: () => Promise<GpuReport>): Engine {
  return {
    name: engine.name,
    pollMs: engine.pollMs,
    start(order, onEvent) {
      return new GuardedRun(report, () => engine.start(order, onEvent), onEvent);
    },
  };
}

/** Undefined when nothing speaks against it; a machine that tells no GPUs is the engine's own to judge. */
export function gpuRefusal({ gpus, problem }: GpuReport): { code: string; message: string } | undefined {
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
    start: () => EngineRun,
    onEvent: (event: EngineEvent) => void,
  ) {
    this.exited = this.#live(report, start, onEvent);
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    await this.#run?.stop(graceMs);
    await this.exited;
  }

  async #live(
    report: () => Promise<GpuReport>,
    start: () => EngineRun,
    onEvent: (event: EngineEvent) => void,
  ): Promise<EngineExit> {
    const refusal = gpuRefusal(await report());
    if (refusal) {
      // Another start would find the same GPUs.
      onEvent({ kind: 'fault', ...refusal, isFinal: refusal.code === 'gpu_unsupported' });
      return { reason: 'the GPUs cannot be used', lastLines: [] };
    }
    if (this.#isStopped) return { reason: 'told to end', lastLines: [] };
    this.#run = start();
    return this.#run.exited;
  }
}
