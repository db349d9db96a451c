import type { Env } from '#kernel/env.ts';
import { asFields, type Fields } from '../field-readers.ts';
import type { Engine, EngineEvent, EngineOrder } from './engine.ts';
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
        const event = stream === 'stdout' ? parseSimulatedEvent(line) : undefined;
        if (event) onEvent(event);
        if (!isProgress(event)) env.log.info({ component: 'engine', line }, 'The engine printed a line.');
        return event === undefined;
      });
    },
  };
}

/** Bytes that were loaded are told many times a second. */
function isProgress(event: EngineEvent | undefined): boolean {
  return event?.kind === 'pulling' || event?.kind === 'loading';
}

export function simulatedCommand(
  launcher: { readonly command: readonly string[]; readonly env: Readonly<Record<string, string>> },
  order: EngineOrder,
): EngineCommand {
  const [command = '', ...first] = launcher.command;
  return {
    command,
    env: launcher.env,
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
      ...order.args,
    ],
  };
}

/** Undefined for anything that is not one of the engine's events. */
export function parseSimulatedEvent(line: string): EngineEvent | undefined {
  let fields: Fields;
  try {
    fields = asFields(JSON.parse(line), 'event');
  } catch {
    return undefined;
  }
  switch (fields['event']) {
    case 'pull':
      return { kind: 'pulling', bytes: amount(fields['bytes']), total: amount(fields['total']) };
    case 'loading':
      return { kind: 'loading', bytes: amount(fields['bytes']), total: amount(fields['total']) };
    case 'http':
      return { kind: 'http' };
    case 'ready':
      return { kind: 'ready' };
    case 'failed':
      return { kind: 'fault', code: 'engine_failed', message: String(fields['message']).slice(0, 1000) };
    default:
      return undefined;
  }
}

function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
