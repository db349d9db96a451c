/**
 * The port between the control plane and a company that owns machines.
 *
 * Primitives only, one provider resource per call: what must exist, in which order, and what to do after a crash
 * is decided above, from attempt rows. No method retries, polls or sleeps; each call has one deadline through its
 * signal. A failed mutation says by `outcomeUnknown` whether the effect may have happened all the same.
 */
import type { Inspection } from './inspection.ts';

/** Kinds of things that a provider rents or keeps for us. Each is ordered by an attempt of its own. */
export const RESOURCE_KINDS = ['server', 'volume', 'address', 'key', 'security_group'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];
/** What stands beside a server and is made before it. */
export type PartKind = Exclude<ResourceKind, 'server'>;

/** Written as tags on every resource, so that what exists can be matched with what is wanted. */
export interface Ownership {
  readonly installation: string;
  readonly instance: string;
  readonly attempt: string;
  /** Unix milliseconds after which a reaper without a database may delete it; renewed while wanted. */
  readonly expiresAtMs: number;
}

export interface CallContext {
  readonly signal: AbortSignal;
  readonly correlationId: string;
}

/** Opaque id at the provider, and the zone it lives in. */
export interface ResourceRef {
  readonly id: string;
  readonly zone: string;
}

export interface CreateServer {
  readonly zone: string;
  readonly type: string;
  readonly name: string;
  readonly owner: Ownership;
  /** Run once by the machine at its first boot. */
  readonly userData: string;
  readonly rootBytes: number;
  /** Made before, in the same zone; the server is made with them. A volume may have outlived another server. */
  readonly parts: readonly PartRef[];
}

export interface PartRef {
  readonly kind: PartKind;
  readonly ref: ResourceRef;
}

export interface CreatePart {
  readonly kind: PartKind;
  readonly zone: string;
  readonly name: string;
  readonly owner: Ownership;
  /** Of a volume. */
  readonly sizeBytes?: number;
  /** Of a key, in OpenSSH's one-line form. */
  readonly publicKey?: string;
}

export interface Part {
  readonly kind: PartKind;
  readonly ref: ResourceRef;
  /** `gone` is a proof, as it is for servers. */
  readonly state: 'present' | 'gone' | 'unknown';
  readonly owner: Ownership | undefined;
  readonly attachedTo: string | undefined;
  /** Of an address: the address itself. */
  readonly address: string | undefined;
  /** Of a volume. */
  readonly sizeBytes: number | undefined;
  readonly createdAtMs: number;
  readonly billedFromMs: number | undefined;
  readonly billedToMs: number | undefined;
  /** Undefined when it costs nothing or the price is not told. */
  readonly nanosPerHour: number | undefined;
}

/** `gone` is a proof: the provider itself says the server is deleted, and since when. */
export type ServerState = 'stopped' | 'starting' | 'running' | 'stopping' | 'gone' | 'error' | 'unknown';

export interface Server {
  readonly ref: ResourceRef;
  readonly state: ServerState;
  readonly rawState: string;
  readonly type: string;
  readonly owner: Ownership | undefined;
  readonly address: string | undefined;
  readonly volumes: readonly ResourceRef[];
  /** Start and end of billing in Unix milliseconds, where the provider tells them. */
  readonly billedFromMs: number | undefined;
  readonly billedToMs: number | undefined;
  readonly createdAtMs: number;
  /** Of one that is gone: the provider ended it by itself before it ever ran, and this is what it lacked. */
  readonly neverRanFor?: 'stock_out' | 'quota' | undefined;
}

export interface Volume {
  readonly ref: ResourceRef;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly isBoot: boolean;
  readonly state: 'available' | 'attached' | 'gone' | 'unknown';
  readonly owner: Ownership | undefined;
  readonly attachedTo: string | undefined;
  readonly billedFromMs: number | undefined;
  readonly billedToMs: number | undefined;
  readonly nanosPerHour: number | undefined;
}

export interface OwnedResource {
  readonly kind: ResourceKind;
  readonly ref: ResourceRef;
  readonly owner: Ownership | undefined;
  /** The server that a part belongs to now. */
  readonly attachedTo: string | undefined;
  readonly createdAtMs: number;
}

/** What an account can rent, as the provider lists it. A missing price is null, never 0. */
export interface ProviderOffer {
  readonly zone: string;
  /** The organisation whose zone it is; undefined: everybody's. */
  readonly onlyFor?: string;
  readonly type: string;
  readonly gpuCount: number;
  readonly gpuKind: string;
  readonly vramBytesPerGpu: number;
  readonly vcpus: number;
  readonly memoryBytes: number;
  /** Undefined: x86_64, as almost everywhere. */
  readonly arch?: 'x86_64' | 'arm64';
  /** Of the machine's own disks; undefined or 0: it has none. */
  readonly scratchBytesMax?: number;
  readonly price: { readonly nanosPerHour: number; readonly currency: string; readonly asOf: string } | null;
  readonly availability: 'available' | 'scarce' | 'shortage' | 'unknown';
  /** The provider says that it gives it up: nothing new is ordered, what runs goes on. */
  readonly isEnding?: boolean;
}

export interface Capabilities {
  /** How a repeated create is recognised: by a client token, or by looking for the tag before asking again. */
  readonly idempotentCreate: 'token' | 'tag';
  /** How long a new resource may stay invisible: absence counts as proven only after this window. */
  readonly visibilityWindowMs: number;
  /** Deleted resources can still be read for a while, with the time they ended. */
  readonly tombstones: boolean;
  /** Volumes outlive their server and must be deleted one by one. */
  readonly volumesOutliveServer: boolean;
  /** What is made for each server, in this order, before the server itself. */
  readonly parts: readonly PartKind[];
  /** A machine reads new user data when it boots again, so its worker can be installed anew from outside. */
  readonly userDataAtEachBoot: boolean;
  /** A worker can be installed anew by SSH: `installAnew` is there. Undefined: it cannot. */
  readonly installsOverSsh?: boolean;
  /** Machines are lent as they are, not made: no volumes, size of a disk or reboot of theirs. Undefined: made. */
  readonly lendsMachines?: boolean;
  readonly maxUserDataBytes: number;
}

export interface Provider {
  readonly id: string;
  readonly capabilities: Capabilities;

  /** The same `owner.attempt` gives the same server where `idempotentCreate` is `token`. */
  createServer(context: CallContext, order: CreateServer): Promise<Server>;
  /**
   * What a create cannot carry: user data, the tags and the size of the root, rules, networks. Called with the same
   * order before each start, as often as it takes. Absent where a create makes a whole server.
   */
  prepareServer?(context: CallContext, ref: ResourceRef, order: CreateServer): Promise<void>;
  startServer(context: CallContext, ref: ResourceRef): Promise<void>;
  /** Undefined when the provider answers that there is no such server: a hint, not a proof. */
  findServer(context: CallContext, ref: ResourceRef): Promise<Server | undefined>;
  /** Servers that carry this attempt's tag, complete or throwing. */
  findServersByAttempt(context: CallContext, zone: string, attempt: string): Promise<Server[]>;
  /** Accepted, or already gone; `conflict` in a state in which the provider deletes nothing: ask again later. */
  deleteServer(context: CallContext, ref: ResourceRef): Promise<void>;
  /** A hard one, as by a button; a stopped server starts. */
  rebootServer(context: CallContext, ref: ResourceRef): Promise<void>;
  /** Takes effect at the next boot where `userDataAtEachBoot`. */
  replaceUserData(context: CallContext, ref: ResourceRef, userData: string): Promise<void>;
  /** Runs new user data now, without a reboot; there where `installsOverSsh`. The same twice is run once. */
  installAnew?(context: CallContext, ref: ResourceRef, userData: string): Promise<void>;
  /** The same `owner.attempt` gives the same part where `idempotentCreate` is `token`. */
  createPart(context: CallContext, order: CreatePart): Promise<Part>;
  findPart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<Part | undefined>;
  /** Parts of this kind that carry this attempt's tag, complete or throwing. */
  findPartsByAttempt(context: CallContext, kind: PartKind, zone: string, attempt: string): Promise<Part[]>;
  /** Accepted, or already gone. */
  deletePart(context: CallContext, kind: PartKind, ref: ResourceRef): Promise<void>;
  /** Writes a new `expiresAtMs` into the tags of what is still wanted; `not_found` when it is gone. */
  renewExpiry(context: CallContext, kind: ResourceKind, ref: ResourceRef, expiresAtMs: number): Promise<void>;
  findVolume(context: CallContext, ref: ResourceRef): Promise<Volume | undefined>;
  deleteVolume(context: CallContext, ref: ResourceRef): Promise<void>;
  /**
   * Everything with this installation's tag in these zones; throws rather than answer in part. Without an
   * installation: everything that carries a tag of ours, also where its tags are not whole.
   */
  listOwned(
    context: CallContext,
    installation: string | undefined,
    zones: readonly string[],
  ): Promise<OwnedResource[]>;
  listOffers(context: CallContext): Promise<ProviderOffer[]>;
  /** Whose account it is, what it may do and has left. Makes nothing; throws `auth` when the credential is refused. */
  inspect(context: CallContext): Promise<Inspection>;
}

export type ProviderErrorKind =
  | 'retryable'
  | 'throttled'
  | 'stock_out'
  | 'quota'
  | 'auth'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'invalid'
  | 'locked'
  | 'unsupported'
  | 'unknown';

export interface ProviderErrorFacts {
  readonly kind: ProviderErrorKind;
  readonly provider: string;
  readonly operation: string;
  /** True when the mutation may have happened: look for it before anything else is done. */
  readonly outcomeUnknown: boolean;
  readonly httpStatus?: number;
  readonly providerCode?: string;
  readonly retryAfterMs?: number;
}

/** The only error an adapter throws. Retry policy reads `kind`; nothing above sees a status number. */
export class ProviderError extends Error {
  readonly facts: ProviderErrorFacts;

  constructor(message: string, facts: ProviderErrorFacts, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'ProviderError';
    this.facts = facts;
  }

  /** Refused for certain: nothing was made, and the same order will not succeed by itself. */
  get isDefiniteRefusal(): boolean {
    if (this.facts.outcomeUnknown) return false;
    const refusals: ProviderErrorKind[] = [
      'stock_out',
      'quota',
      'auth',
      'permission',
      'invalid',
      'unsupported',
    ];
    return refusals.includes(this.facts.kind);
  }
}
