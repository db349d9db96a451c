/**
 * What the adapter knows of machines and who has them. It stands in for a company's API: each method is one
 * transaction, and what it has written holds.
 */
import type { Ownership } from '#providers/provider.ts';
import type { SshTarget } from './host-ssh.ts';

/** The provider's id of machines that organisations own. */
export const BARE_METAL = 'bare-metal';

export interface Claim {
  readonly id: string;
  readonly hostId: string;
  readonly zone: string;
  readonly type: string;
  readonly owner: Ownership;
  readonly address: string | null;
  readonly claimedAtMs: number;
  /** Since then there may be something of ours on the machine. */
  readonly launchedAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly releaseAskedAtMs: number | null;
  readonly releasedAtMs: number | null;
  /** Undefined where the machine is dialled: what its agent was told, and what became of it. */
  readonly byAgent: { readonly installsAsked: number; readonly isGivenUp: boolean } | undefined;
}

/** A claim with all that is needed to work on its machine. */
export interface OpenClaim {
  readonly claim: Claim;
  /** Undefined: nobody dials it, its agent asks. */
  readonly target: SshTarget | undefined;
  readonly script: string;
}

export interface ClaimOrder {
  readonly zone: string;
  readonly type: string;
  readonly name: string;
  readonly owner: Ownership;
  readonly script: string;
}

/** What the machine is, as it said itself. */
export interface HostFacts {
  readonly arch: string;
  readonly os: string;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly diskFreeBytes: number;
  readonly gpus: readonly {
    readonly kind: string;
    readonly vramBytes: number;
    readonly driver: string;
    readonly computeCapability: string | null;
  }[];
  readonly runtime: string | null;
  readonly toolkit: string | null;
  /** What a model may miss on it, in sentences. */
  readonly warnings: readonly string[];
}

/** Machines of one type in one zone. */
export interface HostGroup {
  readonly zone: string;
  readonly orgId: string;
  readonly type: string;
  readonly facts: HostFacts;
  /** How many could be claimed now. */
  readonly free: number;
  /** The highest of them; null when one of them is not known. */
  readonly price: { readonly nanosPerHour: number; readonly currency: string; readonly asOf: string } | null;
}

export type Refusal = 'no_host' | 'unknown_type' | 'another_order';

export interface HostBook {
  /** The same attempt is the same claim, also when it has ended. */
  claim(order: ClaimOrder): Promise<Claim | Refusal>;
  find(id: string): Promise<Claim | undefined>;
  findByAttempt(zone: string, attempt: string): Promise<Claim[]>;
  /** Undefined when it is released or its host is not known. */
  open(id: string): Promise<OpenClaim | undefined>;
  /** All that is not released, of one installation or of all. */
  listOpen(installation: string | undefined, zones: readonly string[]): Promise<Claim[]>;
  listGroups(): Promise<HostGroup[]>;
  markLaunched(id: string): Promise<void>;
  /** The first call put nothing on the machine: it need not be asked before the claim ends. */
  unmarkLaunched(id: string): Promise<void>;
  markStarted(id: string, address: string): Promise<void>;
  /** How often it has failed by now. A host that shows another key, or is given up, is not claimed by others. */
  noteFailure(
    id: string,
    failure: {
      readonly error: string;
      readonly message: string;
      readonly seenHostKey: string | undefined;
      readonly isGivenUp: boolean;
    },
  ): Promise<number>;
  askRelease(id: string): Promise<void>;
  markReleased(id: string): Promise<void>;
  replaceScript(id: string, script: string): Promise<void>;
  /** The agent is to run the script, once; with another script: that one, on top. */
  orderInstall(id: string, anew?: string): Promise<void>;
  /** Ends a claim of whose script the agent was given nothing. */
  releaseUntouched(id: string): Promise<void>;
  /** False when it is released. */
  renew(id: string, expiresAtMs: number): Promise<boolean>;
}
