import { statSync } from 'node:fs';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { parseLlamaArgs } from './llama-args.ts';
import { findLlamaPackage, loadLlamaPackage } from './llama-package.ts';
import { loadRuntime } from './llama-runtime.ts';
import { LlamaServer } from './llama-server.ts';

/**
 * The engine for GGUF files as a process, started by the agent with the agent's own program. It tells its start as the
 * simulated engine does, in JSON lines on stdout. Exit codes: 0 asked to end, 1 failed, 2 wrong arguments. It ends on
 * SIGTERM, SIGINT, and with the pipe that is its stdin, which the kernel closes when the agent dies.
 */
export interface LlamaProcess {
  readonly env: Env;
  readonly args: readonly string[];
  /** Where the package is, if it was named. */
  readonly packageFolder: string | undefined;
  readonly say: (event: object) => void;
  readonly exit: (code: number) => void;
}

export async function runLlamaEngine({ env, args, packageFolder, say, exit }: LlamaProcess): Promise<void> {
  const settings = parseLlamaArgs(args);
  if (typeof settings === 'string') {
    say({ event: 'failed', code: 'engine_arguments', message: settings, final: true });
    exit(2);
    return;
  }
  endWithParent(settings.diesWithParent, exit);
  const beside = [path.dirname(process.argv[1] ?? '.'), process.cwd()];
  try {
    if (findLlamaPackage(packageFolder, beside) === undefined) {
      const error = await loadLlamaPackage(packageFolder, beside).catch((reason: unknown) => reason);
      say({ event: 'failed', code: 'engine_not_installed', message: messageOf(error), final: true });
      exit(1);
      return;
    }
    const total = statSync(settings.modelFile).size;
    const server = new LlamaServer(env, settings);
    await server.listen();
    say({ event: 'http' });
    say({ event: 'loading', bytes: 0, total });
    const llama = await loadLlamaPackage(packageFolder, beside);
    let told = 0;
    const runtime = await loadRuntime(env, llama, settings, (share) => {
      // It comes many times for each hundredth.
      if (share - told < 0.01) return;
      told = share;
      say({ event: 'loading', bytes: Math.round(total * share), total });
    });
    server.loaded(runtime);
    say({ event: 'loading', bytes: total, total });
    say({ event: 'ready' });
  } catch (error) {
    say({ event: 'failed', code: 'engine_failed', message: messageOf(error) });
    exit(1);
  }
}

function endWithParent(diesWithParent: boolean, exit: (code: number) => void): void {
  process.on('SIGTERM', () => exit(0));
  process.on('SIGINT', () => exit(0));
  // A parent that no longer reads must not end the engine; its death does, by the other way.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  if (!diesWithParent) return;
  for (const name of ['end', 'error', 'close']) process.stdin.on(name, () => exit(0));
  process.stdin.resume();
}
