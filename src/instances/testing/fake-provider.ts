/** A provider in memory whose every call can be made to fail before or after its effect. For unit tests only. */
import {
  type CallContext,
  type Capabilities,
  type CreateServer,
  type OwnedResource,
  type Part,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
  type ProviderOffer,
  type ResourceRef,
  type Server,
  type ServerState,
  type Volume,
} from '#providers/provider.ts';

export type Operation =
  | 'createServer'
  | 'startServer'
  | 'findServer'
  | 'findServersByAttempt'
  | 'deleteServer'
  | 'findVolume'
  | 'deleteVolume'
  | 'rebootServer'
  | 'replaceUserData';

export interface Failure {
  readonly operation: Operation;
  readonly kind: ProviderErrorKind;
  /** `before` the effect, or `after` it. */
  readonly when: 'before' | 'after';
  readonly outcomeUnknown?: boolean;
  readonly count?: number;
}

interface FakeServer {
  readonly id: string;
  readonly order: CreateServer;
  readonly createdAtMs: number;
  readonly volumeId: string;
  state: ServerState;
  /** What it runs at its next boot, and what it ran at the last one that was ordered. */
  userData: string;
  bootedUserData: string | undefined;
  goneAtMs: number | undefined;
  visibleFromMs: number;
}

interface FakeVolume {
  readonly id: string;
  readonly zone: string;
  readonly serverId: string;
  readonly createdAtMs: number;
  state: 'attached' | 'available' | 'gone';
  goneAtMs: number | undefined;
}

const VOLUME_NANOS = 11_800_000;

export class FakeProvider implements Provider {
  readonly id = 'mock';
  capabilities: Capabilities = {
    idempotentCreate: 'token',
    visibilityWindowMs: 60,
    tombstones: true,
    volumesOutliveServer: true,
    parts: [],
    userDataAtEachBoot: false,
    maxUserDataBytes: 65_536,
  };
  readonly servers = new Map<string, FakeServer>();
  readonly volumes = new Map<string, FakeVolume>();
  readonly calls: string[] = [];
  readonly correlationIds = new Set<string>();
  /** How long a new server stays invisible. */
  lagMs = 0;
  /** A start is accepted and the machine falls back to `stopped`. */
  fallsBack = false;
  /** A delete is accepted and does nothing. */
  ignoresDelete = false;
  readonly #failures: (Failure & { left: number })[] = [];
  readonly #now: () => number;
  #next = 1;

  constructor(now: () => number) {
    this.#now = now;
  }

  fail(failure: Failure): void {
    this.#failures.push({ ...failure, left: failure.count ?? 1 });
  }

  heal(): void {
    this.#failures.length = 0;
  }

  /** What somebody else did: the machine is taken away. */
  preempt(id: string): void {
    const server = this.servers.get(id);
    if (server) this.#end(server);
  }

  get living(): FakeServer[] {
    return [...this.servers.values()].filter((server) => server.state !== 'gone');
  }

  get livingVolumes(): FakeVolume[] {
    return [...this.volumes.values()].filter((volume) => volume.state !== 'gone');
  }

  async createServer(context: CallContext, order: CreateServer): Promise<Server> {
    return this.#call(context, 'createServer', () => {
      const known = [...this.servers.values()].find(
        (server) => server.order.owner.attempt === order.owner.attempt,
      );
      if (known && this.capabilities.idempotentCreate === 'token') {
        if (JSON.stringify(known.order) !== JSON.stringify(order))
          throw this.#error('createServer', 'conflict');
        return this.#view(known);
      }
      return this.#view(this.#make(order));
    });
  }

  async startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'startServer', () => {
      const server = this.#require(ref, 'startServer');
      if (server.state === 'stopped' && !this.fallsBack) server.state = 'running';
    });
  }

  async findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return this.#call(context, 'findServer', () => {
      const server = this.servers.get(ref.id);
      return server && server.visibleFromMs <= this.#now() ? this.#view(server) : undefined;
    });
  }

  async findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    return this.#call(context, 'findServersByAttempt', () =>
      [...this.servers.values()]
        .filter((server) => server.order.owner.attempt === attempt && server.order.zone === zone)
        .filter((server) => server.visibleFromMs <= this.#now())
        .map((server) => this.#view(server)),
    );
  }

  async deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'deleteServer', () => {
      const server = this.servers.get(ref.id);
      if (server && server.visibleFromMs <= this.#now() && !this.ignoresDelete) this.#end(server);
    });
  }

  async findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    return this.#call(context, 'findVolume', () => {
      const volume = this.volumes.get(ref.id);
      return volume && this.#viewVolume(volume);
    });
  }

  async deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'deleteVolume', () => {
      const volume = this.volumes.get(ref.id);
      if (!volume || volume.state === 'gone') return;
      if (volume.state === 'attached') throw this.#error('deleteVolume', 'locked');
      volume.state = 'gone';
      volume.goneAtMs = this.#now();
    });
  }

  async listOwned(): Promise<OwnedResource[]> {
    return [];
  }

  async listOffers(): Promise<ProviderOffer[]> {
    return [];
  }

  #make(order: CreateServer): FakeServer {
    const number = this.#next++;
    const server: FakeServer = {
      id: `srv-${number}`,
      order,
      createdAtMs: this.#now(),
      volumeId: `vol-${number}`,
      state: 'stopped',
      userData: order.userData,
      bootedUserData: undefined,
      goneAtMs: undefined,
      visibleFromMs: this.#now() + this.lagMs,
    };
    this.servers.set(server.id, server);
    this.volumes.set(server.volumeId, {
      id: server.volumeId,
      zone: order.zone,
      serverId: server.id,
      createdAtMs: this.#now(),
      state: 'attached',
      goneAtMs: undefined,
    });
    return server;
  }

  #end(server: FakeServer): void {
    if (server.state === 'gone') return;
    server.state = 'gone';
    server.goneAtMs = this.#now();
    const volume = this.volumes.get(server.volumeId);
    if (volume?.state === 'attached') volume.state = 'available';
  }

  #require(ref: ResourceRef, operation: Operation): FakeServer {
    const server = this.servers.get(ref.id);
    if (!server || server.visibleFromMs > this.#now()) throw this.#error(operation, 'not_found');
    return server;
  }

  async #call<T>(context: CallContext, operation: Operation, effect: () => T): Promise<T> {
    this.calls.push(operation);
    this.correlationIds.add(context.correlationId);
    this.#strike(operation, 'before');
    const result = effect();
    this.#strike(operation, 'after');
    return result;
  }

  #strike(operation: Operation, when: Failure['when']): void {
    // In the order in which they were set up: the second waits until the first has struck.
    const failure = this.#failures.find(
      (candidate) => candidate.operation === operation && candidate.left > 0,
    );
    if (failure?.when !== when) return;
    failure.left -= 1;
    throw this.#error(operation, failure.kind, failure.outcomeUnknown ?? when === 'after');
  }

  #error(operation: Operation, kind: ProviderErrorKind, outcomeUnknown = false): ProviderError {
    return new ProviderError(`${operation} failed: ${kind}`, {
      kind,
      provider: this.id,
      operation,
      outcomeUnknown,
    });
  }

  #view(server: FakeServer): Server {
    return {
      ref: { id: server.id, zone: server.order.zone },
      state: server.state,
      rawState: server.state,
      type: server.order.type,
      owner: server.order.owner,
      address: server.state === 'running' ? '127.0.0.1' : undefined,
      volumes: [{ id: server.volumeId, zone: server.order.zone }],
      billedFromMs: server.createdAtMs,
      billedToMs: server.goneAtMs,
      createdAtMs: server.createdAtMs,
    };
  }

  #viewVolume(volume: FakeVolume): Volume {
    return {
      ref: { id: volume.id, zone: volume.zone },
      kind: 'block',
      sizeBytes: 100e9,
      isBoot: true,
      state: volume.state,
      owner: undefined,
      attachedTo: volume.state === 'attached' ? volume.serverId : undefined,
      billedFromMs: volume.createdAtMs,
      billedToMs: volume.goneAtMs,
      nanosPerHour: VOLUME_NANOS,
    };
  }

  async rebootServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'rebootServer', () => {
      const server = this.#require(ref, 'rebootServer');
      server.state = 'running';
      server.bootedUserData = server.userData;
    });
  }

  async replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    await this.#call(context, 'replaceUserData', () => {
      this.#require(ref, 'replaceUserData').userData = userData;
    });
  }

  async createPart(): Promise<Part> {
    throw this.#unsupported('createPart');
  }

  async findPart(): Promise<Part | undefined> {
    throw this.#unsupported('findPart');
  }

  async findPartsByAttempt(): Promise<Part[]> {
    throw this.#unsupported('findPartsByAttempt');
  }

  async deletePart(): Promise<void> {
    throw this.#unsupported('deletePart');
  }

  async renewExpiry(): Promise<void> {
    throw this.#unsupported('renewExpiry');
  }

  #unsupported(operation: string): ProviderError {
    return new ProviderError(`${operation} is not supported`, {
      kind: 'unsupported',
      provider: this.id,
      operation,
      outcomeUnknown: false,
    });
  }
}
