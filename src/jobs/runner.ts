/**
 * Runs due work: claims, renews, calls the handler outside any transaction, applies under the lease.
 *
 * Claims a row only when it can start on it, so a long queue is worked off in order; work that goes first has places
 * of its own. A run whose lease was lost writes nothing more. A process that dies
 * leaves rows that are claimable when their leases end; a process that stops gives its rows back. Notifications wake
 * the runner, the poll makes sure that a lost one delays work by no more than its interval.
 */

import { CHANNELS } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import { type JobHandler, type JobOutcome, type Lease, LeaseLostError } from './jobs.ts';
import {
  type ClaimedJob,
  claimJobs,
  failJob,
  finishJob,
  lockLeasedJob,
  releaseJobs,
  renewLease,
} from './store.ts';

export interface RunnerOptions {
  readonly handlers: readonly JobHandler[];
  /** Read at each use, so that a changed setting needs no restart. */
  readonly figures: RunnerFigures;
  readonly observe?: RunnerObserver;
}

export interface RunnerFigures {
  readonly leaseMs: number;
  readonly pollMs: number;
  readonly concurrency: number;
  readonly attemptsMax: number;
  readonly retry: Backoff;
}

/** What metrics want to know of each run. */
export interface RunnerObserver {
  ran(kind: string, outcome: 'ok' | 'failed' | 'dead' | 'lease_lost', durationMs: number): void;
  /** A claim took so many rows. */
  claimed?(rows: number): void;
  /** A run begins, so long after it was due. */
  began?(kind: string, lagMs: number): void;
}

export interface Runner {
  /** Takes no new work, aborts what runs, gives unfinished rows back. */
  stop(): Promise<void>;
}

export async function startRunner(env: Env, db: Database, options: RunnerOptions): Promise<Runner> {
  const runner = new LeaseRunner(env, db, options);
  const listener = await db.listen(CHANNELS.jobs, () => runner.wake());
  const loop = runner.loop();
  return {
    async stop() {
      runner.halt();
      await listener.stop();
      await loop;
    },
  };
}

class LeaseRunner {
  readonly #env: Env;
  readonly #db: Database;
  readonly #options: RunnerOptions;
  readonly #handlers: Map<string, JobHandler>;
  readonly #stopping = new AbortController();
  /** Kinds that go first; each has a place of its own. */
  readonly #firstKinds: readonly string[];
  readonly #running = new Map<string, Promise<void>>();
  #firstCount = 0;
  #alarm = new AbortController();
  #isWoken = false;

  constructor(env: Env, db: Database, options: RunnerOptions) {
    this.#env = env;
    this.#db = db;
    this.#options = options;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]));
    this.#firstKinds = options.handlers.filter(({ goesFirst }) => goesFirst).map(({ kind }) => kind);
  }

  wake(): void {
    this.#isWoken = true;
    this.#alarm.abort();
  }

  halt(): void {
    this.#stopping.abort();
    this.#alarm.abort();
  }

  async loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false;
      const taken = await this.#claim();
      // More may be due than fitted: claim again as soon as something has finished.
      if (taken > 0 && this.#othersCount < this.#options.figures.concurrency) continue;
      if (!this.#isWoken) await this.#rest();
    }
    await Promise.all(this.#running.values());
  }

  async #claim(): Promise<number> {
    try {
      const first = await this.#take(this.#firstKinds, this.#firstKinds.length - this.#firstCount);
      const kinds = [...this.#handlers.keys()].filter((kind) => !this.#firstKinds.includes(kind));
      return first + (await this.#take(kinds, this.#options.figures.concurrency - this.#othersCount));
    } catch (error) {
      this.#env.log.warn({ error: messageOf(error) }, 'due work cannot be claimed now');
      return 0;
    }
  }

  async #take(kinds: readonly string[], places: number): Promise<number> {
    if (kinds.length === 0 || places <= 0) return 0;
    const token = newId(this.#env, 'lease');
    const jobs = await claimJobs(this.#db, kinds, token, this.#options.figures.leaseMs, places);
    this.#options.observe?.claimed?.(jobs.length);
    for (const job of jobs) this.#start(job, token);
    return jobs.length;
  }

  get #othersCount(): number {
    return this.#running.size - this.#firstCount;
  }

  #start(job: ClaimedJob, token: string): void {
    const key = `${token}/${job.kind}/${job.subject_id}`;
    const place = this.#firstKinds.includes(job.kind) ? 1 : 0;
    this.#firstCount += place;
    const run = this.#run(job, token).finally(() => {
      this.#running.delete(key);
      this.#firstCount -= place;
      this.wake();
    });
    this.#running.set(key, run);
  }

  async #rest(): Promise<void> {
    this.#alarm = new AbortController();
    if (this.#isWoken || this.#stopping.signal.aborted) return;
    await this.#env.sleep(this.#options.figures.pollMs, this.#alarm.signal).catch(() => undefined);
  }

  async #run(job: ClaimedJob, token: string): Promise<void> {
    const env = this.#env.with({
      job: job.kind,
      subject_id: job.subject_id,
      correlation_id: job.correlation_id,
    });
    const lost = new AbortController();
    const signal = AbortSignal.any([lost.signal, this.#stopping.signal]);
    const startedAt = env.clock.monotonic();
    this.#options.observe?.began?.(job.kind, job.lag_ms);
    const ended = new AbortController();
    const renewal = this.#renewWhileRunning(job, token, lost, ended.signal);
    try {
      const outcome = await this.#handle(job, token, signal, env);
      const isOurs = await this.#finish(job, token, outcome);
      const durationMs = env.clock.monotonic() - startedAt;
      this.#options.observe?.ran(job.kind, isOurs ? 'ok' : 'lease_lost', durationMs);
    } catch (error) {
      await this.#fail(job, token, error, env, env.clock.monotonic() - startedAt);
    } finally {
      ended.abort();
      await renewal;
    }
  }

  async #handle(job: ClaimedJob, token: string, signal: AbortSignal, env: Env): Promise<JobOutcome> {
    const handler = this.#handlers.get(job.kind);
    if (!handler) throw new Error(`no handler for ${job.kind}`);
    // More claims than failures allow: earlier runs ended their process before they could fail.
    if (!handler.neverGivesUp && job.attempts > this.#options.figures.attemptsMax) {
      throw new Error(`not run again after ${job.attempts - 1} unfinished runs`);
    }
    await env.crashPoint('jobs.claimed');
    const lease: Lease = {
      kind: job.kind,
      subjectId: job.subject_id,
      orgId: job.org_id ?? undefined,
      correlationId: job.correlation_id,
      attempts: job.attempts,
      signal,
      apply: (work) =>
        this.#db.transaction(async (tx) => {
          if (!(await lockLeasedJob(tx, job, token)))
            throw new LeaseLostError(`${job.kind} ${job.subject_id}`);
          return work(tx);
        }),
    };
    return handler.run(lease);
  }

  /** False when the lease was lost: whoever took the row over runs the job again. */
  async #finish(job: ClaimedJob, token: string, outcome: JobOutcome): Promise<boolean> {
    const result = await finishJob(this.#db, job, token, 'done' in outcome ? null : outcome.againInMs);
    // The notification of a request made during the run may have been used up by this very run.
    if (result === 'due_now') this.wake();
    if ('againInMs' in outcome && outcome.againInMs < this.#options.figures.pollMs)
      this.#wakeAfter(outcome.againInMs);
    return result !== 'lost';
  }

  async #fail(job: ClaimedJob, token: string, error: unknown, env: Env, durationMs: number): Promise<void> {
    if (error instanceof LeaseLostError) {
      env.log.warn({}, 'the lease was lost, the result is dropped');
      this.#options.observe?.ran(job.kind, 'lease_lost', durationMs);
      return;
    }
    if (this.#stopping.signal.aborted) {
      await releaseJobs(this.#db, token).catch(() => undefined);
      return;
    }
    const isDead =
      !this.#handlers.get(job.kind)?.neverGivesUp && job.attempts >= this.#options.figures.attemptsMax;
    const retryInMs = isDead ? null : backoffMs(this.#options.figures.retry, job.attempts, env.random);
    env.log[isDead ? 'error' : 'warn'](
      {
        error: messageOf(error),
        stack: error instanceof Error ? error.stack : undefined,
        attempts: job.attempts,
        retry_in_ms: retryInMs,
      },
      isDead ? 'a job failed for good' : 'a job failed and will be tried again',
    );
    this.#options.observe?.ran(job.kind, isDead ? 'dead' : 'failed', durationMs);
    await failJob(this.#db, job, token, { error: messageOf(error), retryInMs }).catch((failure) =>
      env.log.warn(
        { error: messageOf(failure) },
        'the failure could not be recorded; the lease will run out',
      ),
    );
    if (retryInMs !== null && retryInMs < this.#options.figures.pollMs) this.#wakeAfter(retryInMs);
  }

  async #renewWhileRunning(
    job: ClaimedJob,
    token: string,
    lost: AbortController,
    ended: AbortSignal,
  ): Promise<void> {
    const { leaseMs } = this.#options.figures;
    let renewedAt = this.#env.clock.monotonic();
    while (!ended.aborted) {
      await this.#env.sleep(leaseMs / 3, ended).catch(() => undefined);
      if (ended.aborted) return;
      try {
        if (!(await renewLease(this.#db, job, token, leaseMs))) {
          lost.abort(new LeaseLostError(`${job.kind} ${job.subject_id}`));
          return;
        }
        renewedAt = this.#env.clock.monotonic();
      } catch {
        // The database may be away for a moment; the lease itself decides whether that was too long.
        if (this.#env.clock.monotonic() - renewedAt > leaseMs) {
          lost.abort(new LeaseLostError(`${job.kind} ${job.subject_id}`));
          return;
        }
      }
    }
  }

  #wakeAfter(delayMs: number): void {
    void this.#env
      .sleep(delayMs, this.#stopping.signal)
      .then(() => this.wake())
      .catch(() => undefined);
  }
}
