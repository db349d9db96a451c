/**
 * The agents on simulated machines. Scripted, not the worker's own code: they register, report, hang, die, come back
 * late, repeat themselves, lie, and go on speaking after their machine has been deleted.
 */
import type { InstanceState } from '#contracts/instances.ts';
import type { HeartbeatRequest, RegisterResponse, WorkerStatus } from '#contracts/worker.ts';
import { isLive } from '#instances/instance-machine.ts';
import type {
  AgentCall,
  DrainOutcome,
  HealthAnswer,
  ReinstallOrder,
  ReinstallOutcome,
  WorkerLink,
} from '#instances/worker-link.ts';
import { AppError } from '#kernel/errors.ts';
import { hashToken } from '#kernel/token.ts';
import type { Cloud } from './cloud.ts';
import type { CloudServer } from './cloud-ledger.ts';
import type { Faults } from './faults.ts';
import { Machine } from './machine.ts';
import { AGENT, type Api } from './production.ts';
import type { SeededRandom } from './random.ts';
import type { Scheduler } from './scheduler.ts';
import type { Timeline } from './timeline.ts';

export interface AgentParts {
  readonly scheduler: Scheduler;
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly faults: Faults;
  /** The api that answers now; undefined while none does. */
  readonly api: () => { readonly machine: Machine; readonly api: Api } | undefined;
  /** State of an instance and since when, as the database has it. */
  readonly stateOf: (instanceId: string) => Promise<{ state: InstanceState; stateAtMs: number } | undefined>;
}

const ANSWER_LIMIT_MS = 10_000;
const ZOMBIE_MS_MAX = 10 * 60_000;
const HANG_MS_MAX = 6 * 60_000;
const PHASES: readonly WorkerStatus[] = ['installed', 'pulling', 'loading', 'warming', 'ready'];

/** What a machine keeps over its boots. */
interface Disk {
  /** The user data that its worker was installed from. */
  installedFrom: string | undefined;
  response: RegisterResponse | undefined;
}

interface OwnParts extends AgentParts {
  readonly newest: Map<string, { readonly epoch: number; readonly atMs: number }>;
  readonly startAnew: (bootstrapToken: string) => void;
}

interface Place {
  readonly server: CloudServer;
  readonly disk: Disk;
  /** Of an order to install anew; else the user data has it. */
  readonly bootstrapToken: string | undefined;
  readonly generation: number;
}

/** All agents of a world, and how the control plane reaches them. */
export class Agents {
  readonly #parts: AgentParts;
  readonly #byServer = new Map<string, Agent>();
  readonly #generations = new Map<string, number>();
  readonly #disks = new Map<string, Disk>();
  /** The newest registration of each instance, and when its answer was there. */
  readonly #newest = new Map<string, { readonly epoch: number; readonly atMs: number }>();

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  boot(server: CloudServer): void {
    this.halt(server);
    this.#start(server);
  }

  /** The machine has no power any more, for now. */
  halt(server: CloudServer): void {
    this.#byServer.get(server.id)?.machine.die();
  }

  #start(server: CloudServer, bootstrapToken?: string): void {
    const generation = (this.#generations.get(server.id) ?? 0) + 1;
    this.#generations.set(server.id, generation);
    const agent = new Agent(
      { ...this.#parts, newest: this.#newest, startAnew: (token) => this.#startAnew(server, token) },
      { server, disk: this.#diskOf(server), bootstrapToken, generation },
    );
    this.#byServer.set(server.id, agent);
    void agent.live();
  }

  /** An agent that was told to installs itself anew; now and then the old one does not end. */
  #startAnew(server: CloudServer, token: string): void {
    if (server.power !== 'running') return;
    const old = this.#byServer.get(server.id);
    const { faults, random, scheduler } = this.#parts;
    if (old && faults.strikes('zombie', random)) {
      scheduler.after(random.between(1_000, ZOMBIE_MS_MAX), () => old.machine.die());
    } else {
      old?.machine.die();
    }
    this.#start(server, token);
  }

  #diskOf(server: CloudServer): Disk {
    const known = this.#disks.get(server.id);
    if (known) return known;
    const disk: Disk = { installedFrom: undefined, response: undefined };
    this.#disks.set(server.id, disk);
    return disk;
  }

  end(server: CloudServer): void {
    const agent = this.#byServer.get(server.id);
    if (!agent) return;
    const { faults, random, scheduler } = this.#parts;
    if (!faults.strikes('zombie', random)) {
      agent.machine.die();
      return;
    }
    this.#parts.timeline.note(agent.machine.name, 'goes on as a zombie');
    scheduler.after(random.between(1_000, ZOMBIE_MS_MAX), () => agent.machine.die());
  }

  /** Everything heals: whoever hangs goes on. */
  calm(): void {
    for (const agent of this.#byServer.values()) agent.wake();
  }

  agentOf(instanceId: string, epoch: number): Agent | undefined {
    return [...this.#byServer.values()].find(
      (agent) => agent.registration?.instance_id === instanceId && agent.registration.epoch === epoch,
    );
  }

  agentOn(server: CloudServer): Agent | undefined {
    return this.#byServer.get(server.id);
  }
}

export class Agent {
  readonly machine: Machine;
  registration: RegisterResponse | undefined;
  status: WorkerStatus = 'installed';
  inFlight = 0;
  /** When it last said that it is ready; undefined before. */
  saidReadyAtMs = Number.NEGATIVE_INFINITY;
  /** When the api last had a beat of it, whether or not the answer came back. */
  heardAtMs = Number.NEGATIVE_INFINITY;
  /** The newest beat that was answered, and whether it said ready. */
  acknowledged: { readonly atMs: number; readonly isReady: boolean } | undefined;
  readonly #parts: OwnParts;
  readonly #server: CloudServer;
  readonly #place: Place;
  readonly #orders = new Map<string, 'accepted' | 'failed'>();
  #seq = 0;
  #isDraining = false;
  #hangsUntilMs = 0;
  #error: HeartbeatRequest['error'] = null;

  constructor(parts: OwnParts, place: Place) {
    this.#parts = parts;
    this.#place = place;
    this.#server = place.server;
    const name = `agent ${place.server.id}.${place.generation}`;
    const { scheduler, timeline } = parts;
    this.machine = new Machine({ name, scheduler, timeline, random: parts.random.fork(name) });
  }

  get isHanging(): boolean {
    return this.#hangsUntilMs > this.#parts.scheduler.nowMs;
  }

  /** It has been there for whoever called, all the time. */
  get isReachable(): boolean {
    return this.machine.isAlive && this.#hangsUntilMs === 0 && this.isOnRunningServer;
  }

  get isOnRunningServer(): boolean {
    return this.#server.power === 'running';
  }

  wake(): void {
    this.#hangsUntilMs = 0;
  }

  async live(): Promise<void> {
    const { random } = this.machine;
    const { faults } = this.#parts;
    await this.machine.sleep(random.between(3_000, 45_000));
    if (faults.strikes('worker_never_registers', random)) return;
    this.registration = await this.#register();
    if (!this.registration) return;
    this.#parts.timeline.fact(this.machine.name, `registered, epoch ${this.registration.epoch}`);
    void this.#advance();
    for (;;) {
      await this.#report();
      await this.machine.sleep(this.registration.heartbeat_interval_ms);
    }
  }

  /** From installed to ready, or to a failure; then what may happen to a machine that serves. */
  async #advance(): Promise<void> {
    const { random } = this.machine;
    const { faults, scheduler } = this.#parts;
    for (const phase of PHASES) {
      if (this.#isDraining) return;
      this.status = phase;
      if (phase === 'loading' && faults.strikes('worker_engine_fails', random)) {
        this.status = 'failed';
        this.#error = { code: 'engine_exited', message: 'the engine ended with status 1' };
        return;
      }
      await this.#report();
      await this.machine.sleep(random.between(1_000, 25_000));
    }
    const requests = random.between(0, 3);
    // Whoever was told to drain while it began to serve takes nothing any more.
    if (!this.#isDraining) this.inFlight = requests;
    await this.machine.sleep(random.between(10_000, 400_000));
    if (faults.strikes('worker_engine_restarts', random)) await this.#restartEngine();
    await this.machine.sleep(random.between(0, 200_000));
    if (faults.strikes('worker_hangs', random)) {
      this.#hangsUntilMs = scheduler.nowMs + random.between(20_000, HANG_MS_MAX);
      this.#parts.timeline.note(this.machine.name, 'hangs');
    } else if (faults.strikes('worker_dies', random)) {
      this.#parts.timeline.note(this.machine.name, 'dies');
      this.machine.die();
    }
  }

  /** The engine loads its model again; nobody may be sent there meanwhile. */
  async #restartEngine(): Promise<void> {
    if (this.#isDraining) return;
    this.#parts.timeline.note(this.machine.name, 'restarts its engine');
    this.status = 'loading';
    this.inFlight = 0;
    await this.#report();
    await this.machine.sleep(this.machine.random.between(5_000, 90_000));
    if (!this.#isDraining) this.status = 'ready';
    await this.#report();
  }

  /** Repeats with the same nonce until it is answered; stops when it is turned away for good. */
  async #register(): Promise<RegisterResponse | undefined> {
    const { disk, bootstrapToken } = this.#place;
    const { userData } = this.#server;
    if (bootstrapToken === undefined && disk.installedFrom === userData && disk.response)
      return disk.response;
    const token = bootstrapToken ?? userData;
    const nonce = Buffer.from(this.machine.random.bytes(16)).toString('hex');
    for (let refusals = 0; refusals < 3; ) {
      const answer = await this.#ask((api) => api.register(this.#introduction(token, nonce)));
      if (answer.ok) {
        this.#remember(answer.value);
        await this.#registerAsThief(token);
        return answer.value;
      }
      if (answer.isRefused) refusals += 1;
      await this.machine.sleep(5_000);
    }
    return undefined;
  }

  #remember(response: RegisterResponse): void {
    const { disk } = this.#place;
    // An order to the agent leaves the user data as it was; what is on the disk now is newer all the same.
    disk.installedFrom = this.#server.userData;
    disk.response = response;
    const { newest, scheduler } = this.#parts;
    const { instance_id: id, epoch } = response;
    if ((newest.get(id)?.epoch ?? 0) < epoch) newest.set(id, { epoch, atMs: scheduler.nowMs });
  }

  /** The same order twice is one order. */
  install(id: string, bootstrapToken: string): ReinstallOutcome {
    const { faults, scheduler } = this.#parts;
    const { random } = this.machine;
    if (!this.#orders.has(id)) {
      if (faults.strikes('reinstall_refused', random)) {
        return { outcome: 'refused', error: 'this agent installs nothing now' };
      }
      this.#orders.set(id, faults.strikes('reinstall_fails', random) ? 'failed' : 'accepted');
      this.#parts.timeline.note(
        this.machine.name,
        `takes the order to install anew: ${this.#orders.get(id)}`,
      );
      if (this.#orders.get(id) === 'accepted') {
        const delayMs = random.between(1_000, 30_000);
        scheduler.after(delayMs, () => this.machine.resume(() => this.#parts.startAnew(bootstrapToken)));
      }
    }
    return this.#orders.get(id) === 'failed'
      ? { outcome: 'failed', error: 'the download is not what it must be' }
      : { outcome: 'accepted' };
  }

  /** Somebody else found the token in the user data. */
  async #registerAsThief(userData: string): Promise<void> {
    const { faults } = this.#parts;
    if (faults.level('beat_forged') === 0) return;
    const nonce = Buffer.from(this.machine.random.bytes(16)).toString('hex');
    const answer = await this.#ask((api) => api.register(this.#introduction(userData, nonce)));
    if (answer.ok) this.#violate('a bootstrap token was used twice');
  }

  #introduction(userData: string, nonce: string) {
    const machine = { hostname: this.#server.id, cpus: 8, memory_bytes: 48e9, gpus: [] };
    return { bootstrap_token: userData, nonce, agent: AGENT, machine };
  }

  async #report(): Promise<void> {
    const { faults, scheduler } = this.#parts;
    const { random } = this.machine;
    if (this.isHanging || !this.registration || faults.strikes('beat_lost', random)) return;
    if (this.#isDraining && this.inFlight > 0 && random.chance(0.6)) this.inFlight -= 1;
    const beat = this.#compose();
    const startedAtMs = scheduler.nowMs;
    const isReady = beat.status === 'ready';
    if (isReady) this.saidReadyAtMs = startedAtMs;
    const { worker_token: token } = this.registration;
    const answer = await this.#ask((api) => api.beat(token, beat));
    if (answer.ok) {
      this.acknowledged = { atMs: startedAtMs, isReady };
      if (answer.value.desired === 'drain') this.drain();
      else this.#resume();
      await this.#checkAccepted(startedAtMs);
    }
    if (faults.strikes('beat_repeated', random)) await this.#ask((api) => api.beat(token, beat));
    if (faults.strikes('beat_forged', random)) await this.#lie(token, beat);
  }

  /** An agent may speak only while its instance lives. */
  async #checkAccepted(startedAtMs: number): Promise<void> {
    const { instance_id: id = '', epoch = 0 } = this.registration ?? {};
    const newest = this.#parts.newest.get(id);
    if (newest && newest.epoch > epoch && newest.atMs < startedAtMs) {
      this.#violate(`a beat of epoch ${epoch} was accepted after ${newest.epoch} had registered`);
    }
    const known = await this.#parts.stateOf(id);
    if (!known || isLive(known.state)) return;
    if (known.stateAtMs < startedAtMs) this.#violate(`a beat was accepted in state ${known.state}`);
  }

  async #lie(token: string, beat: HeartbeatRequest): Promise<void> {
    const { random } = this.machine;
    const lies: [string, Partial<HeartbeatRequest>][] = [
      ['of another instance', { instance_id: `inst_${'0'.repeat(26)}` }],
      ['of another epoch', { epoch: beat.epoch + (random.chance(0.5) ? 1 : -1) }],
    ];
    const [what, change] = random.pick(lies);
    const answer = await this.#ask((api) => api.beat(token, { ...beat, seq: beat.seq + 1_000, ...change }));
    if (answer.ok) this.#violate(`a beat ${what} was accepted`);
  }

  drain(): number {
    if (!this.#isDraining) this.#parts.timeline.note(this.machine.name, 'drains');
    this.#isDraining = true;
    if (this.status === 'ready') this.status = 'draining';
    return this.inFlight;
  }

  #resume(): void {
    if (!this.#isDraining) return;
    this.#parts.timeline.note(this.machine.name, 'serves again');
    this.#isDraining = false;
    if (this.status === 'draining') this.status = 'ready';
  }

  #compose(): HeartbeatRequest {
    const { instance_id = '', epoch = 0 } = this.registration ?? {};
    return {
      instance_id,
      epoch,
      seq: this.#seq++,
      status: this.status,
      engine_http: PHASES.indexOf(this.status) >= 2,
      model: 'sim/model',
      model_bytes_loaded: null,
      model_bytes_total: null,
      error: this.#error,
      engine_restarts: 0,
      in_flight: this.inFlight,
      agent: AGENT,
      sample: SAMPLE,
    };
  }

  /** One request to the api, over a network that loses answers. */
  async #ask<T>(
    call: (api: Api) => Promise<T>,
  ): Promise<{ ok: true; value: T } | { ok: false; isRefused: boolean }> {
    const { faults } = this.#parts;
    const { random } = this.machine;
    await this.machine.sleep(random.between(5, 150));
    const serving = this.#parts.api();
    if (!serving) return { ok: false, isRefused: false };
    const isReplyLost = faults.strikes('reply_to_worker_lost', random);
    const over = new AbortController();
    const answered = call(serving.api).then(
      (value) => {
        this.heardAtMs = this.#parts.scheduler.nowMs;
        return isReplyLost ? undefined : ({ ok: true, value } as const);
      },
      (error: unknown) =>
        ({ ok: false, isRefused: error instanceof AppError && error.code.startsWith('worker.') }) as const,
    );
    const late = this.machine.sleep(ANSWER_LIMIT_MS, over.signal).catch(() => undefined);
    const answer = await Promise.race([answered, late]);
    over.abort();
    await this.machine.sleep(random.between(5, 150));
    return answer ?? { ok: false, isRefused: false };
  }

  #violate(text: string): void {
    this.#parts.timeline.violate('wrong_identity', `${this.#server.owner.instance}: ${text}`);
  }
}

const SAMPLE: HeartbeatRequest['sample'] = {
  cpu_ratio: 0.5,
  memory_used_bytes: 1e9,
  memory_total_bytes: 48e9,
  disk_used_bytes: null,
  disk_total_bytes: null,
  network_rx_bytes: null,
  network_tx_bytes: null,
  requests_running: 0,
  requests_waiting: 0,
  tokens_per_second: 0,
  kv_cache_ratio: 0,
  kv_cache_tokens: 400_000,
  gpus: [],
};

/** How one process reaches agents: by the address that the provider told, with the agent's own control token. */
export class SimulatedLink implements WorkerLink {
  readonly #machine: Machine;
  readonly #clouds: readonly Cloud[];
  readonly #agents: Agents;

  constructor(machine: Machine, clouds: readonly Cloud[], agents: Agents) {
    this.#machine = machine;
    this.#clouds = clouds;
    this.#agents = agents;
  }

  async checkHealth(call: AgentCall): Promise<HealthAnswer> {
    const agent = await this.#reach(call);
    if (!agent) return { verdict: 'unreachable', error: 'no answer within 5000 ms' };
    return agent.status === 'ready'
      ? { verdict: 'confirmed', info: AGENT }
      : { verdict: 'contradicted', status: agent.status };
  }

  async orderDrain(call: AgentCall): Promise<DrainOutcome> {
    const agent = await this.#reach(call);
    return agent ? { inFlight: agent.drain() } : { error: 'no answer within 5000 ms' };
  }

  async orderReinstall(call: AgentCall, order: ReinstallOrder): Promise<ReinstallOutcome> {
    const agent = await this.#reach(call);
    if (!agent) return { outcome: 'unreachable', error: 'no answer within 5000 ms' };
    return agent.install(order.id, order.bootstrapToken.reveal());
  }

  async close(): Promise<void> {}

  async #reach({ address, controlToken }: AgentCall): Promise<Agent | undefined> {
    await this.#machine.sleep(this.#machine.random.between(5, 100));
    const servers = this.#clouds.flatMap((cloud) => [...cloud.ledger.servers.values()]);
    const server = servers.find((one) => one.power === 'running' && one.address === address);
    const agent = server && this.#agents.agentOn(server);
    const isKnown = agent?.registration?.control_token_sha256 === hashToken(controlToken.reveal());
    if (agent && isKnown && agent.machine.isAlive && !agent.isHanging) return agent;
    await this.#machine.sleep(5_000);
    return undefined;
  }
}
