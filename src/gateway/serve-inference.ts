/**
 * One inference request from its body to its last byte.
 *
 * Once it is admitted (opened in the journal) it is closed there exactly once, however it ends: answered, refused by
 * the engine, broken, timed out, or left by the client. When the client leaves, the worker's connection is closed at
 * once and the agent is asked what the engine produced until then.
 */
import type { UsageRecord } from '#contracts/usage.ts';
import { AppError, toAppError } from '#kernel/errors.ts';
import type { RequestId } from '#kernel/ids.ts';
import type { WorkerLease } from '#routing/pick.ts';
import type { SnapshotModel } from '#routing/snapshot.ts';
import { admit, usualOutput } from './admission/admit.ts';
import { asEvent } from './admission/held-stream.ts';
import { type GatewayCaller, mayCall, refuseUnactivated } from './authenticate.ts';
import { protocolNamed } from './client-protocol.ts';
import type { Deadline } from './deadlines.ts';
import type { DescribedRequest } from './describe-request.ts';
import { type Dispatched, dispatch } from './dispatch.ts';
import { ClientLeftError, type Exchange } from './edge.ts';
import type { InferenceEndpoint } from './endpoints.ts';
import { EventStream, type PassingStream } from './event-stream.ts';
import type { GatewayContext } from './gateway-context.ts';
import { bytesForEngine, type InferenceOrder, parseOrder } from './inference-order.ts';
import { tryLease, workersFor } from './lease-worker.ts';
import { NamedEventStream } from './named-event-stream.ts';
import { relayStream } from './relay-stream.ts';
import type { RequestTrace } from './request-trace.ts';
import { errorEvent } from './stream-error.ts';
import { NO_TOKENS, RunningCounts, type TokenCounts } from './token-counts.ts';
import { UpstreamError } from './upstream.ts';
import { UsageAccount } from './usage-account.ts';
import { readWhole, usageOf } from './whole-answer.ts';
import { journalWorkerOf } from './worker-targets.ts';

export interface InferenceCall {
  readonly exchange: Exchange;
  readonly requestId: RequestId;
  readonly caller: GatewayCaller;
  readonly endpoint: InferenceEndpoint;
  /** On the monotonic clock, when the head of the request was here. */
  readonly receivedAt: number;
  /** Headers that every answer carries, whatever it will be; admission adds what is left of the limits. */
  readonly headers: Record<string, string>;
  /** Names and values in turn of the client's headers that concern the engine. */
  readonly forwarded: readonly string[];
  /** What becomes known of it, for the log of requests. */
  readonly trace: RequestTrace;
  readonly onAnswer: (status: number, model: string, errorCode?: string) => void;
}

const EVENT_BYTES_MAX = 8 * 1024 * 1024;
const TALLY_PATIENCE_MS = 3_000;
/** Nobody waits for the count of a request whose client has left, and a busy engine notices late. */
const LEFT_TALLY_PATIENCE_MS = 20_000;
const UNREACHABLE_PATIENCE_MS = 1_000;
/** A request that is written reaches a living agent within this, however busy it is. */
const ABSENT_PATIENCE_MS = 1_000;
const LAST_TALLY_PATIENCE_MS = 300;

/** Answers the call. Throws only what happened before its admission: that is answered as a plain error. */
export async function serveInference(context: GatewayContext, call: InferenceCall): Promise<void> {
  try {
    await serve(context, call);
  } catch (error) {
    const { exchange } = call;
    if (!exchange.hasStarted || exchange.hasClientLeft) throw error;
    // Only a stream that was held while it waited has begun before its worker did.
    const appError = toAppError(error);
    if (appError.code === 'internal.unexpected') {
      context.env.log.error({ error, request_id: call.requestId }, 'a held request failed unexpectedly');
    }
    const { stream: form = 'chunks' } = call.endpoint;
    exchange.end(Buffer.from(errorEvent(appError, { form, requestId: call.requestId, events: 0 })));
    call.onAnswer(200, '', appError.code);
  }
}

async function serve(context: GatewayContext, call: InferenceCall): Promise<void> {
  const bytes = await call.exchange.readBody(context.limits.bodyBytesMax);
  const readAt = context.env.clock.monotonic();
  const order = parseOrder(bytes, call.endpoint);
  call.trace.model = order.model;
  call.trace.isStream = order.isStream;
  const model = findModel(context, call.caller, order.model);
  const request = context.describer.describe({
    request: call.exchange.request,
    body: order.body,
    bodyBytes: bytes.length,
    isStream: order.isStream,
    orgId: call.caller.orgId,
    modelId: model.id,
    outputTokens: usualOutput(context, { call, order, model }),
  });
  const admitted = await admit(context, {
    call,
    order,
    model,
    request,
    body: bytes,
    tryLease: (priority) => tryLease(context, { ...request, priority }),
    locality: () => context.picker.knownShare(workersFor(context, request), request),
  });
  const { lease } = admitted;
  let account: UsageAccount | undefined;
  try {
    account = new UsageAccount(context.env, context.journal, {
      request_id: call.requestId,
      org_id: call.caller.orgId,
      api_key_id: call.caller.apiKeyId,
      user_id: call.caller.userId,
      model_id: model.id,
      endpoint: call.endpoint.path,
      streamed: order.isStream,
      started_at_ms: context.env.clock.now(),
      worker: journalWorkerOf(lease.worker),
    });
    const body = bytesForEngine(bytes, order, lease.worker.hfId);
    await new Inference({ context, call, order, model, account, request, readAt }, lease).run(body);
  } finally {
    lease.release();
    admitted.end(account?.closed);
  }
}

function findModel(context: GatewayContext, caller: GatewayCaller, name: string): SnapshotModel {
  const snapshot = context.snapshot.current;
  const model = snapshot.findModel(name);
  if (model) refuseUnactivated(snapshot, caller, model);
  const isKnown =
    model &&
    (snapshot.workersFor(caller.orgId, model.id).length > 0 || snapshot.isAwaited(caller.orgId, model.id));
  if (isKnown && !mayCall(caller, model)) {
    context.admission.metrics.refused('model_not_allowed');
    throw new AppError('api_key.model_not_allowed', { details: { param: 'model' } });
  }
  if (isKnown) return model;
  throw new AppError('model.not_served', {
    publicMessage: `The model \`${name}\` does not exist or is not served now. GET /v1/models lists those that are.`,
    details: { param: 'model' },
  });
}

interface InferenceParts {
  readonly context: GatewayContext;
  readonly call: InferenceCall;
  readonly order: InferenceOrder;
  readonly model: SnapshotModel;
  readonly account: UsageAccount;
  /** On the monotonic clock, when the whole body was here. */
  readonly readAt: number;
  readonly request: DescribedRequest;
}

class Inference {
  readonly #context: GatewayContext;
  readonly #call: InferenceCall;
  readonly #order: InferenceOrder;
  readonly #model: SnapshotModel;
  readonly #account: UsageAccount;
  readonly #request: DescribedRequest;
  /** Of the worker that has the request now. */
  #lease: WorkerLease;
  readonly #counts: RunningCounts;
  readonly #cancelling = new AbortController();
  readonly #deadline: Deadline;
  readonly #readAt: number;
  #dispatchedAt = 0;
  #answeredAt = 0;
  #upstreamEndAt = 0;
  #events: PassingStream | undefined;
  #hasStarted = false;
  #isClientSlow = false;

  constructor(parts: InferenceParts, lease: WorkerLease) {
    const { context, call, order, model, account, request, readAt } = parts;
    this.#context = context;
    this.#call = call;
    this.#order = order;
    this.#model = model;
    this.#account = account;
    this.#request = request;
    this.#lease = lease;
    this.#readAt = readAt;
    this.#hasStarted = call.exchange.hasStarted;
    this.#counts = new RunningCounts(order.choices);
    this.#deadline = {
      atMs: context.env.clock.monotonic() + context.limits.firstByteMs,
      // A client that reads nothing for so long has left without saying so.
      expire: () =>
        this.#cancel(this.#isClientSlow ? new ClientLeftError() : new AppError('upstream.timeout')),
    };
  }

  async run(body: Buffer): Promise<void> {
    const context = this.#context;
    const stop = () => this.#cancel(context.stopping.reason);
    context.stopping.addEventListener('abort', stop, { once: true });
    context.deadlines.add(this.#deadline);
    this.#call.exchange.onClientLeft(() => this.#cancel(new ClientLeftError()));
    let dispatched: Dispatched | undefined;
    try {
      this.#dispatchedAt = context.env.clock.monotonic();
      this.#call.trace.queueMs = this.#dispatchedAt - this.#readAt;
      dispatched = await this.#dispatch(body);
      this.#lease = dispatched.lease;
      await this.#relay(dispatched);
    } catch (error) {
      dispatched?.call.cancel();
      await this.#fail(this.#cancelling.signal.aborted ? this.#cancelling.signal.reason : error);
    } finally {
      dispatched?.lease.release();
      context.deadlines.remove(this.#deadline);
      context.stopping.removeEventListener('abort', stop);
      this.#report();
    }
  }

  #cancel(reason: unknown): void {
    this.#cancelling.abort(reason);
  }

  #dispatch(body: Buffer): Promise<Dispatched> {
    const { snapshot } = this.#context;
    return dispatch(this.#context, {
      workers: snapshot.current.workersFor(this.#call.caller.orgId, this.#model.id),
      request: this.#request,
      lease: this.#lease,
      account: this.#account,
      path: this.#call.endpoint.path,
      headers: this.#call.forwarded,
      body,
      cancelled: this.#cancelling.signal,
    });
  }

  async #relay({ answer }: Dispatched): Promise<void> {
    this.#answeredAt = this.#context.env.clock.monotonic();
    if (answer.agentError !== undefined) {
      await readWhole(answer, () => this.#progress());
      throw new AppError('upstream.failed', { cause: new Error(`the agent answered ${answer.agentError}`) });
    }
    const isStream = answer.status === 200 && answer.contentType?.startsWith('text/event-stream');
    await (isStream ? this.#relayStream(answer) : this.#relayWhole(answer));
  }

  async #relayStream(answer: Dispatched['answer']): Promise<void> {
    const { exchange } = this.#call;
    const events = this.#passingStream();
    this.#events = events;
    await relayStream({
      exchange,
      answer,
      events,
      headers: {
        ...this.#headers(),
        'content-type': answer.contentType ?? 'text/event-stream',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
      },
      onFirstByte: () => {
        this.#hasStarted = true;
        this.#lease.firstToken();
        this.#account.noteFirstByte();
      },
      onProgress: () => {
        this.#progress();
        this.#account.mark(() => this.#counts.total);
      },
      onClientSlow: (isSlow) => {
        this.#isClientSlow = isSlow;
        this.#progress();
      },
      beforeLast: () => {
        this.#upstreamEndAt = this.#context.env.clock.monotonic();
        this.#account.close({
          outcome: events.hasError ? 'upstream_failed' : 'completed',
          status: 200,
          errorCode: events.hasError ? 'upstream.failed' : null,
          counts: this.#counts.total,
        });
      },
    });
  }

  #passingStream(): PassingStream {
    const { stream = 'chunks', unaskedUsage } = this.#call.endpoint;
    const shared = { counts: this.#counts, eventBytesMax: EVENT_BYTES_MAX };
    return stream === 'chunks'
      ? new EventStream({ ...shared, wanted: this.#order.wantedUsage, unasked: unaskedUsage })
      : new NamedEventStream({ ...shared, form: stream });
  }

  /** What an answer says about its own way. */
  #headers(): Record<string, string> {
    const { queueMs = 0 } = this.#call.trace;
    return {
      ...this.#call.headers,
      'x-inventiv-instance': this.#account.worker.instance_id,
      'x-inventiv-queue-ms': queueMs.toFixed(1),
    };
  }

  async #relayWhole(answer: Dispatched['answer']): Promise<void> {
    const body = await readWhole(answer, () => this.#progress());
    this.#cancelling.signal.throwIfAborted();
    this.#upstreamEndAt = this.#context.env.clock.monotonic();
    const { status } = answer;
    if (status >= 200 && status < 300) {
      this.#lease.firstToken();
      const counts = await this.#countsOf(body);
      this.#account.close({ outcome: 'completed', status, errorCode: null, counts });
      this.#send(status, answer.contentType, body);
    } else if (status >= 400 && status < 500 && status !== 401 && status !== 403) {
      this.#account.close({ outcome: 'rejected', status, errorCode: null, counts: NO_TOKENS });
      this.#sendEngineError(status, body);
    } else if (status >= 500) {
      const { counts } = await this.#settledCounts();
      this.#account.close({ outcome: 'upstream_failed', status, errorCode: 'upstream.failed', counts });
      this.#sendEngineError(status, body);
    } else {
      throw new AppError('upstream.failed', { cause: new Error(`the worker answered ${status}`) });
    }
  }

  async #countsOf(body: Buffer): Promise<TokenCounts> {
    if (!this.#call.endpoint.isCounted) return NO_TOKENS;
    return usageOf(body) ?? (await this.#settledCounts()).counts;
  }

  #sendEngineError(status: number, body: Buffer): void {
    const protocol = protocolNamed(this.#call.endpoint.protocol);
    this.#send(status, 'application/json', protocol.engineError(body, status, this.#call.requestId));
  }

  #send(status: number, contentType: string | undefined, body: Buffer): void {
    this.#hasStarted = true;
    const { exchange } = this.#call;
    if (exchange.hasStarted) {
      const { stream = 'chunks' } = this.#call.endpoint;
      exchange.end(asEvent(body, stream === 'chunks' ? undefined : 'error'));
      return;
    }
    exchange.start(status, {
      ...this.#headers(),
      'x-inventiv-ttft-ms': (this.#answeredAt - this.#dispatchedAt).toFixed(1),
      'content-type': contentType ?? 'application/json',
      'content-length': String(body.length),
    });
    this.#call.exchange.end(body);
  }

  /** Ends an admitted request that got no whole answer; the usage is safe before the client learns of it. */
  async #fail(reason: unknown): Promise<void> {
    this.#upstreamEndAt ||= this.#context.env.clock.monotonic();
    if (this.#account.closed) return;
    const { counts, isExact } = wasNeverTaken(reason)
      ? { counts: NO_TOKENS, isExact: true }
      : await this.#settledCounts();
    if (reason instanceof ClientLeftError) {
      this.#account.close({
        outcome: isExact ? 'client_closed' : 'lost',
        status: null,
        errorCode: null,
        counts,
      });
      this.#call.exchange.destroy();
      return;
    }
    const error = toAppError(reason);
    if (error.code === 'internal.unexpected') {
      this.#context.env.log.error(
        { error: reason, request_id: this.#call.requestId },
        'a request failed unexpectedly',
      );
    }
    const { requestId, endpoint, exchange } = this.#call;
    const status = this.#hasStarted ? 200 : protocolNamed(endpoint.protocol).statusOf(error);
    this.#account.close({ outcome: 'upstream_failed', status, errorCode: error.code, counts });
    if (!this.#hasStarted) throw error;
    const broken = {
      form: endpoint.stream ?? 'chunks',
      requestId,
      events: this.#events?.passedEvents ?? 0,
    } as const;
    exchange.end(Buffer.from(errorEvent(error, broken)));
  }

  /** What the engine produced until it stopped; not exact when no agent could say so. */
  async #settledCounts(): Promise<{ counts: TokenCounts; isExact: boolean }> {
    const { agents, targets, stopping } = this.#context;
    if (!this.#call.endpoint.isCounted) return { counts: NO_TOKENS, isExact: true };
    const own = this.#counts.total;
    const answer = await agents.readTally(targets.of(this.#account.worker), this.#account.requestId, {
      totalMs: stopping.aborted ? LAST_TALLY_PATIENCE_MS : this.#tallyPatienceMs,
      unreachableMs: stopping.aborted ? LAST_TALLY_PATIENCE_MS : UNREACHABLE_PATIENCE_MS,
      absentMs: this.#absentPatienceMs(),
    });
    if (answer.kind === 'unreachable') return { counts: own, isExact: false };
    // An agent keeps its counts on disk: what it does not know for so long never came to it.
    if (answer.kind === 'absent') return { counts: own, isExact: this.#counts.isEmpty };
    const { tally } = answer;
    return {
      counts: {
        promptTokens: Math.max(own.promptTokens, tally.prompt_tokens),
        completionTokens: Math.max(own.completionTokens, tally.completion_tokens),
        cachedTokens: Math.max(own.cachedTokens, tally.cached_tokens),
      },
      isExact: answer.kind === 'settled',
    };
  }

  get #tallyPatienceMs(): number {
    const hasLeft = this.#cancelling.signal.reason instanceof ClientLeftError;
    return hasLeft ? LEFT_TALLY_PATIENCE_MS : TALLY_PATIENCE_MS;
  }

  /** Only a client that left at once can have overtaken its own request; nobody waits for this answer. */
  #absentPatienceMs(): number {
    if (!(this.#cancelling.signal.reason instanceof ClientLeftError)) return 0;
    const sentMsAgo = this.#context.env.clock.monotonic() - this.#dispatchedAt;
    return Math.max(0, ABSENT_PATIENCE_MS - sentMsAgo);
  }

  #progress(): void {
    this.#deadline.atMs = this.#context.env.clock.monotonic() + this.#context.limits.idleMs;
  }

  #report(): void {
    const { metrics, acknowledger, targets, env } = this.#context;
    const usage = this.#account.closed;
    if (!usage) return;
    if (this.#call.endpoint.isCounted) acknowledger.add(targets.of(this.#account.worker), usage.request_id);
    const model = this.#model.hfId;
    metrics.inferred({
      endpoint: this.#call.endpoint.path,
      model,
      ttftMs: this.#account.ttftMs,
      totalMs: env.clock.monotonic() - this.#call.receivedAt,
      upstreamMs: this.#upstreamEndAt - this.#dispatchedAt,
    });
    metrics.counted(model, usage.outcome, {
      prompt: usage.prompt_tokens,
      completion: usage.completion_tokens,
      cached: usage.cached_tokens,
    });
    this.#call.trace.usage = usage;
    if (usage.outcome === 'completed') this.#learn(usage);
    this.#call.onAnswer(usage.http_status ?? 499, model);
  }

  /** What the engine counted says how good our guesses were. */
  #learn(usage: UsageRecord): void {
    const { describer, routingMetrics } = this.#context;
    const { prompt_tokens, completion_tokens, cached_tokens } = usage;
    describer.estimates.learn(this.#model.id, this.#request.shape, {
      promptTokens: prompt_tokens,
      completionTokens: completion_tokens,
      cachedTokens: cached_tokens,
    });
    const predicted = this.#lease.cachedTokens;
    routingMetrics.cached(this.#model.hfId, { prompt: prompt_tokens, predicted, cached: cached_tokens });
  }
}

/** No worker saw the request, so there is nothing to count and nobody to ask. */
function wasNeverTaken(reason: unknown): boolean {
  if (!(reason instanceof AppError)) return false;
  return (
    reason.code === 'model.not_ready' || (reason.cause instanceof UpstreamError && reason.cause.isUnreachable)
  );
}
