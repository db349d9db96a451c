/** The engines that an agent may be told to run, and what each of them sees of the environment. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import type { AgentDeps } from '../agent.ts';
import { ModelCache } from '../models/model-cache.ts';
import { type GpuReading, reportGpus } from '../probes/gpu-probe.ts';
import type { WorkerConfig } from '../worker-config.ts';
import type { GpuVendor } from './container-command.ts';
import type { Engine } from './engine.ts';
import { type Refusal, withUsableGpus } from './gpu-requirement.ts';
import { llamaEngine } from './llama-engine.ts';
import { simulatedEngine } from './simulated-engine.ts';
import type { VllmLauncher, VllmSettings } from './vllm-command.ts';
import { VLLM_POLL_MS, vllmEngine } from './vllm-engine.ts';

/** Makes the agent's program the engine for GGUF files: the agent is one file, and so is that engine. */
export const LLAMA_WORD = 'llama-engine';
/** Pinned: what a machine runs follows from our release, not from the day on which it was rented. */
const VLLM_IMAGES: Readonly<Record<GpuVendor, string>> = {
  nvidia: 'vllm/vllm-openai:v0.23.0',
  amd: 'vllm/vllm-openai-rocm:v0.23.0',
};
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
  return withUsableGpus({ name: 'vllm', pollMs: VLLM_POLL_MS }, reportGpus, (gpus) => {
    const launcher = vllmLauncher(onBoard.variables, gpus);
    return 'code' in launcher ? launcher : vllmEngine(env, vllmSettings(onBoard, launcher));
  });
}

/**
 * A program that was named; else a container, for it sees the least of the machine; else a program that is there. It
 * also goes before a container runtime that does not answer.
 */
export function vllmLauncher(variables: Variables, gpus: readonly GpuReading[]): VllmLauncher | Refusal {
  const named = variables['INVENTIV_VLLM_PROGRAM'];
  if (named) return { kind: 'native', program: named };
  const program = findOnPath(variables, 'vllm');
  const runtime = (['docker', 'podman'] as const).find((one) => {
    const file = findOnPath(variables, one);
    return file !== undefined && (program === undefined || answers(variables, file));
  });
  if (runtime) {
    const vendor = gpus.some(({ identity }) => /\bAMD\b|\bInstinct\b|\bRadeon\b/i.test(identity.name))
      ? 'amd'
      : 'nvidia';
    const image = variables['INVENTIV_VLLM_IMAGE'] || VLLM_IMAGES[vendor];
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

function vllmSettings(onBoard: EnginesOnBoard, launcher: VllmLauncher): VllmSettings {
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
