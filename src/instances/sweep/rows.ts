import type { AttemptId, InstanceId, OrgId, VolumeId } from '#kernel/ids.ts';
import type { ResourceKind } from '#providers/provider.ts';

export interface KnownAttempt {
  readonly id: AttemptId;
  readonly orgId: OrgId;
  readonly instanceId: InstanceId;
  readonly kind: ResourceKind;
  readonly zone: string;
  readonly state: 'open' | 'called' | 'present' | 'absent';
  readonly providerRef: string | null;
  readonly refusalKind: string | null;
  readonly calledAtMs: number | null;
  readonly resolvedAtMs: number | null;
  readonly deleteCalledAtMs: number | null;
  readonly isInstanceFinal: boolean;
  /** Ordered with the credentials whose listing this is. */
  readonly isOfAccount: boolean;
}

export interface KnownVolume {
  readonly id: VolumeId;
  readonly orgId: OrgId;
  readonly instanceId: InstanceId;
  readonly zone: string;
  readonly providerRef: string;
  readonly isKept: boolean;
  readonly isDeleteAsked: boolean;
  readonly isDeleted: boolean;
  /** When its end was proven; null while it is there. */
  readonly deletedAtMs: number | null;
  readonly createdAtMs: number;
  readonly deleteCalledAtMs: number | null;
  readonly isInstanceFinal: boolean;
  readonly isOfAccount: boolean;
}

export interface KnownInstance {
  readonly id: InstanceId;
  readonly orgId: OrgId;
  readonly isFinal: boolean;
  /** Its end was asked for. */
  readonly isEnding: boolean;
  readonly priceNanosPerHour: number | null;
  readonly priceCurrency: string | null;
}

/** All rows of a provider that a listing can be about, read after it. */
export interface SweepRows {
  /** Those that may exist, and those that the listing names. */
  readonly attempts: readonly KnownAttempt[];
  readonly volumes: readonly KnownVolume[];
  /** Those that the listing or the rows above name. */
  readonly instances: readonly KnownInstance[];
}
