/**
 * One turn of a batch: some lines at once, each sent and its result recorded. A line that is refused for now takes its
 * place with it, so that fewer are sent where there is no room; when no place is left the turn is over.
 *
 * A line is computed at least once and recorded exactly once: whoever dies between the answer and the record sends the
 * line again, under the same request id, which the ledger takes once.
 */
import { isApiKeyActive } from '#identity/usable-keys.ts';
import type { Lease } from '#jobs/jobs.ts';
import { messageOf } from '#kernel/errors.ts';
import { countLine, readWorkedBatch, type WorkedBatch } from '../batch-store.ts';
import type { BatchWork } from '../batch-work.ts';
import { readSpan } from '../file-store.ts';
import { listPendingItems, type PendingItem, recordFailedTry, recordResult } from '../item-store.ts';
import { judgeAnswer, type Verdict } from '../judge-answer.ts';
import { answeredLine, failedLine, type LineName, requestIdOf } from '../result-lines.ts';

export type TurnEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'unauthorised' }
  /** Cancelled, expired or gone: to be looked at anew. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'again'; readonly afterMs: number };

const PAGE = 200;
const WATCH_MS = 1_000;
/** The gateway does not answer, or not to the end. */
const UNREACHABLE_MS = 3_000;
const BAD_STATUS = 502;

export async function answerLines(work: BatchWork, lease: Lease, batch: WorkedBatch): Promise<TurnEnd> {
  const turn = new Turn(work, lease, batch);
  return turn.play();
}

class Turn {
  readonly #work: BatchWork;
  readonly #lease: Lease;
  readonly #batch: WorkedBatch;
  readonly #stopping = new AbortController();
  readonly #signal: AbortSignal;
  readonly #endsAt: number;
  #page: PendingItem[] = [];
  #after = 0;
  #fetching: Promise<void> | undefined;
  #isExhausted = false;
  #hasLeftover = false;
  #afterMs = 0;
  #end: TurnEnd | undefined;
  #failure: unknown;

  constructor(work: BatchWork, lease: Lease, batch: WorkedBatch) {
    this.#work = work;
    this.#lease = lease;
    this.#batch = batch;
    this.#signal = AbortSignal.any([lease.signal, this.#stopping.signal]);
    this.#endsAt = work.env.clock.monotonic() + work.figures.turnMs;
  }

  async play(): Promise<TurnEnd> {
    const ended = new AbortController();
    const watch = this.#watch(ended.signal);
    const places = Array.from({ length: this.#work.figures.concurrency }, () => this.#place());
    await Promise.all(places);
    ended.abort();
    await watch;
    this.#lease.signal.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#end) return this.#end;
    if (this.#isExhausted && !this.#hasLeftover) return { kind: 'finished' };
    return { kind: 'again', afterMs: this.#afterMs };
  }

  /** A batch that is cancelled or over its time stops at once: what is under way is given up. */
  async #watch(ended: AbortSignal): Promise<void> {
    const { env, db } = this.#work;
    while (!ended.aborted) {
      await env.sleep(WATCH_MS, ended).catch(() => undefined);
      if (ended.aborted) return;
      const now = await readWorkedBatch(db, this.#batch.id).catch(() => this.#batch);
      if (now?.status === 'in_progress' && !now.is_expired) continue;
      this.#stop({ kind: 'changed' });
      return;
    }
  }

  #stop(end: TurnEnd): void {
    this.#end ??= end;
    this.#stopping.abort();
  }

  /** One line after the other, until there is none, or no room, or the turn is over. */
  async #place(): Promise<void> {
    const { clock } = this.#work.env;
    try {
      while (!this.#signal.aborted && clock.monotonic() < this.#endsAt) {
        const item = await this.#next();
        if (!item) return;
        if (!(await this.#answer(item))) return;
      }
      this.#hasLeftover = true;
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#failure ??= error;
      this.#stopping.abort();
    }
  }

  async #next(): Promise<PendingItem | undefined> {
    while (this.#page.length === 0 && !this.#isExhausted) {
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
      await this.#fetching;
    }
    return this.#page.shift();
  }

  async #fetch(): Promise<void> {
    const page = await listPendingItems(this.#work.db, this.#batch, { after: this.#after, limit: PAGE });
    this.#after = page.at(-1)?.line ?? this.#after;
    this.#isExhausted = page.length < PAGE;
    this.#page.push(...page);
  }

  /** False when this place is to be given up. */
  async #answer(item: PendingItem): Promise<boolean> {
    const name: LineName = {
      batchId: this.#batch.id,
      line: item.line,
      customId: item.custom_id,
      tries: item.tries,
    };
    const { status, verdict } = await this.#send(item, name);
    await this.#work.env.crashPoint('run-batch.answered');
    switch (verdict.kind) {
      case 'answered':
        await this.#record(item, verdict.isFailed, answeredLine(name, status, verdict.body));
        return true;
      case 'failed':
        await this.#record(item, true, failedLine(name, verdict.code, verdict.message));
        return true;
      case 'later':
        return this.#leave(verdict.afterMs);
      case 'try_failed':
        if (item.tries + 1 >= this.#work.figures.triesMax) {
          await this.#record(item, true, answeredLine(name, status, verdict.body));
          return true;
        }
        await this.#lease.apply((tx) => recordFailedTry(tx, this.#batch, item));
        return this.#leave(verdict.afterMs);
      case 'unauthorised':
        await this.#judgeKey();
        return false;
    }
  }

  #leave(afterMs: number): false {
    this.#hasLeftover = true;
    this.#afterMs = Math.max(this.#afterMs, afterMs);
    return false;
  }

  async #send(item: PendingItem, name: LineName): Promise<{ status: number; verdict: Verdict }> {
    const { db, sender, env } = this.#work;
    const { org_id: orgId, api_key_id: apiKeyId, input_file_id: fileId, endpoint } = this.#batch;
    const body = await readSpan(db, { orgId }, fileId, { from: item.body_from, bytes: item.body_bytes });
    await env.crashPoint('run-batch.sending');
    try {
      const requestId = requestIdOf(name);
      const answer = await sender.send({
        orgId,
        apiKeyId,
        requestId,
        endpoint,
        body,
        signal: this.#signal,
      });
      return { status: answer.status, verdict: judgeAnswer(answer) };
    } catch (error) {
      this.#signal.throwIfAborted();
      env.log.warn({ error: messageOf(error), batch: this.#batch.id }, 'the gateway did not answer a line');
      return { status: BAD_STATUS, verdict: { kind: 'later', afterMs: UNREACHABLE_MS } };
    }
  }

  async #record(item: PendingItem, isFailed: boolean, result: Buffer): Promise<void> {
    await this.#lease.apply(async (tx) => {
      const isFirst = await recordResult(tx, this.#batch, { line: item.line, isFailed, result });
      if (isFirst) await countLine(tx, this.#batch, isFailed);
    });
    await this.#work.env.crashPoint('run-batch.recorded');
  }

  /** A gateway that has just begun knows no key yet: the database tells. */
  async #judgeKey(): Promise<void> {
    const { org_id: orgId, api_key_id: apiKeyId } = this.#batch;
    if (await isApiKeyActive(this.#work.db, { orgId }, apiKeyId)) this.#leave(UNREACHABLE_MS);
    else this.#stop({ kind: 'unauthorised' });
  }
}
