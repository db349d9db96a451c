import type { RequestRecord } from '#contracts/requests.ts';
import type { UsageRecord } from '#contracts/usage.ts';
import type { RequestId } from '#kernel/ids.ts';
import type { GatewayCaller } from './authenticate.ts';

const MODEL_LENGTH_MAX = 300;

/** What becomes known of one request on its way, for its row in the log. */
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
  /** What the ledger gets; undefined when the request was not admitted. */
  usage: UsageRecord | undefined;
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
  set model(name: string) {
    // Texts that JSON can carry and a database cannot.
    this.#model = name.slice(0, MODEL_LENGTH_MAX).toWellFormed().replaceAll('\0', '\ufffd');
  }

  /** Undefined when nobody of ours asked: the row would belong to nobody who may read it. */
  record(end: { status: number; errorCode: string | null; endedAt: number }): RequestRecord | undefined {
    const { caller, usage } = this;
    if (!caller) return undefined;
    return {
      request_id: this.requestId,
      org_id: caller.orgId,
      api_key_id: caller.apiKeyId,
      user_id: caller.userId,
      correlation_id: this.correlationId ?? null,
      endpoint: this.endpoint,
      model: this.#model,
      model_id: usage?.model_id ?? null,
      // Machines of other organisations are theirs to know.
      instance_id: (usage?.terms ? null : usage?.instance_id) ?? null,
      status: end.status,
      error_code: usage?.error_code ?? end.errorCode,
      outcome: usage?.outcome ?? null,
      streamed: this.isStream,
      prompt_tokens: usage?.prompt_tokens ?? 0,
      completion_tokens: usage?.completion_tokens ?? 0,
      cached_tokens: usage?.cached_tokens ?? 0,
      started_at_ms: this.startedAtMs,
      duration_ms: rounded(end.endedAt - this.receivedAt),
      queue_ms: this.queueMs === undefined ? null : rounded(this.queueMs),
      ttft_ms: usage?.ttft_ms ?? null,
    };
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
