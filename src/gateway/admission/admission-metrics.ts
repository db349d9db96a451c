import { Counter, Gauge, type Registry } from 'prom-client';
import { PRIORITIES } from '#contracts/api-keys.ts';
import { HistogramFamily } from '#telemetry/bound-metrics.ts';
import type { ModelLoad } from './model-load.ts';

const SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 1_800];

/** Why a request was not taken: of bounded variety. */
export type RefusalReason =
  | 'requests_per_minute'
  | 'tokens_per_minute'
  | 'concurrent_requests'
  | 'queue_full'
  | 'displaced'
  | 'deadline'
  | 'stopping'
  | 'no_worker'
  | 'scope'
  | 'budget'
  | 'model_not_allowed'
  | 'entitlement'
  | 'wallet';

/** Figures of admission. No label is a key, a user or an organisation. */
export class AdmissionMetrics {
  readonly #refusals: Counter<'reason'>;
  readonly #waits: HistogramFamily<'model' | 'priority'>;

  constructor(registry: Registry, loads: () => readonly ModelLoad[], accounts: () => number) {
    const registers = [registry];
    this.#refusals = new Counter({
      name: 'inventiv_gateway_refusals_total',
      help: 'Requests that were not taken, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#waits = new HistogramFamily(
      {
        name: 'inventiv_gateway_queue_seconds',
        help: 'Wait for a worker, of requests that got one.',
        labelNames: ['model', 'priority'],
        registry,
      },
      SECONDS,
    );
    addWaitingGauge(registry, loads);
    const add = (name: string, help: string, of: (load: ModelLoad) => number | undefined) =>
      addLoadGauge(registry, { name, help, of }, loads);
    add('inventiv_gateway_queue_workers', 'Workers that serve the model.', (load) => load.workers);
    add(
      'inventiv_gateway_queue_tokens',
      'Estimated tokens that wait for a worker.',
      (load) => load.waiting.tokens,
    );
    add(
      'inventiv_gateway_queue_bytes',
      'Bytes of bodies that wait for a worker.',
      (load) => load.waiting.bytes,
    );
    add(
      'inventiv_gateway_queue_running_requests',
      'Requests that workers have.',
      (load) => load.running.requests,
    );
    add(
      'inventiv_gateway_queue_running_tokens',
      'Estimated tokens that workers have.',
      (load) => load.running.tokens,
    );
    add(
      'inventiv_gateway_queue_tokens_per_second',
      'Pace of the workers while they work.',
      (load) => load.tokensPerSecond,
    );
    add(
      'inventiv_gateway_queue_backlog_seconds',
      'Time to serve what waits at that pace.',
      ({ backlogMs }) => (backlogMs === undefined ? undefined : backlogMs / 1_000),
    );
    const size: Gauge = new Gauge({
      name: 'inventiv_gateway_limit_accounts',
      help: 'Keys and organisations whose use is counted in memory.',
      registers,
      collect: () => size.set(accounts()),
    });
  }

  refused(reason: RefusalReason): void {
    this.#refusals.inc({ reason });
  }

  waited(model: string, priority: string, waitedMs: number): void {
    this.#waits.of(model, priority).observe(waitedMs / 1_000);
  }
}

function addWaitingGauge(registry: Registry, loads: () => readonly ModelLoad[]): void {
  const gauge: Gauge<'model' | 'priority'> = new Gauge({
    name: 'inventiv_gateway_queue_requests',
    help: 'Requests that wait for a worker.',
    labelNames: ['model', 'priority'],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const { model, waitingByPriority } of loads()) {
        for (const priority of PRIORITIES) gauge.set({ model, priority }, waitingByPriority[priority]);
      }
    },
  });
}

function addLoadGauge(
  registry: Registry,
  {
    name,
    help,
    of,
  }: { readonly name: string; readonly help: string; readonly of: (load: ModelLoad) => number | undefined },
  loads: () => readonly ModelLoad[],
): void {
  const gauge: Gauge<'model'> = new Gauge({
    name,
    help,
    labelNames: ['model'],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const load of loads()) {
        const value = of(load);
        if (value !== undefined) gauge.set({ model: load.model }, value);
      }
    },
  });
}
