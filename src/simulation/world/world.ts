/** One simulated world: a database, clouds, processes, agents and people under one clock and one seed. */
import type { InstanceState } from '#contracts/instances.ts';
import type { Database } from '#database/database.ts';
import { fixedDirectory } from '#providers/directory.ts';
import { Agents, SimulatedLink } from './agents.ts';
import { Checks, type Missed } from './checks.ts';
import { Cloud } from './cloud.ts';
import { type SimulatedConnection, simulatedDatabase } from './database-pool.ts';
import type { DatabaseServer } from './database-server.ts';
import { type Fault, Faults } from './faults.ts';
import type { Focus } from './focus.ts';
import { Machine } from './machine.ts';
import { chooseManner, mannerOf } from './manner.ts';
import { Notifications } from './notifications.ts';
import { Observations, type Transition } from './observations.ts';
import { type KnownInstance, type KnownVolume, People, type RentedType } from './people.ts';
import {
  Api,
  bootFinops,
  bootOrchestrator,
  type ControlPlane,
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
  /** Troubles for so long, with exactly two orchestrators; else a short history with one to three. */
  readonly hours?: number | undefined;
  readonly focus?: Focus | undefined;
  readonly endsAtViolation: boolean;
}

/** 2026-01-05T00:00:00Z: every history begins then. */
export const START_MS = 1_767_571_200_000;
const HORIZON_MS = 16 * 60_000;
/** Of histories in which the sweep runs: it takes several times as many statements as all the rest. */
const SWEPT_SHARE = 0.15;
const HOUR_MS = 3_600_000;
const SETTLE_LIMIT_MS = 60 * 60_000;
const END_LIMIT_MS = 90 * 60_000;
const LOOK_EVERY_MS = 20_000;
const PAUSE_MS_MAX = 120_000;
const AWAY_MS_MAX = 60_000;
/** Longer than the silence after which a worker counts as dead. */
const UNHEARD_MS_MAX = 420_000;
/** Of histories in which a worker, or all of them, fall silent once more when all is calm. */
const SILENCED_SHARE = 0.4;
const MISSED_SLACK_MS = 40_000;

export class World {
  readonly scheduler = new Scheduler(START_MS);
  readonly timeline = new Timeline(START_MS, () => this.scheduler.nowMs);
  readonly faults: Faults;
  readonly observations: Observations;
  readonly clouds: readonly Cloud[];
  readonly connections = new Set<SimulatedConnection>();
  readonly #parts: WorldParts;
  readonly #random: SeededRandom;
  readonly #hasSweep: boolean;
  readonly #notifications: Notifications;
  readonly #agents: Agents;
  readonly #services: Service[] = [];
  readonly #people: People;
  readonly #checks: Checks;
  readonly #settings = simulatedSettings();
  readonly #movedAtMs = new Map<string, number>();
  #api: { readonly machine: Machine; readonly api: Api } | undefined;
  #apiTroubleAtMs = Number.NEGATIVE_INFINITY;
  #databaseAwayUntilMs = 0;
  #unheardUntilMs = 0;
  #calmAtMs = 0;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#random = new SeededRandom(parts.seed);
    const { hours, focus } = parts;
    this.#hasSweep =
      focus?.hasSweep ?? (hours !== undefined || this.#random.fork('sweep').chance(SWEPT_SHARE));
    // Only the sweep finds what a provider made twice.
    const without: readonly Fault[] = this.#hasSweep ? [] : ['provider_doubles'];
    this.faults = new Faults(this.#random.fork('faults'), {
      ...focus,
      without: [...without, ...(focus?.without ?? [])],
    });
    const { scheduler, timeline, faults } = this;
    this.#notifications = new Notifications({
      scheduler,
      timeline,
      faults,
      random: this.#random.fork('notes'),
    });
    this.observations = new Observations({
      timeline,
      onTransition: (change) => this.#noteTransition(change),
    });
    const random = this.#random.fork('agents');
    const api = () => (this.#api?.machine.isAlive ? this.#api : undefined);
    const apiForAgents = () => (scheduler.nowMs < this.#unheardUntilMs ? undefined : api());
    const stateOf = (id: string) => scheduler.inTurn(() => this.#stateOf(id));
    this.#agents = new Agents({ scheduler, timeline, faults, random, api: apiForAgents, stateOf });
    this.#checks = new Checks({
      server: parts.server,
      scheduler,
      timeline,
      clouds: () => this.clouds,
      agents: this.#agents,
      settings: this.#settings,
      apiTroubleAtMs: () => this.#apiTroubleAtMs,
    });
    this.clouds = this.#makeClouds();
    this.#people = this.#makePeople(api);
  }

  /** Troubles first; then, without them, everything must come to rest; then everything must go. */
  async run(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    const until = (ms: number) => Math.min(ms, START_MS + untilMs);
    this.#startServices();
    this.#startTroubles();
    this.#people.start(this.#horizonMs, this.#parts.focus);
    this.#lookAgain();
    await this.#runUntil(until(START_MS + this.#horizonMs));
    if (this.isOver) return;
    this.#calm();
    await this.#awaitRest(until(this.scheduler.nowMs + SETTLE_LIMIT_MS), () => this.#checks.unrested());
    if (!this.isOver) await this.#tryHearing(until);
    if (this.isOver) return;
    void this.#people.endAll();
    await this.#awaitRest(until(this.scheduler.nowMs + END_LIMIT_MS), () => this.#checks.unended());
  }

  /** Nothing more is to be learnt from it. */
  get isOver(): boolean {
    return this.#parts.endsAtViolation && this.timeline.violations.length > 0;
  }

  #runUntil(limitMs: number): Promise<boolean> {
    return this.scheduler.runUntil(limitMs, () => this.isOver);
  }

  /** How often a process ended, however it did. */
  get deaths(): number {
    return this.#services.reduce((sum, service) => sum + service.deaths, 0);
  }

  /** Nothing of it goes on. */
  close(): void {
    for (const service of this.#services) service.machine.die();
  }

  get #horizonMs(): number {
    const { hours } = this.#parts;
    return hours === undefined ? HORIZON_MS : hours * HOUR_MS;
  }

  #makeClouds(): Cloud[] {
    const random = this.#random.fork('clouds');
    const ids = random.chance(0.4) ? ['north', 'south'] : ['north'];
    return ids.map((id) => {
      const name = this.#parts.focus?.manner ?? chooseManner(random.fork(`${id} manner`));
      const manner = mannerOf(name, random.fork(id));
      this.timeline.fact(id, `${name} ${JSON.stringify(manner.capabilities)}`);
      const { scheduler, timeline, faults } = this;
      return new Cloud({
        id,
        manner,
        scheduler,
        timeline,
        faults,
        random: random.fork(`${id} life`),
        watch: {
          created: (cloud, server) =>
            this.scheduler.after(0, () => this.#checks.checkNoDouble(cloud, server)),
          createdPart: (cloud, part) => this.#checks.checkNoDoublePart(cloud, part),
          deletingForeign: (cloud) => timeline.violate('wrong_kill', `somebody else's server at ${cloud.id}`),
          startedBare: (cloud, server) =>
            timeline.violate('incomplete_order', `${server.id} at ${cloud.id} starts without user data`),
          booted: (_cloud, server) => this.#agents.boot(server),
          ended: (_cloud, server) => this.#agents.end(server),
          halted: (server) => this.#agents.halt(server),
          deletingPart: (part) => this.scheduler.after(0, () => this.#checks.checkNotKept(part)),
          deleting: (_cloud, server) => this.scheduler.after(0, () => this.#checks.checkNotWanted(server)),
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
      listVolumes: () => scheduler.inTurn(() => this.#listVolumes()),
      listHeldRounds: () => scheduler.inTurn(() => this.#listHeldRounds()),
    });
  }

  #startServices(): void {
    const random = this.#random.fork('services');
    const orchestrators = this.#parts.hours === undefined ? random.pick([1, 2, 2, 2, 3]) : 2;
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
      hasSweep: this.#hasSweep,
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
    this.#repeat('agents_unheard', (own) => this.#unhear(own.between(60_000, UNHEARD_MS_MAX)), anyone);
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

  /** No word of any agent arrives. */
  #unhear(forMs: number): void {
    this.timeline.fact('api', `hears no agent for ${forMs} ms`);
    this.#unheardUntilMs = this.scheduler.nowMs + forMs;
  }

  /** Preempted, or deleted by somebody in the provider's own console. */
  #takeServer(random: SeededRandom): void {
    const cloud = random.pick(this.clouds);
    const living = [...cloud.ledger.servers.values()].filter((server) => {
      // Where a provider tells nothing of what has ended, or of its volumes, only what was known can be accounted for.
      const isKnown = this.#agents.agentOn(server)?.registration !== undefined;
      // Nor can a second server of an order that nobody has seen.
      if (server.isDouble) return false;
      return server.goneAtMs === undefined && (isKnown || cloud.tellsEndOf('volume'));
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
    this.#calmAtMs = this.scheduler.nowMs;
    this.#unheardUntilMs = 0;
    this.timeline.fact('world', 'no more troubles');
    this.faults.end();
    this.#databaseAwayUntilMs = 0;
    this.#agents.calm();
    this.#notifications.reconnected();
  }

  /** Once evictions are allowed again: one worker falls silent for good, or none is heard for too long. */
  async #tryHearing(until: (ms: number) => number): Promise<void> {
    const random = this.#random.fork('silence');
    const isChosen = random.chance(SILENCED_SHARE);
    if (!(this.#parts.focus?.isSilenced ?? isChosen)) return;
    // An orchestrator that was paused into the calm freezes evictions when it wakes.
    const awakeAtMs = Math.max(this.#calmAtMs, ...this.#services.map(({ machine }) => machine.awakeAtMs));
    const allowedAtMs = awakeAtMs + this.#settings.get('EVICTION_RESTART_GRACE_MS') + 2 * LOOK_EVERY_MS;
    await this.#runUntil(until(Math.max(this.scheduler.nowMs, allowedAtMs)));
    const candidates = await this.#checks.whomToMiss();
    const isFleet = candidates.length >= this.#settings.get('EVICTION_FREEZE_MIN');
    if (isFleet && random.chance(0.5)) await this.#hearNobody(until);
    else if (candidates.length > 0) await this.#silenceOne(random.pick(candidates), until);
  }

  /** It must be missed in time. */
  async #silenceOne({ id, agent }: Missed, until: (ms: number) => number): Promise<void> {
    this.timeline.fact(agent.machine.name, 'falls silent for good');
    agent.machine.die();
    const figures = ['WORKER_DEAD_MS', 'SILENCE_LOOK_MS', 'JOB_POLL_MS'] as const;
    const limitMs = figures.reduce((sum, name) => sum + this.#settings.get(name), MISSED_SLACK_MS);
    const dueMs = this.scheduler.nowMs + limitMs;
    await this.#runUntil(until(dueMs));
    if (this.scheduler.nowMs >= dueMs) await this.#checks.checkMissed(id);
  }

  /** Nobody may be given up for it, and afterwards all serve again. */
  async #hearNobody(until: (ms: number) => number): Promise<void> {
    const forMs = this.#settings.get('WORKER_DEAD_MS') + 2 * MISSED_SLACK_MS;
    this.#unhear(forMs);
    await this.#runUntil(until(this.scheduler.nowMs + forMs));
    await this.#awaitRest(until(this.scheduler.nowMs + SETTLE_LIMIT_MS), () => this.#checks.unrested());
  }

  async #awaitRest(limitMs: number, unrested: () => Promise<string[]>): Promise<void> {
    let left: string[] = [];
    while (this.scheduler.nowMs < limitMs) {
      if (await this.#runUntil(Math.min(limitMs, this.scheduler.nowMs + LOOK_EVERY_MS))) return;
      left = await unrested();
      if (left.length === 0) return;
    }
    if (limitMs < this.scheduler.nowMs) return;
    for (const text of left) this.timeline.violate('unended', text);
  }

  #noteTransition(change: Transition): Promise<void> {
    this.#movedAtMs.set(change.instanceId, this.scheduler.nowMs);
    return this.#checks.checkTransition(change);
  }

  #lookAgain(): void {
    this.scheduler.after(LOOK_EVERY_MS, async () => {
      await this.#checks.checkRouting();
      if (this.#hasSweep) await this.#checks.checkExpiry();
      this.#lookAgain();
    });
  }

  async #stateOf(id: string): Promise<{ state: InstanceState; stateAtMs: number } | undefined> {
    const [row] = await this.#parts.server.ask<{ state: InstanceState; at: number }>(
      `select state, (extract(epoch from state_at) * 1000)::double precision as at from instances where id = $1`,
      [id],
    );
    // What counts is when it became true for others, which is later than the moment in the row.
    return row && { state: row.state, stateAtMs: this.#movedAtMs.get(id) ?? row.at };
  }

  #listVolumes(): Promise<KnownVolume[]> {
    return this.#parts.server.ask<KnownVolume>(
      `select id, instance_id as "instanceId", org_id as "orgId" from instance_volumes
       where not is_boot and deleted_at is null order by id`,
    );
  }

  async #listHeldRounds(): Promise<string[]> {
    const rows = await this.#parts.server.ask<{ id: string }>(
      `select distinct on (provider_id) id from sweep_rounds where held is not null order by provider_id, ended_at desc, id`,
    );
    return rows.map(({ id }) => id);
  }

  #listInstances(): Promise<KnownInstance[]> {
    return this.#parts.server.ask<KnownInstance>(
      `select id, org_id as "orgId", state from instances order by id`,
    );
  }
}
