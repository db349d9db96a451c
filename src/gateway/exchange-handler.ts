/**
 * Answers each exchange, whatever happens: inference by a worker, everything else from memory, and what goes wrong as an
 * error in the client's own protocol. Each is counted and written down once.
 */
import { AppError, toAppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { mayCall, ownerOf } from './authenticate.ts';
import { NamedLines } from './batches/named-lines.ts';
import { STORAGE_NAMES, type StorageRoute } from './batches/storage-routes.ts';
import { answerHeaders, correlationIdOf, forwardedHeaders } from './call-headers.ts';
import { callerWith } from './callers.ts';
import { protocolNamed } from './client-protocol.ts';
import { ClientLeftError, type Exchange } from './edge.ts';
import { type MatchedRoute, matchRoute, type PlainRoute, protocolOf } from './endpoints.ts';
import type { GatewayContext } from './gateway-context.ts';
import { type ModelsQuestion, modelsBody, oneModelBody } from './list-models.ts';
import { refuseAmbiguity } from './request-rules.ts';
import { RequestTrace } from './request-trace.ts';
import { serveInference } from './serve-inference.ts';

const NOTHING: readonly string[] = [];
/** The status of whoever did not wait for one. */
const CLIENT_LEFT = 499;
/** What was not asked of a model: who looks whether we are alive, and what there is. */
const NOT_LOGGED = new Set([
  'unknown',
  '/healthz',
  '/readyz',
  '/v1/models',
  '/v1/models/{id}',
  ...STORAGE_NAMES,
]);

export interface GatewayCondition {
  readonly openRequests: () => number;
  readonly findTrouble: () => string | undefined;
}

interface Ending {
  readonly status: number;
  readonly model?: string;
  readonly errorCode?: string | null;
}

export class ExchangeHandler {
  readonly #context: GatewayContext;
  readonly #condition: GatewayCondition;
  readonly #lines = new NamedLines();

  constructor(context: GatewayContext, condition: GatewayCondition) {
    this.#context = context;
    this.#condition = condition;
  }

  async handle(exchange: Exchange): Promise<void> {
    const { env } = this.#context;
    const trace = new RequestTrace({
      requestId: newId(env, 'request'),
      correlationId: correlationIdOf(exchange.request),
      startedAtMs: env.clock.now(),
      receivedAt: env.clock.monotonic(),
    });
    const headers = answerHeaders(trace.requestId, trace.correlationId);
    try {
      refuseAmbiguity(exchange.request);
      const route = matchRoute(exchange.request.method, exchange.request.target);
      trace.endpoint = route.name;
      if (route.kind === 'inference') await this.#infer(exchange, route, { trace, headers });
      else if (route.kind === 'storage') await this.#store(exchange, route, { trace, headers });
      else {
        const answer = await this.#answerPlain(exchange, route, trace.requestId);
        sendJson(exchange, answer.status, { ...headers, ...answer.headers }, answer.body);
        this.#ended(trace, exchange, { status: answer.status });
      }
    } catch (error) {
      this.#refuse(exchange, error, { trace, headers });
    }
  }

  async #infer(
    exchange: Exchange,
    { endpoint }: Extract<MatchedRoute, { kind: 'inference' }>,
    { trace, headers }: { readonly trace: RequestTrace; readonly headers: Record<string, string> },
  ): Promise<void> {
    if (this.#condition.openRequests() > this.#context.limits.requestsMax) {
      throw new AppError('gateway.overloaded');
    }
    const found = callerWith('inference', this.#context, exchange);
    const caller = found instanceof Promise ? await found : found;
    trace.caller = caller;
    await this.#lines.named(caller, { trace, headers }, () =>
      serveInference(this.#context, {
        exchange,
        requestId: trace.requestId,
        caller,
        endpoint,
        receivedAt: trace.receivedAt,
        headers,
        forwarded: endpoint.protocol === 'anthropic' ? forwardedHeaders(exchange.request) : NOTHING,
        trace,
        onAnswer: (status, model, errorCode) =>
          this.#ended(trace, exchange, { status, model, errorCode: errorCode ?? null }),
      }),
    );
  }

  /** Files and batches: answered from the database, by whoever was given to this gateway for it. */
  async #store(
    exchange: Exchange,
    route: StorageRoute,
    { trace, headers }: { readonly trace: RequestTrace; readonly headers: Record<string, string> },
  ): Promise<void> {
    const { storage } = this.#context;
    if (!storage) throw new AppError('route.not_found');
    if (this.#condition.openRequests() > this.#context.limits.requestsMax) {
      throw new AppError('gateway.overloaded');
    }
    const caller = await callerWith('inference', this.#context, exchange);
    trace.caller = caller;
    const answer = await storage.serve({ exchange, route, caller, headers });
    if (answer.body !== undefined) sendJson(exchange, answer.status, headers, answer.body);
    this.#ended(trace, exchange, { status: answer.status });
  }

  #refuse(
    exchange: Exchange,
    error: unknown,
    { trace, headers }: { readonly trace: RequestTrace; readonly headers: Record<string, string> },
  ): void {
    if (error instanceof ClientLeftError || exchange.hasClientLeft) {
      this.#ended(trace, exchange, { status: CLIENT_LEFT });
      return;
    }
    const appError = toAppError(error);
    if (appError.code === 'internal.unexpected') {
      this.#context.env.log.error({ error, request_id: trace.requestId }, 'a request failed unexpectedly');
    }
    // Half of an answer is out: it must not look whole.
    if (exchange.hasStarted) {
      exchange.destroy();
      return;
    }
    const answer = protocolNamed(protocolOf(exchange.request)).answerTo(appError, trace.requestId);
    sendJson(exchange, answer.status, { ...headers, ...answer.headers }, answer.body);
    this.#ended(trace, exchange, { status: answer.status, errorCode: appError.code });
  }

  /** Counts and writes down a request once, at the first end that it comes to. */
  #ended(trace: RequestTrace, { request }: Exchange, { status, model = '', errorCode = null }: Ending): void {
    if (trace.hasEnded) return;
    trace.hasEnded = true;
    const { metrics, requestLog, snapshot, env } = this.#context;
    metrics.answered(trace.endpoint, status, model);
    if (trace.isAdmitted || NOT_LOGGED.has(trace.endpoint)) return;
    trace.caller ??= ownerOf(request, snapshot.current);
    const record = trace.record({ status, errorCode, endedAt: env.clock.monotonic() });
    if (record) requestLog.add(record);
  }

  async #answerPlain(exchange: Exchange, route: PlainRoute, requestId: string): Promise<PlainAnswer> {
    switch (route.kind) {
      case 'models':
        return ok(modelsBody(await this.#modelsQuestion(exchange)));
      case 'model':
        return ok(oneModelBody(await this.#modelsQuestion(exchange), route.model));
      case 'response':
        await callerWith('inference', this.#context, exchange);
        throw new AppError('response.not_stored');
      case 'health':
        return ok({ status: 'ok' });
      case 'readiness': {
        const trouble = this.#condition.findTrouble();
        return trouble === undefined
          ? ok({ status: 'ready' })
          : { status: 503, headers: {}, body: { status: 'not ready', trouble } };
      }
      case 'wrong_method': {
        const publicMessage = `This address takes ${route.allowed} only.`;
        const error = new AppError('route.not_found', { publicMessage });
        const { body } = protocolNamed(protocolOf(exchange.request)).answerTo(error, requestId);
        return { status: 405, headers: { allow: route.allowed, 'x-should-retry': 'false' }, body };
      }
      case 'unknown':
        throw new AppError('route.not_found');
    }
  }

  /** Whose models, and which of them. */
  async #modelsQuestion(exchange: Exchange): Promise<ModelsQuestion> {
    const caller = await callerWith('models.read', this.#context, exchange);
    const { snapshot, env } = this.#context;
    return {
      snapshot: snapshot.current,
      orgId: caller.orgId,
      isAllowed: (model) => mayCall(caller, model),
      nowMs: env.clock.now(),
      protocol: protocolOf(exchange.request),
      target: exchange.request.target,
    };
  }
}

interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function ok(body: unknown): PlainAnswer {
  return { status: 200, headers: {}, body };
}

function sendJson(exchange: Exchange, status: number, headers: Record<string, string>, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  exchange.start(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(bytes.length),
  });
  exchange.end(bytes);
}
