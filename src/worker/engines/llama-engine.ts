import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { ModelCache } from '../models/model-cache.ts';
import { ModelProblem } from '../models/model-problem.ts';
import type { Engine, EngineEvent, EngineExit, EngineOrder, EngineRun } from './engine.ts';
import { isProgress, parseEngineEvent } from './engine-events.ts';
import { type EngineCommand, spawnEngine } from './engine-process.ts';

/** What is written down with the model is wrong, and stays so however often it is read. */
const FINAL: ReadonlySet<string> = new Set(['model_source_refused', 'model_checksum', 'model_not_found']);

export interface LlamaLauncher {
  /** The agent's own program, with the word that makes an engine of it. */
  readonly command: readonly string[];
  /** All that the engine sees of the environment; no secrets. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * llama.cpp on the processors of the machine, for models that are a GGUF file. The agent brings the file, because it
 * has the room and the network for it; the engine gets nothing but its path.
 */
export function llamaEngine(env: Env, store: ModelCache, launcher: LlamaLauncher): Engine {
  return {
    name: 'llama-cpp',
    pollMs: 1_000,
    start: (order, onEvent) => new LlamaRun(env, store, launcher, { order, onEvent }),
  };
}

class LlamaRun implements EngineRun {
  readonly exited: Promise<EngineExit>;
  readonly #stopping = new AbortController();
  #run: EngineRun | undefined;

  constructor(
    env: Env,
    store: ModelCache,
    launcher: LlamaLauncher,
    { order, onEvent }: { order: EngineOrder; onEvent: (event: EngineEvent) => void },
  ) {
    this.exited = this.#live(env, store, launcher, order, onEvent);
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await this.#run?.stop(graceMs);
    await this.exited;
  }

  async #live(
    env: Env,
    store: ModelCache,
    launcher: LlamaLauncher,
    order: EngineOrder,
    onEvent: (event: EngineEvent) => void,
  ): Promise<EngineExit> {
    const { signal } = this.#stopping;
    const { gguf } = order.model;
    if (!gguf) return failed(onEvent, new ModelProblem('model_not_found', 'The model names no GGUF file.'));
    let file: string;
    try {
      file = await store.provide(gguf, (bytes, total) => onEvent({ kind: 'pulling', bytes, total }), signal);
    } catch (error) {
      if (signal.aborted) return { reason: 'told to end', lastLines: [] };
      return failed(onEvent, error);
    }
    // Told to end in the very moment in which the file was there.
    if (signal.aborted) return { reason: 'told to end', lastLines: [] };
    this.#run = spawnEngine(env, llamaCommand(launcher, order, file), (line, stream) => {
      const event = stream === 'stdout' ? parseEngineEvent(line) : undefined;
      if (event) onEvent(event);
      if (!isProgress(event)) env.log.info({ component: 'engine', line }, 'The engine printed a line.');
      return event === undefined;
    });
    return this.#run.exited;
  }
}

export function llamaCommand(launcher: LlamaLauncher, order: EngineOrder, file: string): EngineCommand {
  const [command = '', ...first] = launcher.command;
  return {
    command,
    env: launcher.env,
    hasOwnGroup: false,
    args: [
      ...first,
      ...['--model-file', file],
      ...['--host', order.host, '--port', String(order.port)],
      ...['--served-model-name', order.model.served_name],
      ...['--max-model-len', String(order.model.context_length)],
      '--die-with-parent',
      ...order.args,
    ],
  };
}

function failed(onEvent: (event: EngineEvent) => void, error: unknown): EngineExit {
  const code = error instanceof ModelProblem ? error.code : 'model_unavailable';
  onEvent({ kind: 'fault', code, message: messageOf(error), isFinal: FINAL.has(code) });
  return { reason: 'the model is not there', lastLines: [] };
}
