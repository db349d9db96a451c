import type { EngineEvent } from './engine.ts';

/**
 * What vLLM says of its start in its log. The wording changes between versions, so nothing depends on it: without
 * these lines the progress is coarser and an error less precise, and readiness is asked over HTTP anyway.
 */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/GatedRepoError|Access to model .* is restricted|40[13] Client Error/, 'model_access_denied'],
  [/RepositoryNotFoundError|is not a valid model identifier|404 Client Error/, 'model_not_found'],
  [/larger than the maximum number of tokens that can be stored in KV cache/, 'engine_context_too_long'],
  [
    /OutOfMemoryError|CUDA out of memory|No available memory for the cache blocks|less than desired GPU memory/,
    'engine_out_of_memory',
  ],
  [/No space left on device/, 'disk_full'],
  [/address already in use/i, 'engine_port_taken'],
  [
    /No CUDA GPUs are available|driver version is insufficient|no kernel image is available|could not select device driver/,
    'gpu_unusable',
  ],
];

const SHARDS = /Loading .*checkpoint shards: +\d+% Completed \| (\d+)\/(\d+)/;

export function parseVllmLine(line: string, weightsBytes: number): EngineEvent | undefined {
  const shards = SHARDS.exec(line);
  if (shards && Number(shards[2]) > 0) {
    const ratio = Number(shards[1]) / Number(shards[2]);
    return { kind: 'loading', bytes: Math.round(weightsBytes * ratio), total: weightsBytes };
  }
  if (/Loading weights took|Model loading took/.test(line)) {
    return { kind: 'loading', bytes: weightsBytes, total: weightsBytes };
  }
  if (/Starting to load model/.test(line)) return { kind: 'loading', bytes: 0, total: weightsBytes };
  if (/Application startup complete/.test(line)) return { kind: 'ready' };
  for (const [pattern, code] of FAULTS) {
    if (pattern.test(line)) return { kind: 'fault', code, message: line.trim().slice(0, 1000) };
  }
  return undefined;
}
