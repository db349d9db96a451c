export interface EngineReading {
  readonly requestsRunning: number | null;
  readonly requestsWaiting: number | null;
  readonly kvCacheRatio: number | null;
  /** Tokens that the KV caches of all cores hold together. */
  readonly kvCacheTokens: number | null;
  /** Rises for as long as the engine lives. */
  readonly generationTokens: number | null;
}

const NO_READING: EngineReading = {
  requestsRunning: null,
  requestsWaiting: null,
  kvCacheRatio: null,
  kvCacheTokens: null,
  generationTokens: null,
};

const SAMPLE_LINE =
  /^vllm:(num_requests_running|num_requests_waiting|kv_cache_usage_perc|gpu_cache_usage_perc|generation_tokens(?:_total)?)(?:\{[^\n]*\})? (\S+)/gm;

const CACHE_LINE = /^vllm:cache_config_info\{([^\n]*)\} /gm;

/**
 * The figures we show, from the engine's Prometheus text. Engines with several cores (data parallel) print one
 * line per core: counts are summed, the fullest KV cache counts.
 */
export function parseEngineMetrics(text: string | undefined): EngineReading {
  if (text === undefined) return NO_READING;
  const values = new Map<string, number[]>();
  for (const [, name = '', figure] of text.matchAll(SAMPLE_LINE)) {
    const value = Number(figure);
    if (Number.isFinite(value)) values.set(name, [...(values.get(name) ?? []), value]);
  }
  const sum = (name: string): number | null =>
    values.get(name)?.reduce((total, value) => total + value, 0) ?? null;
  // The gauge was renamed; older engines print the second name.
  const kv = values.get('kv_cache_usage_perc') ?? values.get('gpu_cache_usage_perc');
  return {
    requestsRunning: sum('num_requests_running'),
    requestsWaiting: sum('num_requests_waiting'),
    kvCacheRatio: kv ? Math.max(...kv) : null,
    kvCacheTokens: parseCacheTokens(text),
    generationTokens: sum('generation_tokens_total') ?? sum('generation_tokens'),
  };
}

/** From the labels in which the engine prints its configuration; null where it prints none or other ones. */
function parseCacheTokens(text: string): number | null {
  let tokens = 0;
  for (const [, labels = ''] of text.matchAll(CACHE_LINE)) {
    const blockTokens = Number(/(?:^|,)block_size="(\d+)"/.exec(labels)?.[1]);
    const blocks = Number(/(?:^|,)num_gpu_blocks="(\d+)"/.exec(labels)?.[1]);
    const product = blockTokens * blocks;
    if (!Number.isSafeInteger(product)) return null;
    tokens += product;
  }
  return tokens > 0 ? tokens : null;
}
