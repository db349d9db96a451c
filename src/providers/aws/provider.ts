import type { Clock } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import type { Inspection } from '#providers/inspection.ts';
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
} from '#providers/provider.ts';
import { AwsClient } from './client.ts';
import type { AwsOptions } from './credential.ts';
import { Holdings } from './holdings.ts';
import { inspectAccount } from './inspect.ts';
import { Parts } from './parts.ts';
import { Servers, USER_DATA_BYTES_MAX } from './servers.ts';

/**
 * EC2 of AWS, through its own SDK. Nothing is remembered but types and images, for minutes, so it may be built anew
 * after a crash at any instant.
 */
export interface AwsProviderOptions extends AwsOptions {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret | undefined;
  /** Undefined: AWS's own addresses. */
  readonly baseUrl?: string | undefined;
  readonly clock: Clock;
  readonly id?: string;
  /** How long a new resource may stay invisible in reads. */
  readonly visibilityWindowMs?: number;
}

/** AWS advises to go on asking for five minutes before something new is given up. */
const DEFAULT_VISIBILITY_WINDOW_MS = 300_000;

export class AwsProvider implements Provider {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly #client: AwsClient;
  readonly #servers: Servers;
  readonly #parts: Parts;
  readonly #holdings: Holdings;
  readonly #zones: readonly string[];

  constructor(options: AwsProviderOptions) {
    const { accessKeyId, secretAccessKey, sessionToken, baseUrl, clock } = options;
    this.id = options.id ?? 'aws';
    this.capabilities = {
      idempotentCreate: 'token',
      visibilityWindowMs: options.visibilityWindowMs ?? DEFAULT_VISIBILITY_WINDOW_MS,
      tombstones: true,
      volumesOutliveServer: options.hasDataVolume,
      parts: ['key', 'security_group'],
      userDataAtEachBoot: false,
      maxUserDataBytes: USER_DATA_BYTES_MAX,
    };
    this.#zones = options.zones;
    const provider = this.id;
    this.#client = new AwsClient({ provider, accessKeyId, secretAccessKey, sessionToken, baseUrl, clock });
    const deps = { client: this.#client, clock, options };
    this.#servers = new Servers(deps);
    this.#parts = new Parts(deps);
    this.#holdings = new Holdings(this.#client);
  }

  createServer(context: CallContext, order: CreateServer): Promise<Server> {
    return this.#servers.create(context, order);
  }

  startServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#servers.start(context, ref);
  }

  findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined> {
    return this.#servers.find(context, ref);
  }

  findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]> {
    return this.#holdings.serversByAttempt(context, zone, attempt);
  }

  deleteServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#servers.delete(context, ref);
  }

  rebootServer(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#servers.reboot(context, ref);
  }

  replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void> {
    return this.#servers.replaceUserData(context, ref, userData);
  }

  createPart(context: CallContext, order: CreatePart): Promise<Part> {
    return this.#parts.create(context, order);
  }

  findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined> {
    return this.#parts.find(context, kind, ref);
  }

  findPartsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]> {
    return this.#holdings.partsByAttempt(context, kind, zone, attempt);
  }

  deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void> {
    return this.#parts.delete(context, kind, ref);
  }

  renewExpiry(
    context: CallContext,
    kind: ResourceKind,
    ref: ResourceRef,
    expiresAtMs: number,
  ): Promise<void> {
    return this.#holdings.renewExpiry(context, kind, ref, expiresAtMs);
  }

  findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined> {
    return this.#holdings.findVolume(context, 'findVolume', ref);
  }

  deleteVolume(context: CallContext, ref: ResourceRef): Promise<void> {
    return this.#holdings.deleteVolume(context, ref);
  }

  listOwned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]> {
    return this.#holdings.owned(context, installation, zones);
  }

  listOffers(context: CallContext): Promise<ProviderOffer[]> {
    return this.#servers.types.listOffers(context, this.#zones);
  }

  inspect(context: CallContext): Promise<Inspection> {
    const { capabilities } = this;
    return inspectAccount(this.#client, context, { capabilities, zones: this.#zones });
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}
