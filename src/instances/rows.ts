import type { InstanceState, ProgressStep, ReinstallPath } from '#contracts/instances.ts';
import type { WorkerReach } from '#contracts/tunnel.ts';
import type { WorkerStatus } from '#contracts/worker.ts';
import type {
  AttemptId,
  CorrelationId,
  InstanceId,
  InstanceTypeId,
  OrgId,
  ProviderAccountId,
  ReinstallId,
  VolumeId,
} from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import type { ResourceKind } from '#providers/provider.ts';

/** An instance as the reconciler sees it. Times are Unix milliseconds of the database's clock. */
export interface InstanceRow extends OrgScope {
  readonly id: InstanceId;
  readonly orgId: OrgId;
  readonly name: string;
  readonly providerId: string;
  /** Null: the installation's own credentials. */
  readonly accountId: ProviderAccountId | null;
  readonly zone: string;
  readonly instanceType: string;
  /** Which of the offers is ordered now. */
  readonly offerPosition: number;
  readonly wanted: 'serving' | 'terminated';
  readonly isArchived: boolean;
  readonly state: InstanceState;
  readonly stateVersion: number;
  readonly stateReason: string | null;
  readonly stateAtMs: number;
  readonly createdAtMs: number;
  readonly serverRef: string | null;
  readonly serverState: string | null;
  readonly serverLookedAtMs: number | null;
  readonly serverMissingSinceMs: number | null;
  readonly address: string | null;
  readonly priceNanosPerHour: number | null;
  readonly priceCurrency: string | null;
  readonly weightsBytes: number;
  readonly correlationId: CorrelationId;
  readonly steps: readonly ProgressStep[];
  /** Intent: takes no requests, and its machine is kept. */
  readonly isDrained: boolean;
  /** Starts of a server that had stopped by itself, since the machine was last ready. */
  readonly serverRestarts: number;
  readonly serverRestartedAtMs: number | null;
  readonly healthAtMs: number | null;
  readonly healthVerdict: HealthVerdict | null;
  /** In a row, in the present state. */
  readonly healthFailures: number;
  /** It, its model and its provider may be used; told only while it is provisioned, true otherwise. */
  readonly isActivated: boolean;
  /** When the last of these activations was given; null when none is written down, or it is not asked. */
  readonly activatedAtMs: number | null;
}

/** `contradicted`: the agent or its engine is not ready. `unreachable`: nobody answers. */
export type HealthVerdict = 'confirmed' | 'contradicted' | 'unreachable';

/** A worker being installed anew. */
export interface ReinstallRow {
  readonly id: ReinstallId;
  readonly isAutomatic: boolean;
  readonly path: ReinstallPath;
  readonly pathAtMs: number;
  /** Whoever registers with a higher epoch is the worker that was installed. */
  readonly fromEpoch: number;
  readonly orderedAtMs: number | null;
}

/** The newest report of the agent; undefined parts have not been told yet. */
export interface WorkerRow {
  readonly reach: WorkerReach;
  readonly epoch: number;
  readonly isRevoked: boolean;
  readonly registeredAtMs: number | null;
  readonly status: WorkerStatus | null;
  readonly version: string | null;
  readonly sha256: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly inFlight: number;
  readonly lastSeenAtMs: number | null;
}

export interface AttemptRow {
  readonly id: AttemptId;
  readonly kind: ResourceKind;
  readonly number: number;
  readonly zone: string;
  readonly name: string;
  readonly state: 'open' | 'called' | 'present' | 'absent';
  readonly providerRef: string | null;
  readonly absentAfterMs: number | null;
  readonly refusalKind: string | null;
  readonly refusalMessage: string | null;
  /** Unwanted beside the one that is kept. */
  readonly isStray: boolean;
  readonly offerPosition: number;
  /** Of its tags, as it was first ordered. */
  readonly expiresAtMs: number;
  readonly createdAtMs: number;
  readonly deleteCalledAtMs: number | null;
}

/** One of the machines that an order may be served with. */
export interface OfferRow {
  readonly position: number;
  readonly zone: string;
  readonly instanceTypeId: InstanceTypeId;
  /** The provider's own name of the type. */
  readonly instanceType: string;
  readonly priceNanosPerHour: number | null;
  readonly priceCurrency: string | null;
  readonly refusalKind: string | null;
  readonly refusalMessage: string | null;
  /** Why the provider refused it a short while ago, whoever asked; null when it may be ordered. */
  readonly blockedKind: string | null;
  /** Until when that counts; ISO 8601. */
  readonly blockedUntil: string | null;
  /** Why the model cannot be served on it; null when it can, or when nothing is ordered any more. */
  readonly misfit: string | null;
}

export interface VolumeRow {
  readonly id: VolumeId;
  readonly providerRef: string;
  readonly zone: string;
  /** The server that came with it; null for one that was ordered by itself. */
  readonly discoveredOn: string | null;
  readonly deleteOnTerminate: boolean;
  readonly isDeleted: boolean;
  readonly deleteCalledAtMs: number | null;
}

/** A kept volume of an instance that has ended, which this one's server is made with. */
export interface GivenVolumeRow {
  readonly providerRef: string;
  readonly zone: string;
}

/** Everything stored about one machine, read at one moment. */
export interface InstanceRecord {
  readonly nowMs: number;
  readonly instance: InstanceRow;
  readonly worker: WorkerRow | undefined;
  /** In the order in which they are tried. */
  readonly offers: readonly OfferRow[];
  /** Creates of every kind, by kind and number. */
  readonly attempts: readonly AttemptRow[];
  readonly volumes: readonly VolumeRow[];
  readonly givenVolumes: readonly GivenVolumeRow[];
  /** The installation anew that is under way. */
  readonly reinstall: ReinstallRow | undefined;
  /** Automatic ones in a row, none of which became ready. */
  readonly automaticReinstalls: number;
  /** Codes of its open alerts. */
  readonly alarms: readonly string[];
}
