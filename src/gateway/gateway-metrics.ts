import { Counter, Gauge, type Registry } from 'prom-client';
import { Children, CounterFamily, HistogramFamily } from '#telemetry/bound-metrics.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const OVERHEAD_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

export interface GatewayGauges {
  readonly openRequests: () => number;
  readonly journalUnshipped: () => number;
  readonly journalUnsynced: () => number;
  readonly requestLogWaiting: () => number;
  readonly requestLogDropped: () => number;
}

/** Figures of the data plane. Labels are of bounded variety: no key, no user, no text of a client. */
export class GatewayMetrics {
  readonly #requests: CounterFamily<'endpoint' | 'status' | 'model'>;
  readonly #firstByte: HistogramFamily<'endpoint' | 'model'>;
  readonly #duration: HistogramFamily<'endpoint' | 'model'>;
  readonly #overhead: HistogramFamily<'endpoint'>;
  readonly #tokens: CounterFamily<'kind' | 'model' | 'outcome'>;

  /** Found once for each endpoint and model, or model and outcome: they are counted together. */
  readonly #inferences = new Children((endpoint, model) => ({
    duration: this.#duration.of(endpoint, model),
    overhead: this.#overhead.of(endpoint),
    firstByte: this.#firstByte.of(endpoint, model),
  }));
  readonly #tokenCounts = new Children((model, outcome) => ({
    prompt: this.#tokens.of('prompt', model, outcome),
    completion: this.#tokens.of('completion', model, outcome),
    cached: this.#tokens.of('cached', model, outcome),
  }));

  constructor(registry: Registry, gauges: GatewayGauges) {
    const registers = [registry];
    this.#requests = new CounterFamily({
      name: 'inventiv_gateway_requests_total',
      help: 'Requests by endpoint, HTTP status and model.',
      labelNames: ['endpoint', 'status', 'model'],
      registry,
    });
    this.#firstByte = new HistogramFamily(
      {
        name: 'inventiv_gateway_time_to_first_byte_seconds',
        help: 'From the whole request to the first byte of a streamed answer.',
        labelNames: ['endpoint', 'model'],
        registry,
      },
      SECONDS,
    );
    this.#duration = new HistogramFamily(
      {
        name: 'inventiv_gateway_request_duration_seconds',
        help: 'From the head of the request to the end of the answer.',
        labelNames: ['endpoint', 'model'],
        registry,
      },
      SECONDS,
    );
    this.#overhead = new HistogramFamily(
      {
        name: 'inventiv_gateway_overhead_seconds',
        help: 'Duration without the time in which the worker had the request.',
        labelNames: ['endpoint'],
        registry,
      },
      OVERHEAD_SECONDS,
    );
    this.#tokens = new CounterFamily({
      name: 'inventiv_gateway_tokens_total',
      help: 'Tokens by kind (prompt, completion, cached), model and how the request ended.',
      labelNames: ['kind', 'model', 'outcome'],
      registry,
    });
    addGauge(registry, 'inventiv_gateway_open_requests', 'Requests that are open now.', gauges.openRequests);
    addGauge(
      registry,
      'inventiv_gateway_journal_unshipped_records',
      'Closed usage records that are not known to be in the ledger.',
      gauges.journalUnshipped,
    );
    addGauge(
      registry,
      'inventiv_gateway_journal_unsynced_records',
      'Journal records that are written but not forced to the disk.',
      gauges.journalUnsynced,
    );
    addGauge(
      registry,
      'inventiv_gateway_request_log_waiting',
      'Rows of the request log that are not in the database yet.',
      gauges.requestLogWaiting,
    );
    const dropped: Counter = new Counter({
      name: 'inventiv_gateway_request_log_dropped_total',
      help: 'Rows of the request log that were lost because the database was away for too long.',
      registers,
      collect() {
        dropped.reset();
        dropped.inc(gauges.requestLogDropped());
      },
    });
  }

  answered(endpoint: string, status: number, model: string): void {
    this.#requests.of(endpoint, String(status), model).add(1);
  }

  inferred(times: {
    endpoint: string;
    model: string;
    ttftMs: number | null;
    totalMs: number;
    upstreamMs: number;
  }) {
    const { endpoint, model, ttftMs, totalMs, upstreamMs } = times;
    const bound = this.#inferences.of(endpoint, model);
    bound.duration.observe(totalMs / 1_000);
    bound.overhead.observe(Math.max(0, totalMs - upstreamMs) / 1_000);
    if (ttftMs !== null) bound.firstByte.observe(ttftMs / 1_000);
  }

  counted(
    model: string,
    outcome: string,
    tokens: { prompt: number; completion: number; cached: number },
  ): void {
    const bound = this.#tokenCounts.of(model, outcome);
    bound.prompt.add(tokens.prompt);
    bound.completion.add(tokens.completion);
    bound.cached.add(tokens.cached);
  }
}

function addGauge(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
}
