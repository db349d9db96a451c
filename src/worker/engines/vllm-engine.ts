import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Env } from '#kernel/env.ts';
import { pause } from '../pause.ts';
import type { Engine, EngineEvent, EngineFault, EngineOrder } from './engine.ts';
import { spawnEngine } from './engine-process.ts';
import { blobsDirOf, type VllmSettings, vllmCommand } from './vllm-command.ts';
import { parseVllmLine } from './vllm-log.ts';

export const VLLM_POLL_MS = 100;
const DOWNLOAD_POLL_MS = 1_000;

/**
 * vLLM, from its own program or its container image. Weights land in the cache directory and stay there, so a second
 * start pulls nothing; download progress is what lies on the disk, load progress is read from the log.
 */
export function vllmEngine(
  env: Env,
  settings: VllmSettings,
  /** The container could not be made with a root that it cannot write; the next one is made without. */
  onRootRefused: () => void = () => undefined,
): Engine {
  return {
    name: 'vllm',
    pollMs: VLLM_POLL_MS,
    start(order, onEvent) {
      const loading = new AbortController();
      let refusal: EngineFault | undefined;
      // One that served, or that ends for a reason of its own, does not end for its root.
      let isExplained = false;
      const run = spawnEngine(env, vllmCommand(settings, order), (line) => {
        env.log.info({ component: 'engine', line }, 'The engine printed a line.');
        if (settings.isRootReadOnly) refusal ??= rootRefusal(line);
        const event = parseVllmLine(line, order.model.weights_bytes);
        if (event?.kind === 'fault' || event?.kind === 'ready') isExplained = true;
        if (event && event.kind !== 'fault') loading.abort();
        if (event) onEvent(event);
        return true;
      });
      void run.exited.then(() => {
        loading.abort();
        if (!refusal || isExplained) return;
        onRootRefused();
        onEvent(refusal);
      });
      void reportDownload(env, settings.cacheDir, order, onEvent, loading.signal);
      return run;
    },
  };
}

/** Hooks of some container runtimes write into the root that is made; so do some images when they start. */
function rootRefusal(line: string): EngineFault | undefined {
  const isRefused =
    /read-only file system/i.test(line) || /error (?:running|executing) .*\bhook\b/i.test(line);
  if (!isRefused) return undefined;
  const message = `It does not start with a root file system that it cannot write, so the next start lets it: ${line.trim().slice(0, 800)}`;
  return { kind: 'fault', code: 'engine_root_read_only', message };
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
