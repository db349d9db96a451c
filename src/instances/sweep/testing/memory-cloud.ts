/** A provider in memory with resources of every kind, for tests of the sweep only. It keeps its own books. */
import { wholeInspection } from '#providers/inspection.ts';
import {
  type CallContext,
  type Capabilities,
  type OwnedResource,
  type Ownership,
  type Part,
  type PartKind,
  type Provider,
  ProviderError,
  type ProviderErrorKind,
  type ResourceKind,
  type ResourceRef,
  type Server,
  type Volume,
} from '#providers/provider.ts';

export interface Thing {
  readonly kind: ResourceKind;
  readonly id: string;
  readonly zone: string;
  owner: Ownership | undefined;
  attachedTo: string | undefined;
  createdAtMs: number;
  goneAtMs: number | undefined;
  visibleFromMs: number;
}

export class MemoryCloud implements Provider {
  readonly id = 'mock';
  capabilities: Capabilities = {
    idempotentCreate: 'tag',
    visibilityWindowMs: 30,
    tombstones: true,
    volumesOutliveServer: true,
    parts: [],
    userDataAtEachBoot: false,
    maxUserDataBytes: 65_536,
  };
  readonly things = new Map<string, Thing>();
  readonly calls: string[] = [];
  /** Answers deletes and does nothing. */
  ignoresDelete = false;
  /** The next so many calls of an operation fail; `after` their effect when asked so. */
  readonly failures: { operation: string; kind: ProviderErrorKind; left: number; after?: boolean }[] = [];
  /** Called before each listing is read, and after it: what happens meanwhile. */
  duringList: () => Promise<void> = async () => undefined;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(thing: Partial<Thing> & Pick<Thing, 'kind' | 'id'>): Thing {
    const made: Thing = {
      zone: 'mock-a',
      owner: undefined,
      attachedTo: undefined,
      createdAtMs: this.#now() - 3_600_000,
      goneAtMs: undefined,
      visibleFromMs: 0,
      ...thing,
    };
    this.things.set(`${made.kind} ${made.id}`, made);
    return made;
  }

  get living(): string[] {
    return [...this.things.values()]
      .filter((thing) => thing.goneAtMs === undefined)
      .map((thing) => `${thing.kind} ${thing.id}`)
      .sort((a, b) => (a < b ? -1 : 1));
  }

  async listOwned(
    context: CallContext,
    installation: string,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    return this.#call(context, 'listOwned', async () => {
      const seen = [...this.things.values()].filter(
        (thing) =>
          this.#isVisible(thing) &&
          thing.goneAtMs === undefined &&
          zones.includes(thing.zone) &&
          (thing.owner === undefined || thing.owner.installation === installation),
      );
      await this.duringList();
      return seen.map((thing) => ({
        kind: thing.kind,
        ref: { id: thing.id, zone: thing.zone },
        owner: thing.owner,
        attachedTo: thing.attachedTo,
        createdAtMs: thing.createdAtMs,
      }));
    });
  }

  async findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return this.#call(context, 'findServer', async () => {
      const thing = this.#find('server', ref);
      return thing && serverOf(thing);
    });
  }

  async findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    return this.#call(context, 'findVolume', async () => {
      const thing = this.#find('volume', ref);
      return thing && volumeOf(thing);
    });
  }

  async findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    return this.#call(context, 'findPart', async () => {
      const thing = this.#find(kind, ref);
      return thing && partOf(thing, kind);
    });
  }

  deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#delete(context, 'server', ref);
  }

  deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#delete(context, 'volume', ref);
  }

  deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    return this.#delete(context, kind, ref);
  }

  async renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    await this.#call(context, 'renewExpiry', async () => {
      const thing = this.#find(kind, ref);
      if (!thing?.owner) throw this.#error('renewExpiry', 'not_found');
      thing.owner = { ...thing.owner, expiresAtMs };
    });
  }

  createServer = () => this.#refuse<Server>('createServer');
  startServer = () => this.#refuse<void>('startServer');
  findServersByAttempt = () => this.#refuse<Server[]>('findServersByAttempt');
  rebootServer = () => this.#refuse<void>('rebootServer');
  replaceUserData = () => this.#refuse<void>('replaceUserData');
  createPart = () => this.#refuse<Part>('createPart');
  findPartsByAttempt = () => this.#refuse<Part[]>('findPartsByAttempt');
  listOffers = async () => [];
  inspect = async () => wholeInspection(this.capabilities, []);

  #delete(context: CallContext, kind: ResourceKind, ref: ResourceRef): Promise<void> {
    return this.#call(context, `delete ${kind}`, async () => {
      const thing = this.#find(kind, ref);
      if (!thing || thing.goneAtMs !== undefined || this.ignoresDelete) return;
      const holder = thing.attachedTo && this.things.get(`server ${thing.attachedTo}`);
      if (holder && holder.goneAtMs === undefined) throw this.#error('delete', 'locked');
      thing.goneAtMs = this.#now();
    });
  }

  #find(kind: ResourceKind, ref: ResourceRef): Thing | undefined {
    const thing = this.things.get(`${kind} ${ref.id}`);
    if (!thing || thing.zone !== ref.zone || !this.#isVisible(thing)) return undefined;
    return thing.goneAtMs !== undefined && !this.capabilities.tombstones ? undefined : thing;
  }

  #isVisible(thing: Thing): boolean {
    return thing.visibleFromMs <= this.#now();
  }

  async #call<T>(context: CallContext, operation: string, effect: () => Promise<T>): Promise<T> {
    context.signal.throwIfAborted();
    this.calls.push(operation);
    const failure = this.failures.find((one) => one.operation === operation && one.left > 0);
    if (failure) failure.left -= 1;
    if (failure && !failure.after) throw this.#error(operation, failure.kind);
    const result = await effect();
    if (failure) throw this.#error(operation, failure.kind);
    return result;
  }

  #refuse<T>(operation: string): Promise<T> {
    return Promise.reject(this.#error(operation, 'unsupported'));
  }

  #error(operation: string, kind: ProviderErrorKind): ProviderError {
    const facts = { kind, provider: this.id, operation, outcomeUnknown: kind === 'unknown' };
    return new ProviderError(`${operation} failed: ${kind}`, facts);
  }
}

function serverOf(thing: Thing): Server {
  return {
    ref: { id: thing.id, zone: thing.zone },
    state: thing.goneAtMs === undefined ? 'running' : 'gone',
    rawState: 'running',
    type: 'MOCK-L4-1',
    owner: thing.owner,
    address: undefined,
    volumes: [],
    billedFromMs: thing.createdAtMs,
    billedToMs: thing.goneAtMs,
    createdAtMs: thing.createdAtMs,
  };
}

function volumeOf(thing: Thing): Volume {
  const isHeld = thing.attachedTo !== undefined;
  return {
    ref: { id: thing.id, zone: thing.zone },
    kind: 'block',
    sizeBytes: 100e9,
    isBoot: false,
    state: thing.goneAtMs !== undefined ? 'gone' : isHeld ? 'attached' : 'available',
    owner: thing.owner,
    attachedTo: thing.attachedTo,
    billedFromMs: thing.createdAtMs,
    billedToMs: thing.goneAtMs,
    nanosPerHour: 11_800_000,
  };
}

function partOf(thing: Thing, kind: PartKind): Part {
  return {
    kind,
    ref: { id: thing.id, zone: thing.zone },
    state: thing.goneAtMs === undefined ? 'present' : 'gone',
    owner: thing.owner,
    attachedTo: thing.attachedTo,
    address: undefined,
    sizeBytes: undefined,
    createdAtMs: thing.createdAtMs,
    billedFromMs: thing.createdAtMs,
    billedToMs: thing.goneAtMs,
    nanosPerHour: kind === 'address' ? 5_000_000 : undefined,
  };
}
