/** Keeps one sample of each worker in each span of time, written together with those of others. */
import type { Settings } from '#config/settings.ts';
import type { HeartbeatRequest } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { SampleSink } from '../series/sample-sink.ts';
import { insertSamples, type TimedSample } from '../store/samples.ts';

const FLUSH_MS = 1_000;
const WAITING_MAX = 50_000;

export class BatchedSamples implements SampleSink {
  readonly #env: Env;
  readonly #db: Database;
  readonly #settings: Settings;
  readonly #stopping = new AbortController();
  #spanMs = 0;
  #span = 0;
  #taken = new Set<InstanceId>();
  #waiting: TimedSample[] = [];
  #flushing: Promise<void> | undefined;

  constructor(env: Env, db: Database, settings: Settings) {
    this.#env = env;
    this.#db = db;
    this.#settings = settings;
  }

  add(
    worker: OrgScope & { readonly instanceId: InstanceId },
    atMs: number,
    sample: HeartbeatRequest['sample'],
  ): void {
    this.#enterSpan(atMs);
    if (this.#taken.has(worker.instanceId) || this.#waiting.length >= WAITING_MAX) return;
    this.#taken.add(worker.instanceId);
    this.#waiting.push({ orgId: worker.orgId, instanceId: worker.instanceId, atMs, sample });
    this.#flushing ??= this.#flushLater();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#flushing;
  }

  #enterSpan(atMs: number): void {
    const spanMs = this.#settings.get('SAMPLE_BUCKET_MS');
    const span = Math.floor(atMs / spanMs);
    if (span === this.#span && spanMs === this.#spanMs) return;
    this.#span = span;
    this.#spanMs = spanMs;
    this.#taken = new Set();
  }

  async #flushLater(): Promise<void> {
    await this.#env.sleep(FLUSH_MS, this.#stopping.signal).catch(() => undefined);
    const samples = this.#waiting;
    this.#waiting = [];
    this.#flushing = undefined;
    // Figures of the moment: those that cannot be written are not worth keeping.
    await insertSamples(this.#db, samples).catch((error: unknown) =>
      this.#env.log.debug({ error: messageOf(error), samples: samples.length }, 'samples were lost'),
    );
  }
}
