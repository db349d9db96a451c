/**
 * The account of one admitted request: opened in the journal before dispatch, closed there exactly once. Whatever ends
 * the request goes through `close`; a second close has no effect.
 */
import type { UsageRecord } from '#contracts/usage.ts';
import type { Env } from '#kernel/env.ts';
import type { Journal } from './journal/journal.ts';
import type { JournalWorker, Opened } from './journal/records.ts';
import { type RequestTrace, rounded } from './request-trace.ts';
import type { TokenCounts } from './token-counts.ts';

export interface AccountEnd {
  readonly outcome: UsageRecord['outcome'];
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly counts: TokenCounts;
}

const MARK_EVERY_MS = 2_000;

export class UsageAccount {
  readonly #env: Env;
  readonly #journal: Journal;
  readonly #trace: RequestTrace;
  readonly #openedAt: number;
  #open: Opened;
  #markedAt: number;
  #ttftMs: number | null = null;
  #closed: UsageRecord | undefined;

  /** @param open the journal has it already */
  constructor(env: Env, journal: Journal, open: Opened, trace: RequestTrace) {
    this.#env = env;
    this.#journal = journal;
    this.#open = open;
    this.#trace = trace;
    this.#openedAt = env.clock.monotonic();
    this.#markedAt = this.#openedAt;
  }

  get requestId(): string {
    return this.#open.request_id;
  }

  get worker(): JournalWorker {
    return this.#open.worker;
  }

  get ttftMs(): number | null {
    return this.#ttftMs;
  }

  get closed(): UsageRecord | undefined {
    return this.#closed;
  }

  moveTo(worker: JournalWorker): void {
    this.#open = { ...this.#open, worker };
    this.#journal.moveRequest(this.requestId, worker);
  }

  noteFirstByte(): void {
    this.#ttftMs ??= this.#env.clock.monotonic() - this.#openedAt;
  }

  /** Writes the counts down when the last mark is old enough; called as often as bytes pass. */
  mark(counts: () => TokenCounts): void {
    const now = this.#env.clock.monotonic();
    if (now - this.#markedAt < MARK_EVERY_MS) return;
    this.#markedAt = now;
    const { promptTokens, completionTokens, cachedTokens } = counts();
    this.#journal.markRequest({
      request_id: this.requestId,
      at_ms: this.#env.clock.now(),
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      cached_tokens: cachedTokens,
    });
  }

  /** What the client gets last waits until this resolves. */
  close(end: AccountEnd): Promise<void> {
    if (this.#closed) return this.#journal.written();
    const open = this.#open;
    const trace = this.#trace;
    const now = this.#env.clock.monotonic();
    // Member by member: copies of objects are slow, and this is written for every request.
    this.#closed = {
      request_id: open.request_id,
      org_id: open.org_id,
      api_key_id: open.api_key_id,
      project_id: open.project_id ?? null,
      user_id: open.user_id,
      model_id: open.model_id,
      endpoint: open.endpoint,
      streamed: open.streamed,
      started_at_ms: open.started_at_ms,
      instance_id: open.worker.instance_id,
      outcome: end.outcome,
      http_status: end.status,
      error_code: end.errorCode,
      prompt_tokens: end.counts.promptTokens,
      completion_tokens: end.counts.completionTokens,
      cached_tokens: end.counts.cachedTokens,
      // From the monotonic clock, so that a step of the wall clock cannot make a request end before it began.
      ended_at_ms: open.started_at_ms + Math.round(now - this.#openedAt),
      ttft_ms: this.#ttftMs === null ? null : rounded(this.#ttftMs),
      model: trace.model,
      correlation_id: trace.correlationId ?? null,
      duration_ms: rounded(now - trace.receivedAt),
      queue_ms: trace.queueMs === undefined ? null : rounded(trace.queueMs),
      ...(open.terms ? { terms: open.terms } : undefined),
    };
    this.#journal.closeRequest(this.#closed);
    return this.#journal.written();
  }
}
