/**
 * The data plane of one process: authenticates, finds a worker, streams, and counts.
 *
 * It decides from the routing snapshot in memory and writes usage to its own journal, so it serves on while the
 * database is away. Stopping takes no new connection, lets open requests finish for a while, then ends the rest with a
 * clear error; what it leaves unfinished the next start settles from the journal.
 */
import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { KeyScope } from '#contracts/api-keys.ts';
import type { Env } from '#kernel/env.ts';
import { AppError, toAppError } from '#kernel/errors.ts';
import { type ModelId, newId, type OrgId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { leastOutstanding, WorkerPicker } from '#routing/pick.ts';
import type { Snapshot } from '#routing/snapshot.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import { Admission } from './admission/admission.ts';
import type { AdmissionFigures } from './admission/admission-figures.ts';
import type { ModelLoad, PoolFacts } from './admission/model-load.ts';
import { agentClient } from './agent-client.ts';
import {
  authenticate,
  type GatewayCaller,
  hasScope,
  isUnknownKey,
  mayCall,
  scopeMissing,
} from './authenticate.ts';
import { Deadlines } from './deadlines.ts';
import { ClientLeftError, type Edge, type Exchange } from './edge.ts';
import { matchRoute, type PlainRoute } from './endpoints.ts';
import type { GatewayContext, GatewayLimits } from './gateway-context.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { Journal } from './journal/journal.ts';
import type { JournalWorker } from './journal/records.ts';
import { settleOrphans } from './journal/recovery.ts';
import { type RecordUsage, startShipper, type UsageShipper } from './journal/shipper.ts';
import { KeyUse } from './key-use.ts';
import { type ModelsFilter, modelsBody, oneModelBody } from './list-models.ts';
import { startNodeEdge } from './node-edge.ts';
import { answerTo } from './openai-error.ts';
import { refuseAmbiguity } from './request-rules.ts';
import { serveInference } from './serve-inference.ts';
import { TallyAcknowledger } from './tally-acknowledger.ts';
import { type UpstreamTarget, undiciUpstream } from './upstream.ts';
import { WorkerTargets } from './worker-targets.ts';

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly limits: GatewayLimits;
  readonly admission: AdmissionFigures;
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
  /** What is asked of each model and what its workers have, now. */
  signals(): ModelLoad[];
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
  readonly #exchanges = new Set<Exchange>();
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
      admission: new Admission(env, {
        figures: options.admission,
        registry: options.registry,
        factsOf: (pool) => factsOf(options.snapshot.current, pool),
        isAlive: (owner) => this.#exchanges.has(owner as Exchange),
      }),
      targets: new WorkerTargets(options.dataPlaneKey),
      journal,
      upstream: undiciUpstream(),
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

  signals(): ModelLoad[] {
    return this.#context.admission.loads();
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
    const { host, port, limits, admission } = this.#options;
    const edge = {
      host,
      port,
      // Later than every limit of ours, which end a request with an answer.
      inactivityMs: () => 2 * Math.max(limits.firstByteMs, limits.idleMs, admission.waitMaxMs),
      newRequestId: () => newId(this.#context.env, 'request'),
    };
    this.#edge = await startNodeEdge(edge, (exchange) => {
      this.#exchanges.add(exchange);
      const work: Promise<void> = this.#handle(exchange).finally(() => {
        this.#open.delete(work);
        this.#exchanges.delete(exchange);
      });
      this.#open.add(work);
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    const { env, admission, deadlines, acknowledger, keyUse, agents, upstream, journal } = this.#context;
    this.#edge?.stopAccepting();
    admission.stopWaiting();
    await this.#openEnded(DRAIN_MS);
    this.#stopping.abort(
      new AppError('gateway.overloaded', { publicMessage: 'The gateway restarts. Try again shortly.' }),
    );
    this.#recovering.abort();
    await this.#openEnded(GIVE_UP_MS);
    await this.#edge?.close();
    await Promise.all([
      admission.stop(),
      deadlines.stop(),
      acknowledger.stop(),
      keyUse.stop(),
      this.#recovery,
    ]);
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
    const headers: Record<string, string> = { 'x-request-id': requestId, 'request-id': requestId };
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
        const caller = await this.#callerWith('inference', exchange);
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
    if (isUnknownKey(exchange.request, snapshot.current)) await snapshot.reread(REREAD_LIMIT_MS);
    return this.#authenticateNow(exchange);
  }

  /** @throws what authentication throws, api_key.scope_missing */
  async #callerWith(scope: KeyScope, exchange: Exchange): Promise<GatewayCaller> {
    const caller = await this.#authenticate(exchange);
    if (!hasScope(caller, scope)) {
      this.#context.admission.metrics.refused('scope');
      throw scopeMissing(scope);
    }
    return caller;
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

  /** Whose models, and which of them. @throws api_key.scope_missing */
  async #modelsFilter(exchange: Exchange): Promise<ModelsFilter> {
    const caller = await this.#callerWith('models.read', exchange);
    return { orgId: caller.orgId, isAllowed: (model) => mayCall(caller, model) };
  }

  async #answerPlain(exchange: Exchange, route: PlainRoute): Promise<PlainAnswer> {
    const { snapshot, env } = this.#context;
    const now = env.clock.now();
    switch (route.kind) {
      case 'models':
        return ok(modelsBody(snapshot.current, await this.#modelsFilter(exchange), now));
      case 'model':
        return ok(oneModelBody(snapshot.current, await this.#modelsFilter(exchange), route.model, now));
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

/** Pools are named by organisation and model. */
function factsOf(snapshot: Snapshot, pool: string): PoolFacts {
  const [orgId = '', modelId = ''] = pool.split(' ');
  return {
    model: snapshot.findModel(modelId)?.hfId ?? modelId,
    workers: snapshot.workersFor(orgId as OrgId, modelId as ModelId).length,
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
