/**
 * Where heartbeats leave their samples. Kept in memory and written together: no row per heartbeat.
 *
 * Each machine has one open bucket; when its time is over it is written with all others in one statement, so a process
 * that is killed loses at most the bucket that was open. Several processes may hold parts of one bucket: the database
 * adds them up. While the database is away the closed buckets wait, up to a limit; then the oldest are lost and counted.
 */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Settings } from '#config/settings.ts';
import type { HeartbeatRequest } from '#contracts/worker.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { InstanceId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { addBuckets, type BucketRow } from '../store/samples.ts';
import { addSample, emptyBucket } from './figures.ts';

export interface SampleSink {
  /** Takes one heartbeat's figures at the database's moment `atMs`; never waits and never throws. */
  add(
    worker: OrgScope & { readonly instanceId: InstanceId },
    atMs: number,
    sample: HeartbeatRequest['sample'],
  ): void;
}

/** What this process knows of a machine and has not written yet. */
export interface UnwrittenSamples {
  unwritten(id: InstanceId): readonly BucketRow[];
}

export interface RunningSampleSink extends SampleSink, UnwrittenSamples {
  /** Writes everything, whether its time is over or not; what cannot be written is tried again. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface SampleSinkOptions {
  readonly settings: Settings;
  readonly registry?: Registry;
  /** Closed buckets that wait at most. */
  readonly waitingMax?: number;
}

const WAITING_MAX = 50_000;
const ROWS_PER_STATEMENT = 2_000;
const LOOK_EVERY_MS = 1_000;

export function startSampleSink(env: Env, db: Database, options: SampleSinkOptions): RunningSampleSink {
  const sink = new BucketSink(env, db, options);
  const loop = sink.loop();
  return {
    add: (worker, atMs, sample) => sink.add(worker, atMs, sample),
    unwritten: (id) => sink.unwritten(id),
    flush: () => sink.flush(true),
    async stop() {
      sink.halt();
      await loop;
      await sink.flush(true);
    },
  };
}

class BucketSink {
  readonly #env: Env;
  readonly #db: Database;
  readonly #settings: Settings;
  readonly #waitingMax: number;
  readonly #stopping = new AbortController();
  readonly #open = new Map<InstanceId, BucketRow & { readonly endsAtMs: number }>();
  #waiting: BucketRow[] = [];
  /** Under way to the database; given back when it does not arrive. */
  #leaving: BucketRow[] = [];
  #writing: Promise<void> | undefined;
  /** How far the database's clock is ahead of this process's. */
  #aheadMs = 0;
  #hasFailed = false;
  readonly #lost: Counter | undefined;

  constructor(env: Env, db: Database, { settings, registry, waitingMax }: SampleSinkOptions) {
    this.#env = env;
    this.#db = db;
    this.#settings = settings;
    this.#waitingMax = waitingMax ?? WAITING_MAX;
    if (!registry) return;
    this.#lost = new Counter({
      name: 'inventiv_sample_buckets_lost_total',
      help: 'Buckets of samples that were given up because the database was away for too long.',
      registers: [registry],
    });
    const waiting: Gauge = new Gauge({
      name: 'inventiv_sample_buckets',
      help: 'Buckets of samples in memory, open and waiting.',
      registers: [registry],
      collect: () => waiting.set(this.#open.size + this.#waiting.length + this.#leaving.length),
    });
  }

  add(
    worker: OrgScope & { readonly instanceId: InstanceId },
    atMs: number,
    sample: Parameters<SampleSink['add']>[2],
  ): void {
    if (!Number.isFinite(atMs)) return;
    this.#aheadMs = atMs - this.#env.clock.now();
    const bucketMs = this.#settings.get('SAMPLE_BUCKET_MS');
    const beginsAtMs = Math.floor(atMs / bucketMs) * bucketMs;
    let row = this.#open.get(worker.instanceId);
    if (row && (row.atMs !== beginsAtMs || row.orgId !== worker.orgId)) {
      this.#close(row);
      row = undefined;
    }
    if (!row) {
      row = {
        orgId: worker.orgId,
        instanceId: worker.instanceId,
        atMs: beginsAtMs,
        endsAtMs: beginsAtMs + bucketMs,
        bucket: emptyBucket(),
      };
      this.#open.set(worker.instanceId, row);
    }
    addSample(row.bucket, atMs, sample);
  }

  unwritten(id: InstanceId): BucketRow[] {
    const open = this.#open.get(id);
    const others = [...this.#leaving, ...this.#waiting].filter((row) => row.instanceId === id);
    return open ? [...others, open] : others;
  }

  halt(): void {
    this.#stopping.abort();
  }

  async loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#env.sleep(LOOK_EVERY_MS, this.#stopping.signal).catch(() => undefined);
      if (!this.#stopping.signal.aborted) await this.flush(false);
    }
  }

  async flush(alsoOpen: boolean): Promise<void> {
    await this.#writing;
    const nowMs = this.#env.clock.now() + this.#aheadMs;
    for (const row of [...this.#open.values()]) {
      if (!alsoOpen && row.endsAtMs > nowMs) continue;
      this.#open.delete(row.instanceId);
      this.#close(row);
    }
    this.#writing = this.#write();
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#leaving = this.#waiting.slice(0, ROWS_PER_STATEMENT);
      this.#waiting = this.#waiting.slice(ROWS_PER_STATEMENT);
      try {
        await addBuckets(this.#db, this.#leaving);
        this.#leaving = [];
        this.#hasFailed = false;
      } catch (error) {
        this.#waiting = [...this.#leaving, ...this.#waiting];
        this.#leaving = [];
        this.#forgetOldest();
        // Once for each time that it fails, not once a second.
        if (!this.#hasFailed)
          this.#env.log.warn({ error: messageOf(error) }, 'samples cannot be written now');
        this.#hasFailed = true;
        return;
      }
    }
  }

  #close(row: BucketRow): void {
    this.#waiting.push(row);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const tooMany = this.#waiting.length - this.#waitingMax;
    if (tooMany <= 0) return;
    this.#waiting.splice(0, tooMany);
    this.#lost?.inc(tooMany);
  }
}
