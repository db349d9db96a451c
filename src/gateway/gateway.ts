/**
 * The data plane of one process: authenticates, finds a worker, streams, and counts.
 *
 * It decides from the routing snapshot in memory and writes usage to its own journal, so it serves on while the
 * database is away. Stopping takes no new connection, lets open requests finish for a while, then ends the rest with a
 * clear error; what it leaves unfinished the next start settles from the journal.
 */
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { Env } from '#kernel/env.ts';
import { AppError, toAppError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { leastOutstanding, WorkerPicker } from '#routing/pick.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import { agentClient } from './agent-client.ts';
import { authenticate, type GatewayCaller, isUnknownKey } from './authenticate.ts';
import { Deadlines } from './deadlines.ts';
import type { EdgeFigures, EdgeOptions } from './edge/edge-options.ts';
import { startEdge } from './edge/start-edge.ts';
import { ClientLeftError, type Edge, type Exchange } from './edge.ts';
import { matchRoute, type PlainRoute } from './endpoints.ts';
import type { GatewayContext, GatewayLimits } from './gateway-context.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { Journal } from './journal/journal.ts';
import type { JournalWorker } from './journal/records.ts';
import { settleOrphans } from './journal/recovery.ts';
import { type RecordUsage, startShipper, type UsageShipper } from './journal/shipper.ts';
import { KeyUse } from './key-use.ts';
import { modelsBody, oneModelBody } from './list-models.ts';
import { answerTo } from './openai-error.ts';
import { refuseAmbiguity } from './request-rules.ts';
import { serveInference } from './serve-inference.ts';
import { TallyAcknowledger } from './tally-acknowledger.ts';
import { fastUpstream } from './upstream/fast-upstream.ts';
import { undiciUpstream } from './upstream/undici-upstream.ts';
import type { Upstream, UpstreamFigures, UpstreamKind, UpstreamTarget } from './upstream.ts';
import { WorkerTargets } from './worker-targets.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly limits: GatewayLimits;
  readonly edge: Pick<EdgeOptions, 'kind' | 'tls'> & {
    readonly figures: Omit<EdgeFigures, 'inactivityMs'>;
  };
  readonly upstream: { readonly kind: UpstreamKind; readonly figures: UpstreamFigures };
  readonly journalSegmentBytes: number;
  readonly webBearerKey: Secret;
  readonly dataPlaneKey: Secret;
  readonly snapshot: SnapshotKeeper;
  readonly registry: Registry;
  readonly recordUsage: RecordUsage;
  readonly touchApiKeys: (ids: string[]) => Promise<void>;
}

export interface Gateway {
  readonly port: number;
  /** A reason why it cannot do its work now. */
  findTrouble(): string | undefined;
  stop(): Promise<void>;
}

const DRAIN_MS = 1_500;
const GIVE_UP_MS = 600;
const LAST_SHIPMENT_MS = 400;
const REREAD_LIMIT_MS = 1_000;
const RESERVE_BYTES_PER_REQUEST = 1_024;
const RESERVE_BYTES_MIN = 1_048_576;
const RESERVE_BYTES_MAX = 16_777_216;
const TICK_MS_MAX = 250;
/** Routes whose requests may take the edge's fast way; what is answered with a refusal only need not be fast. */
const PLAIN_ROUTES: ReadonlySet<string> = new Set(['inference', 'models', 'health', 'readiness']);

export async function startGateway(env: Env, options: GatewayOptions): Promise<Gateway> {
  const { limits } = options;
  // A raised limit gets its larger reserve with the next start.
  const reserveBytes = Math.max(
    RESERVE_BYTES_MIN,
    Math.min(RESERVE_BYTES_MAX, limits.requestsMax * RESERVE_BYTES_PER_REQUEST),
  );
  const { journal, orphans } = await Journal.open(env, {
    directory: join(options.dataDir, 'gateway', 'journal'),
    segmentBytesMax: options.journalSegmentBytes,
    reserveBytes,
  });
  const shipper = await startShipper(env, journal, options.recordUsage);
  const running = new RunningGateway(env, options, journal, shipper);
  running.settle(orphans);
  await running.listen();
  return running;
}

class RunningGateway implements Gateway {
  readonly #context: GatewayContext;
  readonly #options: GatewayOptions;
  readonly #shipper: UsageShipper;
  readonly #stopping = new AbortController();
  readonly #recovering = new AbortController();
  readonly #open = new Set<Promise<void>>();
  #recovery: Promise<void> = Promise.resolve();
  #edge: Edge | undefined;
  #stopped: Promise<void> | undefined;

  constructor(env: Env, options: GatewayOptions, journal: Journal, shipper: UsageShipper) {
    const { limits } = options;
    const agents = agentClient(env);
    this.#options = options;
    this.#shipper = shipper;
    this.#context = {
      env,
      limits,
      webBearerKey: options.webBearerKey,
      snapshot: options.snapshot,
      picker: new WorkerPicker(env, leastOutstanding(env.random)),
      targets: new WorkerTargets(options.dataPlaneKey),
      journal,
      upstream: upstreamOf(env, options.upstream),
      agents,
      acknowledger: new TallyAcknowledger(env, journal, agents),
      deadlines: new Deadlines(env, () => Math.min(TICK_MS_MAX, limits.firstByteMs / 4, limits.idleMs / 4)),
      keyUse: new KeyUse(env, options.touchApiKeys),
      metrics: new GatewayMetrics(options.registry, {
        openRequests: () => this.#open.size,
        journalUnshipped: () => shipper.waiting,
        journalUnsynced: () => journal.unsyncedRecords,
      }),
      stopping: this.#stopping.signal,
    };
  }

  get port(): number {
    return this.#edge?.port ?? 0;
  }

  findTrouble(): string | undefined {
    if (!this.#context.snapshot.isLoaded) return 'the routing snapshot was never read';
    if (!this.#context.journal.isWritable) return 'the usage journal cannot be written';
    return undefined;
  }

  settle(orphans: Parameters<typeof settleOrphans>[1]): void {
    const { env, journal, agents, targets, snapshot, acknowledger } = this.#context;
    const targetOf = (worker: JournalWorker) => {
      // The worker may have registered again since, with a new epoch and another token.
      const known = snapshot.current.findWorker(worker.instance_id);
      return targets.of(known ? { ...worker, address: known.address, epoch: known.epoch } : worker);
    };
    const context = {
      env,
      journal,
      agents,
      targetOf,
      onSettled: (target: UpstreamTarget, requestId: string) => acknowledger.add(target, requestId),
      signal: this.#recovering.signal,
    };
    this.#recovery = settleOrphans(context, orphans).catch((error: unknown) => {
      env.log.error({ error }, 'settling the requests of a former process failed');
    });
  }

  async listen(): Promise<void> {
    const { host, port, limits, edge } = this.#options;
    const options: EdgeOptions = {
      host,
      port,
      kind: edge.kind,
      tls: edge.tls,
      figures: edgeFigures(edge.figures, limits),
      isPlain: (method, target) => PLAIN_ROUTES.has(matchRoute(method, target).kind),
      newRequestId: () => newId(this.#context.env, 'request'),
    };
    this.#edge = await startEdge(this.#context.env, options, (exchange) => {
      const work: Promise<void> = this.#handle(exchange).finally(() => this.#open.delete(work));
      this.#open.add(work);
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    const { env, deadlines, acknowledger, keyUse, agents, upstream, journal } = this.#context;
    this.#edge?.stopAccepting();
    await this.#openEnded(DRAIN_MS);
    this.#stopping.abort(
      new AppError('gateway.overloaded', { publicMessage: 'The gateway restarts. Try again shortly.' }),
    );
    this.#recovering.abort();
    await this.#openEnded(GIVE_UP_MS);
    await this.#edge?.close();
    await Promise.all([deadlines.stop(), acknowledger.stop(), keyUse.stop(), this.#recovery]);
    await this.#shipper.stop(LAST_SHIPMENT_MS);
    await Promise.all([agents.close(), upstream.close()]);
    await journal.close();
    env.log.debug({ waiting: this.#shipper.waiting }, 'the gateway stopped');
  }

  async #openEnded(limitMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    const tooLong = new AbortController();
    const limit = this.#context.env.sleep(limitMs, tooLong.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#open), limit]);
    tooLong.abort();
  }

  /** Answers one exchange, whatever happens. */
  async #handle(exchange: Exchange): Promise<void> {
    const { env, metrics } = this.#context;
    const receivedAt = env.clock.monotonic();
    const requestId = newId(env, 'request');
    const headers = { 'x-request-id': requestId, 'request-id': requestId };
    let endpoint = 'unknown';
    let isCounted = false;
    const count = (status: number, model = '') => {
      if (!isCounted) metrics.answered(endpoint, status, model);
      isCounted = true;
    };
    try {
      refuseAmbiguity(exchange.request);
      const route = matchRoute(exchange.request.method, exchange.request.target);
      endpoint = route.name;
      if (route.kind === 'inference') {
        if (this.#open.size >= this.#context.limits.requestsMax) throw new AppError('gateway.overloaded');
        const caller = await this.#authenticate(exchange);
        const call = {
          exchange,
          requestId,
          caller,
          endpoint: route.endpoint,
          receivedAt,
          headers,
          onAnswer: count,
        };
        await serveInference(this.#context, call);
      } else {
        const answer = await this.#answerPlain(exchange, route);
        sendJson(exchange, answer.status, { ...headers, ...answer.headers }, answer.body);
        count(answer.status);
      }
    } catch (error) {
      if (error instanceof ClientLeftError || exchange.hasClientLeft) return count(499);
      const appError = toAppError(error);
      if (appError.code === 'internal.unexpected') {
        env.log.error({ error, request_id: requestId }, 'a request failed unexpectedly');
      }
      // Half of an answer is out: it must not look whole.
      if (exchange.hasStarted) return exchange.destroy();
      const answer = answerTo(appError);
      sendJson(exchange, answer.status, { ...headers, ...answer.headers }, answer.body);
      count(answer.status);
    }
  }

  /** A key that was created a moment ago works at once: the one case in which a request waits for the database. */
  async #authenticate(exchange: Exchange): Promise<GatewayCaller> {
    const { snapshot } = this.#context;
    try {
      return this.#authenticateNow(exchange);
    } catch (error) {
      if (!isUnknownKey(exchange.request, snapshot.current)) throw error;
    }
    await snapshot.reread(REREAD_LIMIT_MS);
    return this.#authenticateNow(exchange);
  }

  #authenticateNow(exchange: Exchange): GatewayCaller {
    const { snapshot, webBearerKey, env, keyUse } = this.#context;
    const caller = authenticate(exchange.request, {
      snapshot: snapshot.current,
      webBearerKey,
      nowMs: env.clock.now(),
    });
    if (caller.apiKeyId !== null) keyUse.add(caller.apiKeyId);
    return caller;
  }

  async #answerPlain(exchange: Exchange, route: PlainRoute): Promise<PlainAnswer> {
    const { snapshot, env } = this.#context;
    const now = env.clock.now();
    switch (route.kind) {
      case 'models':
        return ok(modelsBody(snapshot.current, (await this.#authenticate(exchange)).orgId, now));
      case 'model':
        return ok(
          oneModelBody(snapshot.current, (await this.#authenticate(exchange)).orgId, route.model, now),
        );
      case 'health':
        return ok({ status: 'ok' });
      case 'readiness': {
        const trouble = this.findTrouble();
        return trouble === undefined
          ? ok({ status: 'ready' })
          : { status: 503, headers: {}, body: { status: 'not ready', trouble } };
      }
      case 'wrong_method': {
        const publicMessage = `This address takes ${route.allowed} only.`;
        const { body } = answerTo(new AppError('route.not_found', { publicMessage }));
        return { status: 405, headers: { allow: route.allowed, 'x-should-retry': 'false' }, body };
      }
      case 'unknown':
        throw new AppError('route.not_found');
    }
  }
}

function upstreamOf(env: Env, { kind, figures }: GatewayOptions['upstream']): Upstream {
  return kind === 'fast' ? fastUpstream(env, figures) : undiciUpstream(figures);
}

function edgeFigures(figures: GatewayOptions['edge']['figures'], limits: GatewayLimits): EdgeFigures {
  return {
    get headMs() {
      return figures.headMs;
    },
    get bodyMs() {
      return figures.bodyMs;
    },
    get keepAliveMs() {
      return figures.keepAliveMs;
    },
    get connectionsMax() {
      return figures.connectionsMax;
    },
    // Later than every limit of ours, which end a request with an answer.
    get inactivityMs() {
      return 2 * Math.max(limits.firstByteMs, limits.idleMs);
    },
  };
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
