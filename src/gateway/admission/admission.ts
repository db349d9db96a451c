/**
 * What decides whether and when a request gets a worker: limits, then the queue. One for each gateway process, in
 * memory alone, so it works on while the database is away. Of several gateways each has a queue of its own; limits they
 * count together.
 */
import type { Registry } from 'prom-client';
import type { Env } from '#kernel/env.ts';
import type { Limiter } from '#routing/limits/limits.ts';
import { MemoryLimiter } from '#routing/limits/memory-limiter.ts';
import { OutputLengths } from '#routing/limits/output-lengths.ts';
import { Queue } from '#routing/queue/queue.ts';
import type { AdmissionFigures } from './admission-figures.ts';
import { AdmissionMetrics } from './admission-metrics.ts';
import { loadsOf, type ModelLoad, type PoolFacts } from './model-load.ts';

/** Deadlines in the queue are noticed so late at most, and room that nobody told of. */
const TICK_MS = 50;
const RECONCILE_MS = 1_000;
const FORGOTTEN_AT_ONCE = 2_000;

export interface AdmissionParts {
  readonly figures: AdmissionFigures;
  /** Shared with other gateways; without it this one counts for itself. */
  readonly limiter?: Limiter | undefined;
  readonly registry: Registry;
  readonly factsOf: (pool: string) => PoolFacts;
  /** All that may own a reservation now. */
  readonly openOwners: () => ReadonlySet<object>;
}

export class Admission {
  readonly figures: AdmissionFigures;
  readonly limiter: Limiter;
  readonly queue: Queue;
  readonly outputs = new OutputLengths();
  readonly metrics: AdmissionMetrics;
  readonly #env: Env;
  readonly #parts: AdmissionParts;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;

  constructor(env: Env, parts: AdmissionParts) {
    const limiter = parts.limiter ?? new MemoryLimiter(env.clock);
    this.#env = env;
    this.#parts = parts;
    this.figures = parts.figures;
    this.limiter = limiter;
    this.queue = new Queue(env.clock, parts.figures.queue);
    this.metrics = new AdmissionMetrics(
      parts.registry,
      () => this.loads(),
      () => limiter.size,
    );
    this.#loop = this.#run();
  }

  loads(): ModelLoad[] {
    return loadsOf(this.queue.signals(), this.#parts.factsOf);
  }

  /** Who waits is told to come again, now; who comes is served only if a worker has room. */
  stopWaiting(): void {
    this.queue.stop();
  }

  async stop(): Promise<void> {
    this.queue.stop();
    this.#stopping.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let reconciledAt = this.#env.clock.monotonic();
    while (!this.#stopping.signal.aborted) {
      await this.#env.sleep(TICK_MS, this.#stopping.signal).catch(() => undefined);
      this.queue.tick();
      const now = this.#env.clock.monotonic();
      if (now - reconciledAt < RECONCILE_MS) continue;
      reconciledAt = now;
      this.limiter.forget(FORGOTTEN_AT_ONCE);
      const owners = this.#parts.openOwners();
      const lost = this.limiter.reconcile((owner) => owners.has(owner));
      if (lost > 0) this.#env.log.error({ lost }, 'reservations outlived their requests and were given back');
    }
  }
}
