import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { ENGINE_FAILED, METHOD_NOT_ALLOWED, ROUTE_NOT_FOUND, STILL_LOADING } from './api-error.ts';
import { Connections } from './connections.ts';
import { EngineMetrics } from './engine-metrics.ts';
import { type EngineRoute, engineRoutes } from './engine-routes.ts';
import { EngineRunner } from './engine-runner.ts';
import { Faults } from './faults.ts';
import type { Generation, GenerationContext } from './generation.ts';
import { type Exchange, sendError, sendJson } from './http-exchange.ts';
import type { ServedModel } from './request-body.ts';
import type { EngineParameters } from './step-time.ts';
import type { TokenLog } from './token-log.ts';

/**
 * The simulated engine behind vLLM's HTTP surface: routes, names, error shapes and streaming as in vLLM's OpenAI
 * server. It answers 503 until `setReady`. When the client closes its side of a connection, generation for it stops
 * in that tick and the token log gets its line. A failing model loop makes `/health` say so and rejects `failed`.
 */
export interface HttpEngineOptions {
  readonly served: ServedModel;
  readonly parameters: EngineParameters;
  readonly timeScale: number;
  readonly tokenLog: TokenLog;
  readonly showPromptDetails: boolean;
  readonly forceUsage: boolean;
  readonly echoRequestId: boolean;
  readonly apiKeys: readonly string[];
  readonly embeddingDimensions: number;
  readonly version: string;
  readonly crash: () => void;
}

const GRACE_MS = 500;

export class HttpEngine {
  readonly runner: EngineRunner;
  readonly metrics: EngineMetrics;
  readonly faults = new Faults();
  readonly options: HttpEngineOptions;
  readonly env: Env;
  readonly connections = new Connections();
  readonly generationContext: GenerationContext;
  /** Rejects when the model loop breaks. */
  readonly failed: Promise<void>;
  readonly #server: Server;
  readonly #routes: ReadonlyMap<string, EngineRoute>;
  readonly #unwritten = new Set<Generation>();
  #isReady = false;
  #isDead = false;
  #inFlight = 0;
  #sequences = 0;

  constructor(env: Env, options: HttpEngineOptions) {
    this.env = env;
    this.options = options;
    const { parameters, timeScale, served } = options;
    const modelName = served.names[0] ?? '';
    const { blockTokens } = parameters;
    this.metrics = new EngineMetrics({ modelName, maxModelLen: served.maxModelLen, blockTokens });
    const { blockLifetime, blockIdle, blockReuseGap, stepTokens } = this.metrics;
    this.runner = new EngineRunner(env, {
      parameters,
      timeScale,
      endTurn: () => this.#endTurn(),
      onStep: ({ tokens }) => tokens > 0 && stepTokens.observe(tokens),
      observer: {
        evicted(lifetimeMs, idleMs) {
          blockLifetime.observe(lifetimeMs / 1000);
          blockIdle.observe(idleMs / 1000);
        },
        reused: (gapMs) => blockReuseGap.observe(gapMs / 1000),
      },
    });
    this.generationContext = {
      ...options,
      env,
      blockTokens,
      runner: this.runner,
      metrics: this.metrics,
      maxModelLen: served.maxModelLen,
      needsWrite: (generation) => this.#unwritten.add(generation),
    };
    this.#routes = engineRoutes(this);
    this.#server = createServer((request, response) => this.#accept(request, response));
    this.connections.attach(this.#server);
    this.failed = this.runner.run().catch((error: unknown) => {
      this.#isDead = true;
      throw error;
    });
    // Whoever waits for `failed` gets the rejection; without a waiter it must not end the process first.
    this.failed.catch((error: unknown) =>
      env.log.error({ error: messageOf(error) }, 'The model loop broke.'),
    );
  }

  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  setReady(): void {
    this.#isReady = true;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get isHealthy(): boolean {
    return this.#isReady && !this.#isDead && !this.faults.has('unhealthy');
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Clients choose request ids and may repeat them, so the model gets ids of our own. */
  nextSequencePrefix(): string {
    return String(++this.#sequences);
  }

  /** Ends what runs, logs it, lets written bytes go out for a moment and frees the port. */
  async close(): Promise<void> {
    this.runner.stop();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    this.connections.end();
    const limit = new AbortController();
    const late = this.env.sleep(GRACE_MS, limit.signal).then(
      () => this.#server.closeAllConnections(),
      () => {},
    );
    await closed;
    limit.abort();
    await late;
    this.options.tokenLog.close();
  }

  #endTurn(): void {
    for (const generation of this.#unwritten) generation.record();
    this.options.tokenLog.write();
    for (const generation of this.#unwritten) generation.write();
    this.#unwritten.clear();
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    this.connections.inTurn(request.socket, async () => {
      if (this.connections.isGone(request.socket)) return;
      const closed = new Promise<void>((resolve) => {
        response.once('close', resolve);
      });
      this.#inFlight++;
      await this.#serve(request, response);
      await closed;
      this.#inFlight--;
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const method = request.method ?? 'GET';
    const route = this.#routes.get(`${method} ${path}`);
    const isKnownPath = route !== undefined || this.#hasPath(path);
    response.once('close', () => {
      this.metrics.answered(isKnownPath ? path : 'none', method, response.statusCode);
    });
    const header = request.headers['x-request-id'];
    const exchange: Exchange = {
      request,
      response,
      requestId: typeof header === 'string' && header !== '' ? header : this.#newRequestId(),
    };
    if (this.options.echoRequestId) response.setHeader('x-request-id', exchange.requestId);
    if (!route) return sendError(response, isKnownPath ? METHOD_NOT_ALLOWED : ROUTE_NOT_FOUND);
    if (path.startsWith('/v1') && !this.#isAuthorised(request)) {
      return sendJson(response, 401, { error: 'Unauthorized' });
    }
    if (route.needsModel && !this.#isReady) return sendError(response, STILL_LOADING);
    try {
      await route.answer(exchange);
    } catch (error) {
      this.env.log.error({ error: messageOf(error), path }, 'A request failed.');
      sendError(response, ENGINE_FAILED);
      if (!response.writableEnded) response.destroy();
    }
  }

  #hasPath(path: string): boolean {
    return ['GET', 'POST', 'DELETE'].some((method) => this.#routes.has(`${method} ${path}`));
  }

  #isAuthorised(request: IncomingMessage): boolean {
    const { apiKeys } = this.options;
    if (apiKeys.length === 0) return true;
    const [scheme, key = ''] = (request.headers.authorization ?? '').split(' ');
    return scheme?.toLowerCase() === 'bearer' && apiKeys.includes(key);
  }

  #newRequestId(): string {
    return Buffer.from(this.env.random.bytes(16)).toString('hex');
  }
}
