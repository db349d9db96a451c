/** The engines that an agent may be told to run, and what each of them sees of the environment. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { systemEnv } from '#kernel/system-env.ts';
import type { AgentDeps } from '#worker/agent.ts';
import { withUsableGpus } from '#worker/engines/gpu-requirement.ts';
import { llamaEngine } from '#worker/engines/llama-engine.ts';
import { simulatedEngine } from '#worker/engines/simulated-engine.ts';
import type { VllmSettings } from '#worker/engines/vllm-command.ts';
import { vllmEngine } from '#worker/engines/vllm-engine.ts';
import { runLlamaEngine } from '#worker/llama/llama-process.ts';
import { ModelStore } from '#worker/models/model-store.ts';
import { reportGpus } from '#worker/probes/gpu-probe.ts';
import type { WorkerConfig } from '#worker/worker-config.ts';
import { jsonLog } from '#worker/worker-log.ts';

/** Makes the agent's program the engine for GGUF files: the agent is one file, and so is that engine. */
export const LLAMA_WORD = 'llama-engine';
const DEFAULT_VLLM_IMAGE = 'vllm/vllm-openai:v0.23.0';
/** The engine sees these and nothing else of the agent's environment. */
const ENGINE_VARIABLES = /^(PATH|HOME|LANG|LD_LIBRARY_PATH|HF_TOKEN|(CUDA|NVIDIA|NCCL|VLLM|HF_HUB)_.*)$/;
/** No token of any store among them: the agent fetches what this engine reads. */
const LLAMA_VARIABLES = /^(PATH|HOME|LANG|TMPDIR|LD_LIBRARY_PATH|INVENTIV_LLAMA_CPP)$/;

export function engineFor(env: Env, config: WorkerConfig): AgentDeps['engineFor'] {
  return (kind) => {
    switch (kind) {
      case 'simulated':
        return simulatedEngine(env, { command: simulatedProgram(), env: environment(() => true) });
      case 'llama-cpp':
        return llamaEngine(env, new ModelStore(env, { dir: path.join(cacheDir(config), 'gguf') }), {
          command: [process.execPath, ...process.execArgv, process.argv[1] ?? '', LLAMA_WORD],
          env: environment((name) => LLAMA_VARIABLES.test(name)),
        });
      case 'vllm':
        return withUsableGpus(vllmEngine(env, vllmSettings(config)), reportGpus);
    }
  };
}

/** It goes on until it is told to end or its agent dies. */
export function runLlamaWord(args: readonly string[]): void {
  const log = jsonLog((line) => void process.stderr.write(line), Date.now, { component: 'llama-engine' });
  const work = runLlamaEngine({
    env: systemEnv(log),
    args,
    packageFolder: process.env['INVENTIV_LLAMA_CPP'],
    say: (event) => void process.stdout.write(`${JSON.stringify(event)}\n`),
    exit: (code) => process.exit(code),
  });
  work.catch((error: unknown) => {
    process.stderr.write(`llama-engine: ${messageOf(error)}\n`);
    process.exit(1);
  });
}

/** One path, or a JSON list of words. */
function simulatedProgram(): readonly string[] {
  const text = process.env['INVENTIV_SIMULATED_ENGINE'] ?? '';
  if (text === '')
    throw new Error('INVENTIV_SIMULATED_ENGINE names no program: there is no simulated engine here.');
  if (!text.startsWith('[')) return [text];
  const words: unknown = JSON.parse(text);
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new Error('INVENTIV_SIMULATED_ENGINE is neither a path nor a JSON list of words.');
}

function vllmSettings(config: WorkerConfig): VllmSettings {
  const program = process.env['INVENTIV_VLLM_PROGRAM'] ?? findOnPath('vllm');
  return {
    launcher: program
      ? { kind: 'native', program }
      : { kind: 'docker', image: process.env['INVENTIV_VLLM_IMAGE'] ?? DEFAULT_VLLM_IMAGE },
    cacheDir: cacheDir(config),
    env: environment((name) => ENGINE_VARIABLES.test(name)),
  };
}

/** Shared by all engines of the machine, and kept when they go. */
function cacheDir(config: WorkerConfig): string {
  return process.env['INVENTIV_MODEL_CACHE'] ?? path.join(config.stateDir, 'models');
}

function findOnPath(program: string): string | undefined {
  const dirs = (process.env['PATH'] ?? '').split(':').filter(Boolean);
  return dirs.map((dir) => path.join(dir, program)).find((file) => existsSync(file));
}

export function environment(isWanted: (name: string) => boolean): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && isWanted(name)) chosen[name] = value;
  }
  return chosen;
}
