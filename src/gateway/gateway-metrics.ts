import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

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
  readonly #requests: Counter<'endpoint' | 'status' | 'model'>;
  readonly #firstByte: Histogram<'endpoint' | 'model'>;
  readonly #duration: Histogram<'endpoint' | 'model'>;
  readonly #overhead: Histogram<'endpoint'>;
  readonly #tokens: Counter<'kind' | 'model' | 'outcome'>;

  constructor(registry: Registry, gauges: GatewayGauges) {
    const registers = [registry];
    this.#requests = new Counter({
      name: 'inventiv_gateway_requests_total',
      help: 'Requests by endpoint, HTTP status and model.',
      labelNames: ['endpoint', 'status', 'model'],
      registers,
    });
    this.#firstByte = new Histogram({
      name: 'inventiv_gateway_time_to_first_byte_seconds',
      help: 'From the whole request to the first byte of a streamed answer.',
      labelNames: ['endpoint', 'model'],
      buckets: SECONDS,
      registers,
    });
    this.#duration = new Histogram({
      name: 'inventiv_gateway_request_duration_seconds',
      help: 'From the head of the request to the end of the answer.',
      labelNames: ['endpoint', 'model'],
      buckets: SECONDS,
      registers,
    });
    this.#overhead = new Histogram({
      name: 'inventiv_gateway_overhead_seconds',
      help: 'Duration without the time in which the worker had the request.',
      labelNames: ['endpoint'],
      buckets: OVERHEAD_SECONDS,
      registers,
    });
    this.#tokens = new Counter({
      name: 'inventiv_gateway_tokens_total',
      help: 'Tokens by kind (prompt, completion, cached), model and how the request ended.',
      labelNames: ['kind', 'model', 'outcome'],
      registers,
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
    this.#requests.inc({ endpoint, status: String(status), model });
  }

  inferred(times: {
    endpoint: string;
    model: string;
    ttftMs: number | null;
    totalMs: number;
    upstreamMs: number;
  }) {
    const { endpoint, model, ttftMs, totalMs, upstreamMs } = times;
    this.#duration.observe({ endpoint, model }, totalMs / 1_000);
    this.#overhead.observe({ endpoint }, Math.max(0, totalMs - upstreamMs) / 1_000);
    if (ttftMs !== null) this.#firstByte.observe({ endpoint, model }, ttftMs / 1_000);
  }

  counted(
    model: string,
    outcome: string,
    tokens: { prompt: number; completion: number; cached: number },
  ): void {
    this.#tokens.inc({ kind: 'prompt', model, outcome }, tokens.prompt);
    this.#tokens.inc({ kind: 'completion', model, outcome }, tokens.completion);
    this.#tokens.inc({ kind: 'cached', model, outcome }, tokens.cached);
  }
}

function addGauge(registry: Registry, name: string, help: string, read: () => number): void {
  const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
}
