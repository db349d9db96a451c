import { Counter, type Registry } from 'prom-client';
import type { PickReason } from '#routing/pick.ts';

/** How requests were placed, and whether what we believed of the workers' caches was true. */
export class RoutingMetrics {
  readonly #decisions: Counter<'reason'>;
  readonly #prefix: Counter<'kind' | 'model'>;
  readonly #retries: Counter<'outcome'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#decisions = new Counter({
      name: 'inventiv_gateway_decisions_total',
      help: 'Choices of a worker by what decided: only, prefix, session, load, probe, forced.',
      labelNames: ['reason'],
      registers,
    });
    this.#prefix = new Counter({
      name: 'inventiv_gateway_prefix_tokens_total',
      help: 'Prompt tokens of completed requests: all, those believed to be cached, those that were.',
      labelNames: ['kind', 'model'],
      registers,
    });
    this.#retries = new Counter({
      name: 'inventiv_gateway_retries_total',
      help: 'Second attempts: made, refused by the budget, or without another worker.',
      labelNames: ['outcome'],
      registers,
    });
  }

  decided(reason: PickReason): void {
    this.#decisions.inc({ reason });
  }

  retried(outcome: 'made' | 'over_budget' | 'nowhere'): void {
    this.#retries.inc({ outcome });
  }

  cached(model: string, tokens: { prompt: number; predicted: number; cached: number }): void {
    this.#prefix.inc({ kind: 'prompt', model }, tokens.prompt);
    this.#prefix.inc({ kind: 'predicted', model }, Math.round(Math.min(tokens.predicted, tokens.prompt)));
    this.#prefix.inc({ kind: 'cached', model }, tokens.cached);
  }
}
