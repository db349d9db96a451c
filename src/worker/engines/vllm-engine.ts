import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import { pause } from '../pause.ts';
import type { Engine, EngineEvent, EngineOrder } from './engine.ts';
import { spawnEngine } from './engine-process.ts';
import { blobsDirOf, type VllmSettings, vllmCommand } from './vllm-command.ts';
import { parseVllmLine } from './vllm-log.ts';

export const VLLM_POLL_MS = 100;
const DOWNLOAD_POLL_MS = 1_000;

/**
 * vLLM, from its own program or its container image. Weights land in the cache directory and stay there, so a second
 * start pulls nothing; download progress is what lies on the disk, load progress is read from the log.
 */
export function vllmEngine(env: Env, settings: VllmSettings): Engine {
  return {
    name: 'vllm',
    pollMs: VLLM_POLL_MS,
    start(order, onEvent) {
      const loading = new AbortController();
      const run = spawnEngine(env, vllmCommand(settings, order), (line) => {
        env.log.info({ component: 'engine', line }, 'The engine printed a line.');
        const event = parseVllmLine(line, order.model.weights_bytes);
        if (event && event.kind !== 'fault') loading.abort();
        if (event) onEvent(event);
        return true;
      });
      void run.exited.then(() => loading.abort());
      void reportDownload(env, settings.cacheDir, order, onEvent, loading.signal);
      return run;
    },
  };
}

async function reportDownload(
  env: Env,
  cacheDir: string,
  order: EngineOrder,
  onEvent: (event: EngineEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const dir = blobsDirOf(cacheDir, order.model.hf_id);
  const total = order.model.weights_bytes;
  while (await pause(env, DOWNLOAD_POLL_MS, signal)) {
    const bytes = await bytesBelow(dir);
    if (!signal.aborted) onEvent({ kind: 'pulling', bytes: Math.min(bytes, total), total });
  }
}

/** Finished and unfinished files alike; a directory that is not there yet holds nothing. */
async function bytesBelow(dir: string): Promise<number> {
  const names = await readdir(dir).catch((): string[] => []);
  let total = 0;
  for (const name of names) {
    const file = await stat(path.join(dir, name)).catch(() => undefined);
    total += file?.size ?? 0;
  }
  return total;
}
