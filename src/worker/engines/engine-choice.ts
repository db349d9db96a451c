/** The engines that an agent may be told to run, and what each of them sees of the environment. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ChosenFlavour, chooseFlavour } from '#contracts/flavour-choice.ts';
import { type GpuClass, type GpuVendor, gpuClassOf, gpuClassOfMachine } from '#contracts/gpu-families.ts';
import type { Env } from '#kernel/env.ts';
import type { AgentDeps } from '../agent.ts';
import { ModelCache } from '../models/model-cache.ts';
import { type GpuReading, type GpuReport, reportGpus } from '../probes/gpu-probe.ts';
import type { WorkerConfig } from '../worker-config.ts';
import type { Engine, EngineOrder } from './engine.ts';
import { type Refusal, withUsableGpus } from './gpu-requirement.ts';
import { llamaEngine } from './llama-engine.ts';
import { simulatedEngine } from './simulated-engine.ts';
import type { VllmFlavour, VllmLauncher, VllmSettings } from './vllm-command.ts';
import { VLLM_POLL_MS, vllmEngine } from './vllm-engine.ts';

/** Makes the agent's program the engine for GGUF files: the agent is one file, and so is that engine. */
export const LLAMA_WORD = 'llama-engine';
const RUNTIME_ANSWERS_MS = 2_000;
/** The engine sees these and nothing else of the agent's environment. */
const ENGINE_VARIABLES = /^(PATH|HOME|LANG|LD_LIBRARY_PATH|HF_TOKEN|(CUDA|NVIDIA|NCCL|VLLM|HF_HUB)_.*)$/;
/** No token of any store among them: the agent fetches what this engine reads. */
const LLAMA_VARIABLES = /^(PATH|HOME|LANG|TMPDIR|LD_LIBRARY_PATH|INVENTIV_LLAMA_CPP)$/;

export type Variables = Readonly<Record<string, string | undefined>>;

export interface EnginesOnBoard {
  readonly config: WorkerConfig;
  /** The agent's own, of which each engine gets its part. */
  readonly variables: Variables;
  /** What starts the agent's program. */
  readonly program: readonly string[];
  /** What the drivers of the machine say of its GPUs. */
  readonly report?: () => Promise<GpuReport>;
}

export function engineFor(env: Env, onBoard: EnginesOnBoard): AgentDeps['engineFor'] {
  const { variables, program } = onBoard;
  const cacheDir = cacheDirOf(onBoard);
  return (kind) => {
    switch (kind) {
      case 'simulated':
        return simulatedEngine(env, {
          command: simulatedProgram(variables),
          env: chosenOf(variables, () => true),
        });
      case 'llama-cpp':
        return llamaEngine(env, new ModelCache(env, { dir: path.join(cacheDir, 'gguf') }), {
          command: [...program, LLAMA_WORD],
          env: chosenOf(variables, (name) => LLAMA_VARIABLES.test(name)),
        });
      case 'vllm':
        return vllmOnBoard(env, onBoard);
    }
  };
}

/** One path, or a JSON list of words. */
function simulatedProgram(variables: Variables): readonly string[] {
  const text = variables['INVENTIV_SIMULATED_ENGINE'] ?? '';
  if (text === '')
    throw new Error('INVENTIV_SIMULATED_ENGINE names no program: there is no simulated engine here.');
  if (!text.startsWith('[')) return [text];
  const words: unknown = JSON.parse(text);
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new Error('INVENTIV_SIMULATED_ENGINE is neither a path nor a JSON list of words.');
}

function vllmOnBoard(env: Env, onBoard: EnginesOnBoard): Engine {
  // What the container runtime of this machine was found to be unable to do stays so.
  let isRootReadOnly = true;
  const { report = reportGpus } = onBoard;
  return withUsableGpus({ name: 'vllm', pollMs: VLLM_POLL_MS }, report, (gpus, order) => {
    const gpu = gpuOf(gpus, order.flavours);
    const { chosen, refusal } = chooseFlavour(order.flavours?.layers ?? [], gpu);
    if (!chosen) return { code: 'engine_flavour_missing', message: refusal ?? 'No flavour fits these GPUs.' };
    const launcher = vllmLauncher(onBoard.variables, { vendor: gpu.vendor, image: chosen.image.value });
    if ('code' in launcher) return launcher;
    env.log.info(
      { flavour: chosen.flavour, family: gpu.family, image: chosen.image.value, launcher: launcher.kind },
      'The engine is run with this flavour.',
    );
    const settings = { ...vllmSettings(onBoard, launcher), flavour: flavourOf(chosen), isRootReadOnly };
    return vllmEngine(env, settings, () => {
      isRootReadOnly = false;
    });
  });
}

/** By what the driver says; by what was ordered on a machine that tells no GPUs. */
function gpuOf(gpus: readonly GpuReading[], flavours: EngineOrder['flavours']): GpuClass {
  return (
    gpuClassOfMachine(gpus.map(({ identity }) => identity)) ?? gpuClassOf(flavours?.gpu_kind ?? '', null)
  );
}

function flavourOf({ args, environment, mounts, devices, network }: ChosenFlavour): VllmFlavour {
  return {
    ...{ args: args.value, environment: environment.value },
    ...{ mounts: mounts.value, devices: devices.value, network: network.value },
  };
}

/**
 * A program that was named; else a container, for it sees the least of the machine; else a program that is there. It
 * also goes before a container runtime that does not answer.
 */
export function vllmLauncher(
  variables: Variables,
  { vendor, image: ofFlavour }: { readonly vendor: GpuVendor; readonly image: string },
): VllmLauncher | Refusal {
  const named = variables['INVENTIV_VLLM_PROGRAM'];
  if (named) return { kind: 'native', program: named };
  const program = findOnPath(variables, 'vllm');
  const runtime = (['docker', 'podman'] as const).find((one) => {
    const file = findOnPath(variables, one);
    return file !== undefined && (program === undefined || answers(variables, file));
  });
  if (runtime) {
    // Whoever has the machine wrote it into the machine's own file.
    const image = variables['INVENTIV_VLLM_IMAGE'] || ofFlavour;
    return { kind: 'container', runtime, vendor, image };
  }
  if (program) return { kind: 'native', program };
  const message =
    'This machine has neither docker nor podman nor vllm: install one of them, or name the program in INVENTIV_VLLM_PROGRAM.';
  return { code: 'engine_not_installed', message };
}

/** Asked once before a start, and not for long: the agent does nothing else meanwhile. */
function answers(variables: Variables, runtime: string): boolean {
  const env = chosenOf(variables, (name) => ENGINE_VARIABLES.test(name) || name.startsWith('DOCKER_'));
  return spawnSync(runtime, ['info'], { env, stdio: 'ignore', timeout: RUNTIME_ANSWERS_MS }).status === 0;
}

function vllmSettings(
  onBoard: EnginesOnBoard,
  launcher: VllmLauncher,
): Omit<VllmSettings, 'flavour' | 'isRootReadOnly'> {
  return {
    launcher,
    cacheDir: cacheDirOf(onBoard),
    env: chosenOf(onBoard.variables, (name) => ENGINE_VARIABLES.test(name)),
  };
}

/** Shared by all engines of the machine, and kept when they go. */
function cacheDirOf({ config, variables }: EnginesOnBoard): string {
  return variables['INVENTIV_MODEL_CACHE'] ?? path.join(config.stateDir, 'models');
}

function findOnPath(variables: Variables, program: string): string | undefined {
  const dirs = (variables['PATH'] ?? '').split(':').filter(Boolean);
  return dirs.map((dir) => path.join(dir, program)).find((file) => existsSync(file));
}

export function chosenOf(variables: Variables, isWanted: (name: string) => boolean): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && isWanted(name)) chosen[name] = value;
  }
  return chosen;
}
