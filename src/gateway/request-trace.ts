import type { RequestRecord } from '#contracts/requests.ts';
import type { RequestId } from '#kernel/ids.ts';
import { redact } from '#kernel/redact.ts';
import type { GatewayCaller } from './authenticate.ts';

const MODEL_LENGTH_MAX = 300;

/** What becomes known of one request on its way, for its row in the log of requests. */
export class RequestTrace {
  requestId: RequestId;
  readonly correlationId: string | undefined;
  readonly startedAtMs: number;
  /** On the monotonic clock. */
  readonly receivedAt: number;
  endpoint = 'unknown';
  caller: GatewayCaller | undefined;
  isStream = false;
  hasEnded = false;
  queueMs: number | undefined;
  /** It was admitted: the journal tells the log of it. */
  isAdmitted = false;
  #model: string | null = null;

  constructor(begin: {
    readonly requestId: RequestId;
    readonly correlationId: string | undefined;
    readonly startedAtMs: number;
    readonly receivedAt: number;
  }) {
    this.requestId = begin.requestId;
    this.correlationId = begin.correlationId;
    this.startedAtMs = begin.startedAtMs;
    this.receivedAt = begin.receivedAt;
  }

  /** As the client named it. */
  nameModel(name: string): void {
    // Texts that JSON can carry and a database cannot.
    this.#model = name.slice(0, MODEL_LENGTH_MAX).toWellFormed().replaceAll('\0', '\ufffd');
  }

  get model(): string | null {
    return this.#model;
  }

  /** Undefined when nobody of ours asked: the row would belong to nobody who may read it. */
  record(end: { status: number; errorCode: string | null; endedAt: number }): RequestRecord | undefined {
    const { caller } = this;
    if (!caller) return undefined;
    return {
      request_id: this.requestId,
      org_id: caller.orgId,
      api_key_id: caller.apiKeyId,
      user_id: caller.userId,
      correlation_id: this.correlationId ?? null,
      endpoint: this.endpoint,
      // Of a refused request anything may stand there, such as a key in the wrong field.
      model: this.#model === null ? null : redact(this.#model),
      model_id: null,
      instance_id: null,
      status: end.status,
      error_code: end.errorCode,
      outcome: null,
      streamed: this.isStream,
      prompt_tokens: 0,
      completion_tokens: 0,
      cached_tokens: 0,
      started_at_ms: this.startedAtMs,
      duration_ms: rounded(end.endedAt - this.receivedAt),
      queue_ms: this.queueMs === undefined ? null : rounded(this.queueMs),
      ttft_ms: null,
    };
  }
}

/** To microseconds. */
export function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
