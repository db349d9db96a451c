/** A provider in memory whose every call can be made to fail before or after its effect. For unit tests only. */
import { type Inspection, wholeInspection } from '#providers/inspection.ts';
import {
  type CallContext,
  type Capabilities,
  type CreatePart,
  type CreateServer,
  type OwnedResource,
  type Part,
  type PartKind,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
  type ProviderOffer,
  type ResourceKind,
  type ResourceRef,
  type Server,
  type Volume,
} from '#providers/provider.ts';

import {
  type BillLine,
  type FakePart,
  type FakeServer,
  type FakeVolume,
  viewDataVolume,
  viewPart,
  viewServer,
  viewVolume,
} from './fake-views.ts';

export type Operation =
  | 'createServer'
  | 'startServer'
  | 'findServer'
  | 'findServersByAttempt'
  | 'deleteServer'
  | 'rebootServer'
  | 'replaceUserData'
  | 'installAnew'
  | 'createPart'
  | 'findPart'
  | 'findPartsByAttempt'
  | 'deletePart'
  | 'renewExpiry'
  | 'findVolume'
  | 'deleteVolume';

export interface Failure {
  readonly operation: Operation;
  /** Of the part operations: only for parts of this kind. */
  readonly part?: PartKind;
  readonly kind: ProviderErrorKind;
  /** `before` the effect, or `after` it. */
  readonly when: 'before' | 'after';
  readonly outcomeUnknown?: boolean;
  readonly count?: number;
}

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
  readonly parts = new Map<string, FakePart>();
  /** Newest expiry by resource, where it was renewed. */
  readonly renewals = new Map<string, number>();
  /** Zone and type that are refused, with the kind of refusal, as `zone type`. */
  readonly refused = new Map<string, ProviderErrorKind>();
  /** The same for starts of servers that were made. */
  readonly startsRefused = new Map<string, ProviderErrorKind>();
  /** Servers are made of this type, whatever is ordered. */
  givesType: string | undefined;
  readonly calls: string[] = [];
  readonly correlationIds = new Set<string>();
  /** How long a new server stays invisible. */
  lagMs = 0;
  /** A start is accepted and the machine falls back to `stopped`. */
  fallsBack = false;
  /** The same only for some, by zone and type. */
  readonly startsInVain = new Set<string>();
  /** Servers that start by themselves, and are ended before they ran, by zone and type. */
  readonly neverRun = new Map<string, NonNullable<Server['neverRanFor']>>();
  prepareServer?: NonNullable<Provider['prepareServer']>;
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

  /** A young part is seen from now on. */
  show(partId: string): void {
    const part = this.parts.get(partId);
    if (part) part.visibleFromMs = 0;
  }

  get living(): FakeServer[] {
    return [...this.servers.values()].filter((server) => server.state !== 'gone');
  }

  get livingVolumes(): FakeVolume[] {
    return [...this.volumes.values()].filter((volume) => volume.state !== 'gone');
  }

  get livingParts(): FakePart[] {
    return [...this.parts.values()].filter((part) => part.goneAtMs === undefined);
  }

  /** Everything that costs, of one instance, as the provider would bill it. */
  billOf(instance: string): BillLine[] {
    const servers = [...this.servers.values()].filter((server) => server.order.owner.instance === instance);
    const lines = servers.flatMap((server): BillLine[] => {
      const { id, volumeId, createdAtMs, goneAtMs } = server;
      const volume = this.volumes.get(volumeId);
      return [
        { instance, kind: 'server', ref: id, fromMs: createdAtMs, toMs: goneAtMs },
        {
          instance,
          kind: 'volume',
          ref: volumeId,
          fromMs: volume?.createdAtMs ?? createdAtMs,
          toMs: volume?.goneAtMs,
        },
      ];
    });
    const parts = [...this.parts.values()].filter((part) => part.order.owner.instance === instance);
    const billed = parts.filter((part) => part.kind === 'volume' || part.kind === 'address');
    return [
      ...lines,
      ...billed.map(({ kind, id: ref, createdAtMs: fromMs, goneAtMs: toMs }) => {
        return { instance, kind, ref, fromMs, toMs };
      }),
    ];
  }

  async createServer(context: CallContext, order: CreateServer): Promise<Server> {
    return this.#call(context, 'createServer', () => {
      const known = [...this.servers.values()].find(
        (server) => server.order.owner.attempt === order.owner.attempt,
      );
      if (known && this.capabilities.idempotentCreate === 'token') {
        if (JSON.stringify(known.order) !== JSON.stringify(order))
          throw this.#error('createServer', 'conflict');
        return viewServer(known);
      }
      this.#refuse(this.refused, 'createServer', order);
      if (order.parts.some(({ ref }) => !this.#isUsable(ref))) throw this.#error('createServer', 'invalid');
      const made = this.#make(order);
      const told = viewServer(made);
      this.#endUnstarted(made);
      return told;
    });
  }

  async startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'startServer', () => {
      const server = this.#require(ref, 'startServer');
      this.#refuse(this.startsRefused, 'startServer', server.order);
      const isInVain = this.startsInVain.has(`${server.order.zone} ${server.order.type}`);
      if (server.state === 'stopped' && !this.fallsBack && !isInVain) server.state = 'running';
    });
  }

  async findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return this.#call(context, 'findServer', () => {
      const server = this.servers.get(ref.id);
      if (!server || server.order.zone !== ref.zone || !this.#isTold(server)) return undefined;
      return viewServer(server);
    });
  }

  async findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    return this.#call(context, 'findServersByAttempt', () =>
      [...this.servers.values()]
        .filter((server) => server.order.owner.attempt === attempt && server.order.zone === zone)
        .filter((server) => this.#isTold(server))
        .map((server) => viewServer(server)),
    );
  }

  async deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'deleteServer', () => {
      const server = this.servers.get(ref.id);
      const isThere = server && server.order.zone === ref.zone && server.visibleFromMs <= this.#now();
      if (isThere && !this.ignoresDelete) this.#end(server);
    });
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

  async installAnew(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    await this.#call(context, 'installAnew', () => {
      this.#require(ref, 'installAnew').bootedUserData = userData;
    });
  }

  async createPart(context: CallContext, order: CreatePart): Promise<Part> {
    const effect = () => {
      const known = [...this.parts.values()].find((part) => part.order.owner.attempt === order.owner.attempt);
      if (known && this.capabilities.idempotentCreate === 'token') {
        if (JSON.stringify(known.order) !== JSON.stringify(order))
          throw this.#error('createPart', 'conflict');
        return this.#viewPart(known);
      }
      return this.#viewPart(this.#makePart(order));
    };
    return this.#call(context, 'createPart', effect, order.kind);
  }

  async findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    const effect = () => {
      const part = this.parts.get(ref.id);
      if (part?.kind !== kind || part.order.zone !== ref.zone || !this.#isTold(part)) return undefined;
      return this.#viewPart(part);
    };
    return this.#call(context, 'findPart', effect, kind);
  }

  async findPartsByAttempt(
    context: CallContext,
    kind: PartKind,
    zone: string,
    attempt: string,
  ): Promise<Part[]> {
    const effect = () =>
      [...this.parts.values()]
        .filter((part) => part.kind === kind && part.order.zone === zone)
        .filter((part) => part.order.owner.attempt === attempt && this.#isTold(part))
        .map((part) => this.#viewPart(part));
    return this.#call(context, 'findPartsByAttempt', effect, kind);
  }

  async deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'deletePart', () => this.#endPart(ref, 'deletePart'), kind);
  }

  async renewExpiry(
    context: CallContext,
    _kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    await this.#call(context, 'renewExpiry', () => {
      this.renewals.set(ref.id, expiresAtMs);
    });
  }

  async findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    return this.#call(context, 'findVolume', () => {
      const volume = this.volumes.get(ref.id);
      if (volume) return this.#isTold({ ...volume, visibleFromMs: 0 }) ? viewVolume(volume) : undefined;
      const part = this.parts.get(ref.id);
      return part && this.#isTold(part) ? viewDataVolume(part, this.#userOf(part.id)) : undefined;
    });
  }

  async deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    await this.#call(context, 'deleteVolume', () => {
      if (this.parts.has(ref.id)) return this.#endPart(ref, 'deleteVolume');
      const volume = this.volumes.get(ref.id);
      if (!volume || volume.state === 'gone') return;
      if (volume.state === 'attached') throw this.#error('deleteVolume', 'locked');
      volume.state = 'gone';
      volume.goneAtMs = this.#now();
    });
  }

  async listOwned(
    _context: CallContext,
    installation: string,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    const servers = this.living.map((server): OwnedResource => {
      const ref = { id: server.id, zone: server.order.zone };
      const { owner } = server.order;
      return { kind: 'server', ref, owner, attachedTo: undefined, createdAtMs: server.createdAtMs };
    });
    const parts = this.livingParts.map((part): OwnedResource => {
      const { kind, ref, owner, attachedTo, createdAtMs } = this.#viewPart(part);
      return { kind, ref, owner, attachedTo, createdAtMs };
    });
    return [...servers, ...parts].filter(
      (one) => one.owner?.installation === installation && zones.includes(one.ref.zone),
    );
  }

  async listOffers(): Promise<ProviderOffer[]> {
    return [];
  }

  async inspect(): Promise<Inspection> {
    return wholeInspection(this.capabilities, []);
  }

  #make(order: CreateServer): FakeServer {
    const number = this.#next++;
    const server: FakeServer = {
      id: `srv-${number}`,
      order,
      createdAtMs: this.#now(),
      volumeId: `vol-${number}`,
      type: this.givesType ?? order.type,
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

  #makePart(order: CreatePart): FakePart {
    const id = `${order.kind}-${this.#next++}`;
    const createdAtMs = this.#now();
    const visibleFromMs = createdAtMs + this.lagMs;
    const part = { id, kind: order.kind, order, createdAtMs, visibleFromMs, goneAtMs: undefined };
    this.parts.set(id, part);
    return part;
  }

  #endPart(ref: ResourceRef, operation: Operation): void {
    const part = this.parts.get(ref.id);
    if (!part || part.order.zone !== ref.zone || part.goneAtMs !== undefined) return;
    if (part.visibleFromMs > this.#now() || this.ignoresDelete) return;
    if (this.#userOf(part.id)) throw this.#error(operation, 'conflict');
    part.goneAtMs = this.#now();
  }

  #userOf(partId: string): FakeServer | undefined {
    return this.living.find((server) => server.order.parts.some(({ ref }) => ref.id === partId));
  }

  #isUsable(ref: ResourceRef): boolean {
    const part = this.parts.get(ref.id);
    return part !== undefined && part.order.zone === ref.zone && part.goneAtMs === undefined;
  }

  #refuse(refusals: ReadonlyMap<string, ProviderErrorKind>, operation: Operation, order: CreateServer): void {
    const kind = refusals.get(`${order.zone} ${order.type}`);
    if (kind) throw this.#error(operation, kind);
  }

  /** Young resources are not seen yet; ended ones only where the provider keeps tombstones. */
  #isTold(resource: { readonly visibleFromMs: number; readonly goneAtMs: number | undefined }): boolean {
    if (resource.visibleFromMs > this.#now()) return false;
    return resource.goneAtMs === undefined || this.capabilities.tombstones;
  }

  #end(server: FakeServer): void {
    if (server.state === 'gone') return;
    server.state = 'gone';
    server.goneAtMs = this.#now();
    const volume = this.volumes.get(server.volumeId);
    if (volume?.state === 'attached') volume.state = 'available';
  }

  /** Its create was answered as if all were well. */
  #endUnstarted(server: FakeServer): void {
    server.neverRanFor = this.neverRun.get(`${server.order.zone} ${server.order.type}`);
    if (server.neverRanFor) this.#end(server);
  }

  #require(ref: ResourceRef, operation: Operation): FakeServer {
    const server = this.servers.get(ref.id);
    if (!server || server.visibleFromMs > this.#now()) throw this.#error(operation, 'not_found');
    return server;
  }

  async #call<T>(context: CallContext, operation: Operation, effect: () => T, part?: PartKind): Promise<T> {
    this.calls.push(part ? `${operation} ${part}` : operation);
    this.correlationIds.add(context.correlationId);
    this.#strike(operation, 'before', part);
    const result = effect();
    this.#strike(operation, 'after', part);
    return result;
  }

  #strike(operation: Operation, when: Failure['when'], part: PartKind | undefined): void {
    // In the order in which they were set up: the second waits until the first has struck.
    const failure = this.#failures.find(
      (candidate) =>
        candidate.operation === operation &&
        (candidate.part === undefined || candidate.part === part) &&
        candidate.left > 0,
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

  #viewPart(part: FakePart): Part {
    return viewPart(part, this.#userOf(part.id));
  }
}
