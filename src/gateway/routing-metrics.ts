import type { Registry } from 'prom-client';
import type { PickReason } from '#routing/pick.ts';
import { Children, CounterFamily } from '#telemetry/bound-metrics.ts';

/** How requests were placed, and whether what we believed of the workers' caches was true. */
export class RoutingMetrics {
  readonly #decisions: CounterFamily<'reason'>;
  readonly #prefix: CounterFamily<'kind' | 'model'>;
  readonly #retries: CounterFamily<'outcome'>;

  readonly #prefixOfModel = new Children((model) => ({
    prompt: this.#prefix.of('prompt', model),
    predicted: this.#prefix.of('predicted', model),
    cached: this.#prefix.of('cached', model),
  }));

  constructor(registry: Registry) {
    this.#decisions = new CounterFamily({
      name: 'inventiv_gateway_decisions_total',
      help: 'Choices of a worker by what decided: only, prefix, session, load, probe, forced.',
      labelNames: ['reason'],
      registry,
    });
    this.#prefix = new CounterFamily({
      name: 'inventiv_gateway_prefix_tokens_total',
      help: 'Prompt tokens of completed requests: all, those believed to be cached, those that were.',
      labelNames: ['kind', 'model'],
      registry,
    });
    this.#retries = new CounterFamily({
      name: 'inventiv_gateway_retries_total',
      help: 'Second attempts: made, refused by the budget, or without another worker.',
      labelNames: ['outcome'],
      registry,
    });
  }

  decided(reason: PickReason): void {
    this.#decisions.of(reason).add(1);
  }

  retried(outcome: 'made' | 'over_budget' | 'nowhere'): void {
    this.#retries.of(outcome).add(1);
  }

  cached(model: string, tokens: { prompt: number; predicted: number; cached: number }): void {
    const bound = this.#prefixOfModel.of(model);
    bound.prompt.add(tokens.prompt);
    bound.predicted.add(Math.round(Math.min(tokens.predicted, tokens.prompt)));
    bound.cached.add(tokens.cached);
  }
}
