/** One simulated world: a database, clouds, processes, agents and people under one clock and one seed. */
import type { InstanceState } from '#contracts/instances.ts';
import type { Database, Queryable } from '#database/database.ts';
import { fixedDirectory } from '#providers/directory.ts';
import type { Capabilities } from '#providers/provider.ts';
import { Agents, SimulatedLink } from './agents.ts';
import { Cloud } from './cloud.ts';
import type { CloudServer } from './cloud-ledger.ts';
import { type SimulatedConnection, simulatedDatabase } from './database-pool.ts';
import type { DatabaseServer } from './database-server.ts';
import { type Fault, Faults } from './faults.ts';
import { Machine } from './machine.ts';
import { Notifications } from './notifications.ts';
import { Observations, type Transition } from './observations.ts';
import { type KnownInstance, People, type RentedType } from './people.ts';
import {
  Api,
  bootFinops,
  bootOrchestrator,
  type ControlPlane,
  routedWorkers,
  simulatedSettings,
  type Tenant,
} from './production.ts';
import { SeededRandom } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Service } from './services.ts';
import { SimulatedProvider } from './simulated-provider.ts';
import { Timeline } from './timeline.ts';

export interface WorldParts {
  readonly server: DatabaseServer;
  readonly seed: string;
  readonly installationId: string;
  readonly tenants: readonly Tenant[];
  readonly types: readonly RentedType[];
  readonly without: readonly Fault[];
}

/** 2026-01-05T00:00:00Z: every history begins then. */
export const START_MS = 1_767_571_200_000;
export const HORIZON_MS = 16 * 60_000;
const SETTLE_LIMIT_MS = 60 * 60_000;
const END_LIMIT_MS = 90 * 60_000;
const LOOK_EVERY_MS = 20_000;
const ROUTING_SLACK_MS = 45_000;
const API_TROUBLE_MS = 200_000;
const PAUSE_MS_MAX = 120_000;
const AWAY_MS_MAX = 60_000;
/** States in which an instance may stay when nobody asks for anything. */
const RESTING: readonly InstanceState[] = [
  'ready',
  'unavailable',
  'worker_dead',
  'startup_failed',
  'provisioning_failed',
  'terminated',
  'archived',
];

export class World {
  readonly scheduler = new Scheduler(START_MS);
  readonly timeline = new Timeline(START_MS, () => this.scheduler.nowMs);
  readonly faults: Faults;
  readonly observations: Observations;
  readonly clouds: readonly Cloud[];
  readonly connections = new Set<SimulatedConnection>();
  readonly #parts: WorldParts;
  readonly #random: SeededRandom;
  readonly #notifications: Notifications;
  readonly #agents: Agents;
  readonly #services: Service[] = [];
  readonly #people: People;
  readonly #settings = simulatedSettings();
  readonly #movedAtMs = new Map<string, number>();
  #api: { readonly machine: Machine; readonly api: Api } | undefined;
  #apiTroubleAtMs = Number.NEGATIVE_INFINITY;
  #databaseAwayUntilMs = 0;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#random = new SeededRandom(parts.seed);
    this.faults = new Faults(this.#random.fork('faults'), parts.without);
    const { scheduler, timeline, faults } = this;
    this.#notifications = new Notifications({
      scheduler,
      timeline,
      faults,
      random: this.#random.fork('notes'),
    });
    this.observations = new Observations({
      timeline,
      onTransition: (change) => this.#checkTransition(change),
    });
    const random = this.#random.fork('agents');
    const api = () => (this.#api?.machine.isAlive ? this.#api : undefined);
    const stateOf = (id: string) => scheduler.inTurn(() => this.#stateOf(id));
    this.#agents = new Agents({ scheduler, timeline, faults, random, api, stateOf });
    this.clouds = this.#makeClouds();
    this.#people = this.#makePeople(api);
  }

  /** Troubles first; then, without them, everything must come to rest; then everything must go. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    const until = (ms: number) => Math.min(ms, START_MS + untilMs);
    this.#startServices();
    this.#startTroubles();
    this.#people.start(HORIZON_MS);
    this.#lookAgain();
    await this.scheduler.runUntil(until(START_MS + HORIZON_MS));
    this.#calm();
    await this.#awaitRest(until(this.scheduler.nowMs + SETTLE_LIMIT_MS), () => this.#unrested());
    void this.#people.endAll();
    await this.#awaitRest(until(this.scheduler.nowMs + END_LIMIT_MS), () => this.#unended());
  }

  /** How often a process ended, however it did. */
  get deaths(): number {
    return this.#services.reduce((sum, service) => sum + service.deaths, 0);
  }

  /** Nothing of it goes on. */
  close(): void {
    for (const service of this.#services) service.machine.die();
  }

  #makeClouds(): Cloud[] {
    const random = this.#random.fork('clouds');
    const ids = random.chance(0.4) ? ['north', 'south'] : ['north'];
    return ids.map((id) => {
      const capabilities = chooseCapabilities(random.fork(id));
      this.timeline.fact(id, JSON.stringify(capabilities));
      const { scheduler, timeline, faults } = this;
      return new Cloud({
        id,
        capabilities,
        scheduler,
        timeline,
        faults,
        random: random.fork(`${id} life`),
        watch: {
          created: (cloud, server) => this.#checkNoDouble(cloud, server),
          booted: (_cloud, server) => this.#agents.boot(server),
          ended: (_cloud, server) => this.#agents.end(server),
          deleting: (_cloud, server) => this.scheduler.after(0, () => this.#checkNotWanted(server)),
        },
      });
    });
  }

  #makePeople(api: () => { readonly machine: Machine; readonly api: Api } | undefined): People {
    const { scheduler, timeline } = this;
    const random = this.#random.fork('people');
    const ids = this.clouds.map((cloud) => cloud.id);
    return new People({
      machine: new Machine({ name: 'people', scheduler, timeline, random }),
      timeline,
      random,
      tenants: this.#parts.tenants,
      types: this.#parts.types.filter((type) => ids.includes(type.providerId)),
      api,
      listInstances: () => scheduler.inTurn(() => this.#listInstances()),
    });
  }

  #startServices(): void {
    const random = this.#random.fork('services');
    const orchestrators = random.pick([1, 2, 2, 2, 3]);
    for (let number = 1; number <= orchestrators; number++) {
      this.#add(`orchestrator-${number}`, (machine, db) =>
        bootOrchestrator(machine.env, db, this.#planeOf(machine)),
      );
    }
    this.#add('finops', (machine, db) => bootFinops(machine.env, db, this.#planeOf(machine)));
    this.#add('api', async (machine, db) => {
      this.#api = { machine, api: new Api(machine.env, db, this.#settings) };
      machine.onDeath(() => this.#noteApiTrouble());
      return undefined;
    });
  }

  #add(name: string, boot: ConstructorParameters<typeof Service>[0]['boot']): void {
    const { scheduler, timeline, faults } = this;
    const random = this.#random.fork(name);
    const openDatabase = (machine: Machine) => this.#openDatabase(machine);
    this.#services.push(new Service({ name, scheduler, timeline, faults, random, openDatabase, boot }));
  }

  #planeOf(machine: Machine): ControlPlane {
    const { scheduler, faults } = this;
    const adapters = this.clouds.map(
      (cloud) =>
        new SimulatedProvider({ cloud, machine, scheduler, faults, random: machine.random.fork(cloud.id) }),
    );
    return {
      settings: this.#settings,
      installationId: this.#parts.installationId,
      directory: fixedDirectory(adapters),
      link: new SimulatedLink(machine, this.clouds, this.#agents),
    };
  }

  #openDatabase(machine: Machine): Database {
    const { scheduler, faults, connections } = this;
    return simulatedDatabase({
      machine,
      scheduler,
      faults,
      connections,
      server: this.#parts.server,
      random: machine.random.fork('database'),
      notifications: this.#notifications,
      observer: this.observations,
      isAway: () => this.#databaseAwayUntilMs > scheduler.nowMs,
    });
  }

  #startTroubles(): void {
    const random = this.#random.fork('troubles');
    const anyone = (kind: Fault) => random.fork(kind);
    this.#repeat(
      'process_paused',
      (own) => {
        const service = own.pick(this.#services);
        if (service.name === 'api') this.#noteApiTrouble();
        service.pause(own.between(100, PAUSE_MS_MAX));
      },
      anyone,
    );
    this.#repeat('process_killed', (own) => own.pick(this.#services).kill(), anyone);
    this.#repeat('process_restarted', (own) => own.pick(this.#services).restart(), anyone);
    this.#repeat('clock_shifted', (own) => own.pick(this.#services).shiftClock(), anyone);
    this.#repeat('database_away', (own) => this.#takeDatabaseAway(own.between(500, AWAY_MS_MAX)), anyone);
    this.#repeat('server_taken', (own) => this.#takeServer(own), anyone);
  }

  #repeat(kind: Fault, strike: (own: SeededRandom) => void, fork: (kind: Fault) => SeededRandom): void {
    const perHour = this.faults.level(kind);
    if (perHour === 0) return;
    const own = fork(kind);
    const next = () => {
      const delayMs = (-Math.log(1 - own.float()) * 3_600_000) / perHour;
      this.scheduler.after(delayMs, () => {
        if (this.faults.areOver) return;
        strike(own);
        next();
      });
    };
    next();
  }

  #takeDatabaseAway(forMs: number): void {
    this.timeline.fact('database', `away for ${forMs} ms`);
    this.#noteApiTrouble();
    this.#databaseAwayUntilMs = this.scheduler.nowMs + forMs;
    for (const connection of [...this.connections]) connection.breakOff();
    this.scheduler.after(forMs, () => this.#notifications.reconnected());
  }

  /** Preempted, or deleted by somebody in the provider's own console. */
  #takeServer(random: SeededRandom): void {
    const cloud = random.pick(this.clouds);
    const living = [...cloud.ledger.servers.values()].filter((server) => {
      // Where a provider tells nothing of what has ended, only what was known can be accounted for.
      const isKnown = this.#agents.agentOn(server)?.registration !== undefined;
      return server.goneAtMs === undefined && (isKnown || cloud.capabilities.tombstones);
    });
    if (living.length === 0) return;
    const server = random.pick(living);
    this.timeline.fact(cloud.id, `${server.id} is taken away`);
    cloud.end(server);
  }

  #noteApiTrouble(): void {
    this.#apiTroubleAtMs = this.scheduler.nowMs;
  }

  #calm(): void {
    this.timeline.fact('world', 'no more troubles');
    this.faults.end();
    this.#databaseAwayUntilMs = 0;
    this.#agents.calm();
    this.#notifications.reconnected();
  }

  async #awaitRest(limitMs: number, unrested: () => Promise<string[]>): Promise<void> {
    let left: string[] = [];
    while (this.scheduler.nowMs < limitMs) {
      await this.scheduler.runUntil(Math.min(limitMs, this.scheduler.nowMs + LOOK_EVERY_MS));
      left = await unrested();
      if (left.length === 0) return;
    }
    if (limitMs < this.scheduler.nowMs) return;
    for (const text of left) this.timeline.violate('unended', text);
  }

  /** What still moves, or does not yet what it could. */
  async #unrested(): Promise<string[]> {
    const rows = await this.#parts.server.ask<{
      id: string;
      state: InstanceState;
      epoch: number | null;
      server_ref: string | null;
    }>(
      `select i.id, i.state, i.server_ref, w.epoch from instances i left join workers w on w.instance_id = i.id order by i.id`,
    );
    const living = this.clouds.flatMap((cloud) => cloud.ledger.living);
    return rows.flatMap(({ id, state, epoch, server_ref: kept }) => {
      if (!RESTING.includes(state)) return [`${id} does not come to rest in ${state}`];
      const servers = living.filter((one) => one.kind === 'server' && one.owner.instance === id);
      const stray = servers.find((one) => one.id !== kept);
      if (stray) return [`${stray.id} is paid for beside the server of ${id}`];
      const hasServer = ['ready', 'unavailable', 'worker_dead', 'startup_failed'].includes(state);
      if (hasServer && servers.length === 0) return [`${id} stays ${state} without a server`];
      const agent = epoch === null ? undefined : this.#agents.agentOf(id, epoch);
      const couldServe = agent?.machine.isAlive && agent.status === 'ready' && agent.isOnRunningServer;
      const isServing = state === 'ready' || state === 'terminated' || state === 'archived';
      return couldServe && !isServing ? [`${id} stays ${state} while its worker is ready`] : [];
    });
  }

  async #unended(): Promise<string[]> {
    const rows = await this.#parts.server.ask<{ what: string }>(
      `select id || ' stays in ' || state as what from instances where state not in ('terminated', 'archived')
       union all select kind || ' ' || subject_id || ' is left' from jobs order by 1`,
    );
    return rows.map(({ what }) => what);
  }

  #checkNoDouble(cloud: Cloud, server: CloudServer): void {
    if (server.isDouble) return;
    const { instance } = server.owner;
    const living = cloud.ledger.serversOf(instance).filter((one) => !one.isDouble);
    if (living.length < 2) return;
    const ids = living.map((one) => one.id).join(' and ');
    this.timeline.violate('double_create', `${instance} has ${ids}`);
  }

  async #checkNotWanted(server: CloudServer): Promise<void> {
    const { instance } = server.owner;
    const [row] = await this.#parts.server.ask<{
      wanted: string;
      state: InstanceState;
      server_ref: string | null;
    }>(`select wanted, state, server_ref from instances where id = $1`, [instance]);
    if (row?.wanted === 'terminated') return this.#checkDrained(server);
    if (!row || (row.server_ref !== null && row.server_ref !== server.id)) return;
    this.timeline.violate(
      'wrong_kill',
      `${server.id} is deleted while ${instance} is wanted and ${row.state}`,
    );
  }

  /** A machine that still answers people is not deleted before its time. */
  async #checkDrained(server: CloudServer): Promise<void> {
    const agent = this.#agents.agentOn(server);
    if (!agent?.isReachable || agent.inFlight === 0) return;
    const [draining] = await this.#parts.server.ask<{ at: number }>(
      `select (extract(epoch from at) * 1000)::double precision as at from instance_state_history
       where instance_id = $1 and to_state = 'draining' and from_state = 'ready'`,
      [server.owner.instance],
    );
    if (!draining || this.scheduler.nowMs - draining.at >= this.#settings.get('DRAIN_DEADLINE_MS')) return;
    this.timeline.violate('wrong_kill', `${server.id} is deleted with ${agent.inFlight} requests open`);
  }

  #checkTransition({ instanceId, to }: Transition): void {
    this.#movedAtMs.set(instanceId, this.scheduler.nowMs);
    if (to === 'failed') {
      const living = this.clouds.flatMap((cloud) => cloud.ledger.serversOf(instanceId)).map((one) => one.id);
      if (living.length > 0) {
        this.timeline.violate('wrong_kill', `${instanceId} counts as gone while ${living.join(', ')} lives`);
      }
    }
    if (to !== 'terminated' && to !== 'provisioning_failed') return;
    const left = this.clouds.flatMap((cloud) => cloud.ledger.livingOf(instanceId)).map((one) => one.id);
    if (left.length === 0) return;
    this.timeline.violate('unproven_final', `${instanceId} is ${to} while ${left.join(', ')} exists`);
  }

  #lookAgain(): void {
    this.scheduler.after(LOOK_EVERY_MS, async () => {
      await this.#checkRouting();
      this.#lookAgain();
    });
  }

  /** Nobody gets requests who has not said that he is ready, or has been silent for long. */
  async #checkRouting(): Promise<void> {
    const { nowMs } = this.scheduler;
    const db: Queryable = { query: (text, values) => this.#parts.server.ask(text, values) };
    for (const { instanceId, epoch } of await routedWorkers(db, nowMs, this.#settings)) {
      const agent = this.#agents.agentOf(instanceId, epoch);
      const isTroubled = nowMs - this.#apiTroubleAtMs < API_TROUBLE_MS;
      const silentMs = nowMs - Math.max(agent?.saidReadyAtMs ?? 0, agent?.heardAtMs ?? 0);
      const limitMs = this.#settings.get('WORKER_SILENT_MS') + ROUTING_SLACK_MS;
      const saidOtherwise =
        agent?.acknowledged?.isReady === false && agent.acknowledged.atMs > agent.saidReadyAtMs;
      if (!agent || !Number.isFinite(agent.saidReadyAtMs) || saidOtherwise) {
        this.timeline.violate('wrong_routing', `${instanceId} gets requests and is not ready`);
      } else if (silentMs > limitMs && !isTroubled) {
        this.timeline.violate('wrong_routing', `${instanceId} gets requests and has been silent`);
      }
    }
  }

  async #stateOf(id: string): Promise<{ state: InstanceState; stateAtMs: number } | undefined> {
    const [row] = await this.#parts.server.ask<{ state: InstanceState; at: number }>(
      `select state, (extract(epoch from state_at) * 1000)::double precision as at from instances where id = $1`,
      [id],
    );
    // What counts is when it became true for others, which is later than the moment in the row.
    return row && { state: row.state, stateAtMs: this.#movedAtMs.get(id) ?? row.at };
  }

  #listInstances(): Promise<KnownInstance[]> {
    return this.#parts.server.ask<KnownInstance>(
      `select id, org_id as "orgId", state from instances order by id`,
    );
  }
}

function chooseCapabilities(random: SeededRandom): Capabilities {
  return {
    idempotentCreate: random.chance(0.5) ? 'token' : 'tag',
    visibilityWindowMs: random.pick([60_000, 120_000, 180_000]),
    tombstones: random.chance(0.75),
    volumesOutliveServer: random.chance(0.7),
    parts: [],
    userDataAtEachBoot: random.chance(0.5),
    maxUserDataBytes: 65_536,
  };
}
