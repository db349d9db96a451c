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
import { AppError } from '#kernel/errors.ts';
import { type ModelId, newId, type OrgId } from '#kernel/ids.ts';
import type { Secret } from '#kernel/secret.ts';
import { NO_SLOT, SlotList, type Slotted } from '#kernel/slot-list.ts';
import type { Fleet } from '#routing/fleet/fleet.ts';
import { WorkerPicker } from '#routing/pick.ts';
import { RetryBudget } from '#routing/retry-budget.ts';
import type { RoutingFigures } from '#routing/routing-figures.ts';
import type { Snapshot } from '#routing/snapshot.ts';
import type { SnapshotKeeper } from '#routing/snapshot-keeper.ts';
import { Admission } from './admission/admission.ts';
import type { AdmissionFigures } from './admission/admission-figures.ts';
import { Budgets, type KeySpending } from './admission/budgets.ts';
import type { ModelLoad, PoolFacts } from './admission/model-load.ts';
import { agentClient } from './agent-client.ts';
import type { Storage } from './batches/storage.ts';
import { Deadlines } from './deadlines.ts';
import { RequestDescriber } from './describe-request.ts';
import type { EdgeFigures, EdgeOptions } from './edge/edge-options.ts';
import { startEdge } from './edge/start-edge.ts';
import type { Edge, Exchange, ListenPlace } from './edge.ts';
import { matchRoute } from './endpoints.ts';
import { ExchangeHandler } from './exchange-handler.ts';
import { addFleetMetrics } from './fleet-metrics.ts';
import type { GatewayContext, GatewayLimits } from './gateway-context.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import type { Journal, Orphan } from './journal/journal.ts';
import { type ShippingPlaces, startShipper, type UsageShipper } from './journal/shipper.ts';
import { openFreeJournal } from './journal/slots.ts';
import { KeyUse } from './key-use.ts';
import { OrphanRecovery } from './orphan-recovery.ts';
import { RequestLog } from './request-log.ts';
import { RoutingMetrics } from './routing-metrics.ts';
import { Spending } from './spending.ts';
import { TallyAcknowledger } from './tally-acknowledger.ts';
import type { TunnelHub } from './tunnel/tunnel-hub.ts';
import { addTunnelMetrics } from './tunnel/tunnel-metrics.ts';
import { withTunnels } from './tunnel/tunnel-upstream.ts';
import { fastUpstream } from './upstream/fast-upstream.ts';
import { undiciUpstream } from './upstream/undici-upstream.ts';
import type { Upstream, UpstreamFigures, UpstreamKind } from './upstream.ts';
import { WorkerTargets } from './worker-targets.ts';

export interface GatewayOptions {
  readonly place: ListenPlace;
  readonly dataDir: string;
  readonly limits: GatewayLimits;
  readonly edge: Pick<EdgeOptions, 'kind' | 'tls'> & {
    readonly figures: Omit<EdgeFigures, 'inactivityMs'>;
  };
  readonly upstream: { readonly kind: UpstreamKind; readonly figures: UpstreamFigures };
  readonly routing: RoutingFigures;
  readonly admission: AdmissionFigures;
  readonly journalSegmentBytes: number;
  readonly webBearerKey: Secret;
  readonly dataPlaneKey: Secret;
  readonly snapshot: SnapshotKeeper;
  readonly registry: Registry;
  readonly places: ShippingPlaces;
  readonly touchApiKeys: (ids: string[]) => Promise<void>;
  /** What keys with budgets have spent, and at what prices; without it no budget is known. */
  readonly readSpending?: () => Promise<KeySpending>;
  /** Files and batches; without it their addresses do not exist. */
  readonly storage?: Storage;
  /** Where workers behind NAT dial in; without it they are not reached. */
  readonly tunnels?: TunnelHub | undefined;
  /** The other gateways; undefined for the only one. */
  readonly fleet?: Fleet | undefined;
}

export interface Gateway {
  readonly port: number;
  /** A reason why it cannot do its work now. */
  findTrouble(): string | undefined;
  /** What is asked of each model and what its workers have, now. */
  signals(): ModelLoad[];
  /** A successor accepts now: resolves when clients use this one no more, or after `drainMs`. */
  drain(): Promise<void>;
  stop(): Promise<void>;
}

const DRAIN_MS = 1_500;
/** Longer than common clients keep a connection on which nothing happens. */
const KEPT_CONNECTIONS_MS = 6_000;
const DRAIN_LOOK_MS = 250;
const GIVE_UP_MS = 600;
const FIRST_READING_MS = 1_000;
const LAST_SHIPMENT_MS = 400;
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
  const root = join(options.dataDir, 'gateway');
  const { journal, orphans } = await openFreeJournal(env, root, {
    segmentBytesMax: options.journalSegmentBytes,
    reserveBytes,
  });
  const spending = new Spending(options.snapshot);
  const places: ShippingPlaces = {
    recordRequests: options.places.recordRequests,
    async recordUsage(rows) {
      await options.places.recordUsage(rows);
      spending.shipped(rows);
    },
  };
  const shipper = await startShipper(env, journal, places);
  const running = new RunningGateway(
    env,
    { ...options, places },
    { journal, shipper, orphans, root, spending },
  );
  await running.listen();
  return running;
}

interface GatewayJournal {
  readonly journal: Journal;
  readonly shipper: UsageShipper;
  readonly orphans: readonly Orphan[];
  readonly spending: Spending;
  /** The directory of all journals. */
  readonly root: string;
}

interface OpenExchange extends Slotted {
  readonly exchange: Exchange;
}

class RunningGateway implements Gateway {
  readonly #context: GatewayContext;
  readonly #options: GatewayOptions;
  readonly #shipper: UsageShipper;
  readonly #recovery: OrphanRecovery;
  readonly #stopping = new AbortController();
  readonly #open = new SlotList<OpenExchange>();
  /** Called when none is open any more. */
  #onceEmpty: (() => void) | undefined;
  #edge: Edge | undefined;
  #isDraining = false;
  #stopped: Promise<void> | undefined;

  constructor(
    env: Env,
    options: GatewayOptions,
    { journal, shipper, orphans, root, spending }: GatewayJournal,
  ) {
    const { limits, snapshot, registry } = options;
    const agents = agentClient(env, options.tunnels);
    const targets = new WorkerTargets(options.dataPlaneKey);
    const acknowledger = new TallyAcknowledger(env, journal, agents);
    const requestLog = new RequestLog(env, {
      record: options.places.recordRequests,
      rowsMax: () => limits.requestLogMax,
    });
    this.#options = options;
    this.#shipper = shipper;
    this.#context = {
      env,
      limits,
      webBearerKey: options.webBearerKey,
      snapshot,
      picker: new WorkerPicker(env, options.routing, options.fleet?.loads),
      retries: new RetryBudget(() => options.routing.retryPercent),
      describer: new RequestDescriber(),
      admission: new Admission(env, {
        figures: options.admission,
        limiter: options.fleet?.limiter,
        registry,
        factsOf: (pool) => factsOf(snapshot.current, pool),
        openOwners: () => this.#openExchanges(),
      }),
      budgets: new Budgets(env, {
        read: options.readSpending ?? (async () => ({ spent: [], prices: [] })),
        budgetedKeys: () => snapshot.current.budgetedKeys,
      }),
      targets,
      journal,
      upstream: upstreamOf(env, options),
      agents,
      acknowledger,
      deadlines: new Deadlines(env, () => Math.min(TICK_MS_MAX, limits.firstByteMs / 4, limits.idleMs / 4)),
      keyUse: new KeyUse(env, options.touchApiKeys),
      requestLog,
      metrics: new GatewayMetrics(registry, {
        openRequests: () => this.#open.size,
        journalUnshipped: () => shipper.waiting,
        journalUnsynced: () => journal.unsyncedRecords,
        requestLogWaiting: () => requestLog.waiting,
        requestLogDropped: () => requestLog.dropped,
      }),
      routingMetrics: new RoutingMetrics(registry),
      spending,
      storage: options.storage,
      running: new SlotList(),
      stopping: this.#stopping.signal,
    };
    this.#followRoom();
    this.#joinFleet();
    const { places, journalSegmentBytes: segmentBytesMax } = options;
    const parts = { journal, acknowledger, agents, targets, snapshot, root, segmentBytesMax, places };
    this.#recovery = new OrphanRecovery(env, parts, orphans);
  }

  get port(): number {
    return this.#edge?.port ?? 0;
  }

  findTrouble(): string | undefined {
    if (this.#isDraining) return 'a successor serves, this process ends';
    if (!this.#context.snapshot.isLoaded) return 'the routing snapshot was never read';
    if (!this.#context.journal.isWritable) return 'the usage journal cannot be written';
    return undefined;
  }

  signals(): ModelLoad[] {
    return this.#context.admission.loads();
  }

  async listen(): Promise<void> {
    await this.#budgetsRead();
    const { place, edge } = this.#options;
    const options: EdgeOptions = {
      place,
      kind: edge.kind,
      tls: edge.tls,
      figures: edgeFigures(this.#options),
      isPlain: (method, target) => PLAIN_ROUTES.has(matchRoute(method, target).kind),
      newRequestId: () => newId(this.#context.env, 'request'),
    };
    const handler = new ExchangeHandler(this.#context, {
      openRequests: () => this.#open.size,
      findTrouble: () => this.findTrouble(),
    });
    this.#edge = await startEdge(this.#context.env, options, (exchange) => {
      const open = { exchange, slot: NO_SLOT };
      this.#open.add(open);
      const ended = () => this.#ended(open);
      handler.handle(exchange).then(ended, ended);
    });
  }

  /** Keys with budgets are served from the first request on; without the database nobody waits for it. */
  async #budgetsRead(): Promise<void> {
    const { env, budgets } = this.#context;
    const tooLong = new AbortController();
    const limit = env.sleep(FIRST_READING_MS, tooLong.signal).catch(() => undefined);
    await Promise.race([budgets.tried, limit]);
    tooLong.abort();
  }

  async drain(): Promise<void> {
    const { env, limits } = this.#context;
    const endsAt = env.clock.monotonic() + limits.drainMs;
    this.#isDraining = true;
    this.#edge?.drain();
    // A request may be on its way on each kept connection: they are closed when clients have given them up too.
    while (this.#hasConnections && env.clock.monotonic() < endsAt) {
      await env.sleep(DRAIN_LOOK_MS);
      this.#edge?.closeIdle(KEPT_CONNECTIONS_MS);
    }
  }

  get #hasConnections(): boolean {
    return this.#open.size > 0 || (this.#edge?.connections ?? 0) > 0;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  /** Room at workers is told to who waits for it. */
  #followRoom(): void {
    const { snapshot, picker, admission, budgets } = this.#context;
    snapshot.onChange(() => budgets.keysChanged());
    snapshot.onChange(() => picker.workersChanged((id) => snapshot.current.findWorker(id) !== undefined));
    picker.onRoom(() => admission.queue.onRoom());
  }

  #joinFleet(): void {
    const { fleet, registry, tunnels } = this.#options;
    if (tunnels) addTunnelMetrics(registry, tunnels);
    if (!fleet) return;
    fleet.loads?.attach(this.#context.picker);
    addFleetMetrics(registry, fleet);
  }

  async #end(): Promise<void> {
    const {
      env,
      admission,
      budgets,
      deadlines,
      acknowledger,
      keyUse,
      agents,
      upstream,
      journal,
      requestLog,
    } = this.#context;
    this.#edge?.stopAccepting();
    admission.stopWaiting();
    await this.#openEnded(DRAIN_MS);
    this.#stopping.abort();
    const restarts = { publicMessage: 'The gateway restarts. Try again shortly.' };
    this.#context.running.forEach((cancellation) => {
      cancellation.cancel(new AppError('gateway.overloaded', restarts));
    });
    this.#recovery.abort();
    await this.#openEnded(GIVE_UP_MS);
    await this.#edge?.close();
    await Promise.all([
      admission.stop(),
      budgets.stop(),
      deadlines.stop(),
      acknowledger.stop(),
      keyUse.stop(),
      requestLog.stop(),
      this.#recovery.stop(),
    ]);
    await Promise.all([this.#shipper.stop(LAST_SHIPMENT_MS), this.#options.fleet?.leave()]);
    await Promise.all([agents.close(), upstream.close()]);
    await journal.close();
    env.log.debug({ waiting: this.#shipper.waiting }, 'the gateway stopped');
  }

  #ended(open: OpenExchange): void {
    this.#open.delete(open);
    if (this.#open.size === 0) this.#onceEmpty?.();
  }

  #openExchanges(): ReadonlySet<object> {
    const exchanges = new Set<object>();
    this.#open.forEach(({ exchange }) => void exchanges.add(exchange));
    return exchanges;
  }

  /** Resolves when nothing is open, and after `limitMs` at the latest. */
  async #openEnded(limitMs: number): Promise<void> {
    if (this.#open.size === 0) return;
    const tooLong = new AbortController();
    this.#onceEmpty = () => tooLong.abort();
    await this.#context.env.sleep(limitMs, tooLong.signal).catch(() => undefined);
    this.#onceEmpty = undefined;
  }
}

function upstreamOf(env: Env, { upstream: { kind, figures }, tunnels }: GatewayOptions): Upstream {
  const direct = kind === 'fast' ? fastUpstream(env, figures) : undiciUpstream(figures);
  return tunnels ? withTunnels(env, figures, direct, tunnels) : direct;
}

function edgeFigures({ edge: { figures }, limits, admission }: GatewayOptions): EdgeFigures {
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
      return 2 * Math.max(limits.firstByteMs, limits.idleMs, admission.waitMaxMs);
    },
  };
}

/** Pools are named by organisation and model. */
function factsOf(snapshot: Snapshot, pool: string): PoolFacts {
  const [orgId = '', modelId = ''] = pool.split(' ');
  return {
    model: snapshot.findModel(modelId)?.hfId ?? modelId,
    workers: snapshot.workersFor(orgId as OrgId, modelId as ModelId).length,
  };
}
