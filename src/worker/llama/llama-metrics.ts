/** What the agent and the dashboard read of an engine, under vLLM's names. */
export type FinishReason = 'stop' | 'length' | 'abort' | 'error';

const FINISHES: readonly FinishReason[] = ['stop', 'length', 'abort', 'error'];
export const BLOCK_TOKENS = 16;

export class LlamaMetrics {
  readonly #modelName: string;
  /** Tokens that have room in all places together. */
  readonly #capacityTokens: number;
  readonly #finished = new Map<FinishReason, number>();
  promptTokens = 0;
  generationTokens = 0;
  /** Tokens that running requests keep now. */
  heldTokens = 0;

  constructor(modelName: string, capacityTokens: number) {
    this.#modelName = modelName;
    this.#capacityTokens = capacityTokens;
  }

  finished(reason: FinishReason): void {
    this.#finished.set(reason, (this.#finished.get(reason) ?? 0) + 1);
  }

  render(load: { readonly running: number; readonly waiting: number }): string {
    const labels = `engine="0",model_name="${this.#modelName.replace(/["\\\n]/g, '_')}"`;
    const one = (name: string, kind: 'gauge' | 'counter', value: number, own = labels): string =>
      `# TYPE vllm:${name} ${kind}\nvllm:${name}{${own}} ${value}\n`;
    const blocks = Math.max(1, Math.floor(this.#capacityTokens / BLOCK_TOKENS));
    const cache = `block_size="${BLOCK_TOKENS}",engine="0",num_gpu_blocks="${blocks}"`;
    const finishes = FINISHES.map(
      (reason) =>
        `vllm:request_success_total{${labels},finished_reason="${reason}"} ${this.#finished.get(reason) ?? 0}\n`,
    );
    return [
      one('num_requests_running', 'gauge', load.running),
      one('num_requests_waiting', 'gauge', load.waiting),
      one('kv_cache_usage_perc', 'gauge', Math.min(1, this.heldTokens / this.#capacityTokens)),
      one('cache_config_info', 'gauge', 1, cache),
      one('prompt_tokens_total', 'counter', this.promptTokens),
      one('generation_tokens_total', 'counter', this.generationTokens),
      `# TYPE vllm:request_success_total counter\n${finishes.join('')}`,
    ].join('');
  }
}
