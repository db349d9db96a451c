import { setMaxListeners } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { AgentInfo, RegisterRequest, RegisterResponse } from '#contracts/worker.ts';
import type { Env } from '#kernel/env.ts';
import { AgentPort } from './agent-port.ts';
import { WorkerCondition } from './condition.ts';
import { ControlClient } from './control-client.ts';
import { DataPort } from './data-port.ts';
import { DeadMan, powerOffBy } from './dead-man.ts';
import { EngineClient } from './engine-client.ts';
import { EngineSupervisor } from './engine-supervisor.ts';
import type { Engine } from './engines/engine.ts';
import { parseFields } from './field-readers.ts';
import { Heartbeat } from './heartbeat.ts';
import type { LogFile } from './log-file.ts';
import { LogShipper } from './logs/log-shipper.ts';
import { modelIsListed } from './model-readiness.ts';
import { pause, within } from './pause.ts';
import { listenOn } from './port-server.ts';
import { probeGpus } from './probes/gpu-probe.ts';
import { probeSystem } from './probes/system-probe.ts';
import { ensureRegistered, type Registration } from './registration.ts';
import { Reinstaller } from './reinstaller.ts';
import { MachineSampler } from './sampler.ts';
import { TallyBook } from './tally-book.ts';
import { TallyJournal } from './tally-journal.ts';
import { Tunnels } from './tunnel/tunnels.ts';
import { UnaryForms } from './unary/unary-forms.ts';
import type { WorkerConfig } from './worker-config.ts';

/**
 * The worker agent: one engine, one control plane, two ports.
 *
 * Ports are bound first, so a second agent on the same machine ends before it registers. Then: register (or go on
 * with the stored registration), start the engine, beat. Losing the control plane stops nothing; a newer worker or
 * `leave` stops everything, politely. A kill at any point is healed by starting again with the same files.
 */
export interface AgentDeps {
  readonly env: Env;
  readonly config: WorkerConfig;
  readonly agent: AgentInfo;
  readonly logFile: LogFile;
  /** Values that must not leave this machine in a line of log. */
  readonly secrets: readonly string[];
  /** The engine for an order; only the process's entry point names engines. */
  readonly engineFor: (kind: RegisterResponse['engine']['kind']) => Engine;
  /** A new agent is in place: this process is to end, so that it can begin. */
  readonly restart: () => void;
}

export interface RunningAgent {
  readonly condition: WorkerCondition;
  readonly agentPort: number;
  readonly dataPort: number;
  /** Rejects when the agent cannot go on, such as on a full disk; starting again is the cure. */
  readonly work: Promise<void>;
  /** Stops taking requests, waits for open ones, ends the engine, says goodbye. */
  leave(drainLimitMs: number): Promise<void>;
}

const GPU_WAIT_MS = 300;
const LIST_LIMIT_MS = 2_000;
const ENGINE_GRACE_MS = 5_000;
const GOODBYE_LIMIT_MS = 1_000;
const LAST_LOGS_LIMIT_MS = 2_000;
const SUPERSEDED_DRAIN_MS = 30_000;
/** Until the control plane has told its own. */
const UNREGISTERED_DEAD_MAN_MS = 1_800_000;

/** Rejects when a port cannot be bound. Registration and engine start go on in the background. */
export async function startAgent(deps: AgentDeps): Promise<RunningAgent> {
  const agent = new WorkerAgent(deps);
  await agent.listen();
  agent.begin();
  return agent;
}

class WorkerAgent implements RunningAgent {
  readonly #deps: AgentDeps;
  readonly condition = new WorkerCondition();
  readonly #control: ControlClient;
  readonly #engineClient: EngineClient;
  readonly #sampler: MachineSampler;
  readonly #tallies: TallyBook;
  readonly #forms = new UnaryForms();
  readonly #journal: TallyJournal;
  readonly #data: DataPort;
  readonly #deadMan: DeadMan;
  readonly #stopping = new AbortController();
  readonly #engineStop = new AbortController();
  /** Tunnels last as long as the data port. */
  readonly #tunnelStop = new AbortController();
  readonly #gpus = probeGpus();
  #registration: Registration | undefined;
  #supervisor: EngineSupervisor | undefined;
  #heartbeat: Heartbeat | undefined;
  #shipper: LogShipper | undefined;
  #tunnels: Tunnels | undefined;
  #takeConnection: (connection: Duplex) => void = (connection) => connection.destroy();
  #shipping: Promise<void> = Promise.resolve();
  #closers: (() => void)[] = [];
  work: Promise<void> = Promise.resolve();
  agentPort = 0;
  dataPort = 0;

  constructor(deps: AgentDeps) {
    const { env, config } = deps;
    this.#deps = deps;
    setMaxListeners(0, this.#stopping.signal);
    this.#control = new ControlClient(config.controlUrl);
    this.#engineClient = new EngineClient({ host: config.engineHost, port: config.enginePort });
    this.#journal = new TallyJournal(path.join(config.stateDir, 'tallies'), env.log);
    this.#tallies = new TallyBook(env, this.#journal);
    this.#sampler = new MachineSampler(env, {
      gpus: probeGpus,
      system: () => probeSystem(config.stateDir),
      engineMetrics: async () =>
        this.condition.engine.engineHttp
          ? (await this.#engineClient.get('/metrics', 1_000))?.text
          : undefined,
    });
    this.#data = new DataPort({
      env,
      condition: this.condition,
      tallies: this.#tallies,
      engine: this.#engineClient.address,
      forms: this.#forms,
      dataTokenSha256: () => this.#registration?.response.data_token_sha256,
      onRequest: () => this.#deadMan.noteContact(),
    });
    this.#deadMan = new DeadMan({
      env,
      stateDir: config.stateDir,
      condition: this.condition,
      powerOff: config.powerOffCommand === undefined ? undefined : powerOffBy(config.powerOffCommand),
      limitMs: () => this.#deadManMs(),
      stopEngine: () => this.#stopForPowerOff(),
      signal: this.#stopping.signal,
    });
  }

  async listen(): Promise<void> {
    const { env, config, agent, logFile, restart } = this.#deps;
    const port = new AgentPort({
      env,
      agent,
      instanceId: config.instanceId,
      startedAt: new Date(env.clock.now()).toISOString(),
      condition: this.condition,
      sampler: this.#sampler,
      tallies: this.#tallies,
      logFile,
      registered: () => this.#registration?.response,
      engineVersion: () => this.#engineVersion(),
      engineListsModel: () => this.#engineListsModel(),
      reinstaller: new Reinstaller({ env, config, restart }),
    });
    const [agentServer, dataServer] = await Promise.all([
      listenOn(config.listenAddress, config.agentPort, (request, response) => port.handle(request, response)),
      listenOn(config.listenAddress, config.dataPort, (request, response) =>
        this.#data.handle(request, response),
      ),
    ]);
    this.#takeConnection = (connection) => dataServer.server.emit('connection', connection);
    this.agentPort = agentServer.port;
    this.dataPort = dataServer.port;
    for (const { server } of [agentServer, dataServer]) {
      this.#closers.push(() => {
        server.close();
        server.closeAllConnections();
      });
    }
  }

  begin(): void {
    this.work = Promise.all([this.#registerAndServe(), this.#deadMan.run()]).then(() => undefined);
    // Whoever started the agent hears of it through `work`.
    this.work.catch(() => undefined);
  }

  async leave(drainLimitMs: number): Promise<void> {
    const { env } = this.#deps;
    env.log.info({ in_flight: this.condition.inFlight }, 'Leaving.');
    const hasSuccessor = this.condition.status === 'stopped';
    this.condition.withdraw('leaving');
    await this.#untilIdle(drainLimitMs);
    this.#tunnels?.leave();
    this.#stopping.abort();
    this.#data.breakOff();
    await this.#supervisor?.stop(ENGINE_GRACE_MS);
    await within(
      env,
      ENGINE_GRACE_MS,
      this.work.catch(() => undefined),
    );
    this.condition.markStopped();
    await this.#shipping;
    if (!hasSuccessor) {
      await this.#heartbeat?.beat(AbortSignal.timeout(GOODBYE_LIMIT_MS));
      await this.#shipper?.finish(AbortSignal.timeout(LAST_LOGS_LIMIT_MS));
    }
    this.#tunnelStop.abort();
    for (const close of this.#closers) close();
    this.#control.close();
    this.#journal.close();
  }

  async #registerAndServe(): Promise<void> {
    const { env, config, agent } = this.#deps;
    const signal = this.#stopping.signal;
    void this.#gpus.then((gpus) => this.#sampler.noteGpus(gpus));
    const registration = await ensureRegistered({
      env,
      config,
      agent,
      control: this.#control,
      machine: () => this.#describeMachine(),
      signal,
    });
    if (!registration) return;
    this.#registration = registration;
    if (registration.superseded) {
      env.log.error({}, 'A newer worker took over this instance before; staying idle.');
      this.condition.withdraw('superseded');
      return;
    }
    this.#supervisor = this.#superviseEngine(registration.response);
    this.#heartbeat = new Heartbeat({
      env,
      control: this.#control,
      condition: this.condition,
      sampler: this.#sampler,
      agent,
      registration,
      stateDir: config.stateDir,
      signal,
      onContact: () => this.#deadMan.noteContact(),
      onTunnels: (orders) => this.#tunnels?.follow(orders),
    });
    this.#tunnels = this.#openTunnels(this.#heartbeat);
    this.#shipping = this.#shipLogs(registration, this.#heartbeat);
    const engineWork = this.#supervisor.run();
    void this.#sampler.refresh();
    await this.#heartbeat.run();
    if (!signal.aborted) await this.#standDown();
    await engineWork;
  }

  #deadManMs(): number {
    return this.#heartbeat?.deadManMs ?? this.#registration?.response.dead_man_ms ?? UNREGISTERED_DEAD_MAN_MS;
  }

  async #stopForPowerOff(): Promise<void> {
    this.condition.withdraw('leaving');
    this.#engineStop.abort();
    await this.#supervisor?.stop(ENGINE_GRACE_MS);
  }

  #superviseEngine(order: RegisterResponse): EngineSupervisor {
    const { env, config, engineFor } = this.#deps;
    return new EngineSupervisor({
      env,
      engine: engineFor(order.engine.kind),
      order: {
        model: order.model,
        args: order.engine.args,
        flavours: order.engine.flavours,
        host: config.engineHost,
        port: config.enginePort,
      },
      client: this.#engineClient,
      condition: this.condition,
      forms: this.#forms,
      signal: AbortSignal.any([this.#stopping.signal, this.#engineStop.signal]),
    });
  }

  /** Connections that come through them are those of the data port; its token is asked for as ever. */
  #openTunnels(heartbeat: Heartbeat): Tunnels {
    return new Tunnels({
      env: this.#deps.env,
      identity: () => heartbeat.identity,
      take: (connection) => this.#takeConnection(connection),
      signal: this.#tunnelStop.signal,
    });
  }

  #shipLogs(registration: Registration, heartbeat: Heartbeat): Promise<void> {
    const { env, config, secrets } = this.#deps;
    this.#shipper = new LogShipper({
      env,
      control: this.#control,
      logDir: config.logDir,
      stateDir: config.stateDir,
      instanceId: registration.response.instance_id,
      identity: () => heartbeat.identity,
      secrets: () => [config.bootstrapToken.reveal(), heartbeat.identity.token, ...secrets],
      signal: this.#stopping.signal,
    });
    // Serving goes on without logs.
    return this.#shipper.run().catch((error: unknown) => {
      env.log.error({ error }, 'Logs are not sent any more until the agent starts again.');
    });
  }

  /** Superseded: what is running may finish, then the engine ends; the agent port stays for whoever looks. */
  async #standDown(): Promise<void> {
    await this.#untilIdle(SUPERSEDED_DRAIN_MS);
    this.#stopping.abort();
    this.#tunnelStop.abort();
    this.#data.breakOff();
    await this.#supervisor?.stop(ENGINE_GRACE_MS);
  }

  async #untilIdle(limitMs: number): Promise<void> {
    const { env } = this.#deps;
    const until = env.clock.monotonic() + limitMs;
    while (this.condition.inFlight > 0) {
      const next = this.condition.nextChange;
      const leftMs = until - env.clock.monotonic();
      if (leftMs <= 0) return;
      await pause(env, leftMs, next);
    }
  }

  async #describeMachine(): Promise<RegisterRequest['machine']> {
    const gpus = (await within(this.#deps.env, GPU_WAIT_MS, this.#gpus)) ?? [];
    return {
      hostname: os.hostname(),
      cpus: os.cpus().length,
      memory_bytes: os.totalmem(),
      gpus: gpus.map((gpu) => gpu.identity),
    };
  }

  async #engineListsModel(): Promise<boolean> {
    const served = this.#registration?.response.model.served_name;
    return served !== undefined && modelIsListed(this.#engineClient, served, LIST_LIMIT_MS);
  }

  async #engineVersion(): Promise<string | undefined> {
    if (!this.condition.engine.engineHttp) return undefined;
    const answer = await this.#engineClient.get('/version', 1_000);
    if (answer?.status !== 200) return undefined;
    const version = parseFields(answer.text, 'The version')['version'];
    return typeof version === 'string' ? version : undefined;
  }
}
