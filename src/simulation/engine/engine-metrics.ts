import type { EngineLoad } from './engine-model.ts';
import { buckets125, Histogram, type Labels, renderFamily } from './prometheus.ts';

const TTFT_S = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
const TOKEN_S = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
const REQUEST_S = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];
const RESIDENCY_S = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800,
];
const STEP_TOKENS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];

export type FinishedReason = 'stop' | 'length' | 'abort' | 'error';

/** What vLLM counts, under its names. Counters of the scheduler live in the model and are read at scrape time. */
export class EngineMetrics {
  readonly ttft = new Histogram(TTFT_S);
  readonly interToken = new Histogram(TOKEN_S);
  readonly perOutputToken = new Histogram(TOKEN_S);
  readonly endToEnd = new Histogram(REQUEST_S);
  readonly queue = new Histogram(REQUEST_S);
  readonly prefill = new Histogram(REQUEST_S);
  readonly decode = new Histogram(REQUEST_S);
  readonly inference = new Histogram(REQUEST_S);
  readonly stepTokens = new Histogram(STEP_TOKENS);
  readonly paramN = new Histogram([1, 2, 5, 10, 20]);
  readonly promptLength: Histogram;
  readonly generationLength: Histogram;
  readonly generationLengthMax: Histogram;
  readonly paramMaxTokens: Histogram;
  readonly blockLifetime = new Histogram(RESIDENCY_S);
  readonly blockIdle = new Histogram(RESIDENCY_S);
  readonly blockReuseGap = new Histogram(RESIDENCY_S);
  readonly #labels: Labels;
  readonly #blockTokens: number;
  readonly #finished = new Map<FinishedReason, number>([
    ['stop', 0],
    ['length', 0],
    ['abort', 0],
    ['error', 0],
  ]);
  readonly #http = new Map<string, { handler: string; method: string; status: string; count: number }>();
  promptTokens = 0;
  generationTokens = 0;

  constructor(options: { modelName: string; maxModelLen: number; blockTokens: number }) {
    this.#labels = { model_name: options.modelName, engine: '0' };
    this.#blockTokens = options.blockTokens;
    const lengths = buckets125(options.maxModelLen);
    this.promptLength = new Histogram(lengths);
    this.generationLength = new Histogram(lengths);
    this.generationLengthMax = new Histogram(lengths);
    this.paramMaxTokens = new Histogram(lengths);
  }

  finished(reason: FinishedReason): void {
    this.#finished.set(reason, (this.#finished.get(reason) ?? 0) + 1);
  }

  answered(handler: string, method: string, statusCode: number): void {
    const status = `${Math.floor(statusCode / 100)}xx`;
    const key = `${method} ${handler} ${status}`;
    const entry = this.#http.get(key) ?? { handler, method, status, count: 0 };
    entry.count++;
    this.#http.set(key, entry);
  }

  render(load: EngineLoad): string {
    return this.#gauges(load) + this.#counters(load) + this.#histograms();
  }

  #gauges(load: EngineLoad): string {
    const labels = this.#labels;
    const gauge = (name: string, help: string, value: number, own: Labels = labels) =>
      renderFamily(`vllm:${name}`, help, 'gauge', [{ labels: own, value }]);
    const config = {
      engine: '0',
      block_size: String(this.#blockTokens),
      num_gpu_blocks: String(load.kvBlocksTotal),
      enable_prefix_caching: 'True',
      cache_dtype: 'auto',
      gpu_memory_utilization: '0.9',
    };
    const lora = { max_lora: '0', running_lora_adapters: '', waiting_lora_adapters: '' };
    return (
      gauge('num_requests_running', 'Number of requests in model execution batches.', load.running) +
      gauge('num_requests_waiting', 'Number of requests waiting to be processed.', load.waiting) +
      gauge(
        'kv_cache_usage_perc',
        'KV-cache usage. 1 means 100 percent usage.',
        load.kvBlocksUsed / load.kvBlocksTotal,
      ) +
      gauge('lora_requests_info', 'Running stats on lora requests.', 1, lora) +
      gauge('cache_config_info', 'Information of the LLMEngine CacheConfig', 1, config)
    );
  }

  #counters(load: EngineLoad): string {
    const labels = this.#labels;
    const counter = (name: string, help: string, value: number) =>
      renderFamily(`vllm:${name}_total`, help, 'counter', [{ labels, value }]);
    const finished = [...this.#finished].map(([reason, value]) => ({
      labels: { ...labels, finished_reason: reason },
      value,
    }));
    const http = [...this.#http.values()].map(({ count, ...own }) => ({ labels: own, value: count }));
    return (
      counter('prompt_tokens', 'Number of prefill tokens processed.', this.promptTokens) +
      counter('generation_tokens', 'Number of generation tokens processed.', this.generationTokens) +
      renderFamily(
        'vllm:request_success_total',
        'Count of successfully processed requests.',
        'counter',
        finished,
      ) +
      counter('num_preemptions', 'Cumulative number of preemption from the engine.', load.preemptions) +
      counter(
        'prefix_cache_queries',
        'Prefix cache queries, in terms of number of queried tokens.',
        load.prefixQueryTokens,
      ) +
      counter(
        'prefix_cache_hits',
        'Prefix cache hits, in terms of number of cached tokens.',
        load.prefixHitTokens,
      ) +
      renderFamily(
        'http_requests_total',
        'Total number of requests by method, status and handler.',
        'counter',
        http,
      )
    );
  }

  #histograms(): string {
    const families: [string, string, Histogram][] = [
      ['time_to_first_token_seconds', 'Time to first token in seconds.', this.ttft],
      ['inter_token_latency_seconds', 'Inter-token latency in seconds.', this.interToken],
      ['request_time_per_output_token_seconds', 'Time per output token per request.', this.perOutputToken],
      ['e2e_request_latency_seconds', 'E2E request latency in seconds.', this.endToEnd],
      ['request_queue_time_seconds', 'Time spent in WAITING phase for request.', this.queue],
      ['request_inference_time_seconds', 'Time spent in RUNNING phase for request.', this.inference],
      ['request_prefill_time_seconds', 'Time spent in PREFILL phase for request.', this.prefill],
      ['request_decode_time_seconds', 'Time spent in DECODE phase for request.', this.decode],
      ['request_prompt_tokens', 'Number of prefill tokens processed.', this.promptLength],
      ['request_generation_tokens', 'Number of generation tokens processed.', this.generationLength],
      [
        'request_max_num_generation_tokens',
        'Maximum number of requested generation tokens.',
        this.generationLengthMax,
      ],
      ['request_params_n', 'The n request parameter.', this.paramN],
      ['request_params_max_tokens', 'The max_tokens request parameter.', this.paramMaxTokens],
      ['iteration_tokens_total', 'Number of tokens per engine_step.', this.stepTokens],
      [
        'kv_block_lifetime_seconds',
        'KV cache block lifetime from allocation to eviction.',
        this.blockLifetime,
      ],
      ['kv_block_idle_before_evict_seconds', 'Idle time before KV cache block eviction.', this.blockIdle],
      [
        'kv_block_reuse_gap_seconds',
        'Time gaps between consecutive KV cache block accesses.',
        this.blockReuseGap,
      ],
    ];
    return families
      .map(([name, help, histogram]) => histogram.render(`vllm:${name}`, help, this.#labels))
      .join('');
  }
}
