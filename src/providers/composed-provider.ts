import type { Inspection } from './inspection.ts';
import type {
  CallContext,
  Capabilities,
  CreatePart,
  CreateServer,
  OwnedResource,
  Part,
  PartKind,
  Provider,
  ProviderOffer,
  ResourceKind,
  ResourceRef,
  Server,
  Volume,
} from './provider.ts';

/**
 * The port over the pieces that an adapter is made of: servers, what stands beside them, and what an account holds.
 * Each piece knows its company; which one answers which call is the same for all of them.
 */
export interface ProviderPieces {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly servers: {
    create(context: CallContext, order: CreateServer): Promise<Server>;
    start(context: CallContext, ref: ResourceRef): Promise<void>;
    find(context: CallContext, ref: ResourceRef): Promise<Server | undefined>;
    delete(context: CallContext, ref: ResourceRef): Promise<void>;
    reboot(context: CallContext, ref: ResourceRef): Promise<void>;
    replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void>;
  };
  readonly parts: {
    create(context: CallContext, order: CreatePart): Promise<Part>;
    find(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined>;
    delete(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void>;
  };
  readonly volumes: {
    find(context: CallContext, ref: ResourceRef): Promise<Volume | undefined>;
    delete(context: CallContext, ref: ResourceRef): Promise<void>;
  };
  readonly holdings: {
    serversByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]>;
    partsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]>;
    renewExpiry(
      context: CallContext,
      kind: ResourceKind,
      ref: ResourceRef,
      expiresAtMs: number,
    ): Promise<void>;
    owned(
      context: CallContext,
      installation: string | undefined,
      zones: readonly string[],
    ): Promise<OwnedResource[]>;
  };
  readonly client: { close(): Promise<void> };
}

export abstract class ComposedProvider implements Provider {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly #pieces: ProviderPieces;

  constructor(pieces: ProviderPieces) {
    this.id = pieces.id;
    this.capabilities = pieces.capabilities;
    this.#pieces = pieces;
  }

  abstract listOffers(context: CallContext): Promise<ProviderOffer[]>;
  abstract inspect(context: CallContext): Promise<Inspection>;

  createServer(context: CallContext, order: CreateServer): Promise<Server> {
    return this.#pieces.servers.create(context, order);
  }

  startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#pieces.servers.start(context, ref);
  }

  findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return this.#pieces.servers.find(context, ref);
  }

  findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    return this.#pieces.holdings.serversByAttempt(context, zone, attempt);
  }

  deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#pieces.servers.delete(context, ref);
  }

  rebootServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#pieces.servers.reboot(context, ref);
  }

  replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    return this.#pieces.servers.replaceUserData(context, ref, userData);
  }

  createPart(context: CallContext, order: CreatePart): Promise<Part> {
    return this.#pieces.parts.create(context, order);
  }

  findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    return this.#pieces.parts.find(context, kind, ref);
  }

  findPartsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]> {
    return this.#pieces.holdings.partsByAttempt(context, kind, zone, attempt);
  }

  deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    return this.#pieces.parts.delete(context, kind, ref);
  }

  renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    return this.#pieces.holdings.renewExpiry(context, kind, ref, expiresAtMs);
  }

  findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    return this.#pieces.volumes.find(context, ref);
  }

  deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#pieces.volumes.delete(context, ref);
  }

  listOwned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    return this.#pieces.holdings.owned(context, installation, zones);
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    await this.#pieces.client.close();
  }
}
