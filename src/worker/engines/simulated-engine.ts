import { chooseFlavour } from '#contracts/flavour-choice.ts';
import { gpuClassOf } from '#contracts/gpu-families.ts';
import type { Env } from '#kernel/env.ts';
import type { Engine, EngineOrder } from './engine.ts';
import { isProgress, parseEngineEvent } from './engine-events.ts';
import { type EngineCommand, spawnEngine } from './engine-process.ts';

/**
 * The simulated engine: a process with vLLM's HTTP surface that tells its start as JSON lines on stdout
 * (`{"event":"pull","bytes":1,"total":2}`, `http`, `loading`, `ready`), so nothing waits for a poll.
 */
export function simulatedEngine(
  env: Env,
  launcher: { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> },
): Engine {
  return {
    name: 'simulated',
    pollMs: 1_000,
    start(order, onEvent) {
      return spawnEngine(env, simulatedCommand(launcher, order), (line, stream) => {
        const event = stream === 'stdout' ? parseEngineEvent(line) : undefined;
        if (event) onEvent(event);
        if (!isProgress(event)) env.log.info({ component: 'engine', line }, 'The engine printed a line.');
        return event === undefined;
      });
    },
  };
}

export function simulatedCommand(
  launcher: { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> },
  order: EngineOrder,
): EngineCommand {
  const [command = '', ...first] = launcher.command;
  // Its GPUs are those of the order. It has no image; the rest of a flavour that a process can have counts.
  const { flavours } = order;
  const flavour = flavours && chooseFlavour(flavours.layers, gpuClassOf(flavours.gpu_kind, null)).chosen;
  return {
    command,
    env: { ...launcher.env, ...flavour?.environment.value },
    hasOwnGroup: false,
    args: [
      ...first,
      ...['--host', order.host, '--port', String(order.port)],
      ...['--model', order.model.hf_id, '--served-model-name', order.model.served_name],
      ...['--max-model-len', String(order.model.context_length)],
      ...['--weights-bytes', String(order.model.weights_bytes)],
      // Cached tokens are billed at their own rate, so the usage must tell them.
      '--enable-prompt-tokens-details',
      '--die-with-parent',
      ...(flavour?.args.value ?? []),
      ...order.args,
    ],
  };
}
