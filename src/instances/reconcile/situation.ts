import type {
  InstanceReason,
  InstanceState,
  ProgressStep,
  ReinstallLeftFor,
  ReinstallPath,
} from '#contracts/instances.ts';
import type { Capabilities, Part, ResourceKind, Server, Volume } from '#providers/provider.ts';
import type { FreezeCause } from '../eviction-freeze.ts';
import type {
  AttemptRow,
  HealthVerdict,
  InstanceRecord,
  OfferRow,
  ReinstallRow,
  VolumeRow,
} from '../rows.ts';
import type { AlarmCode } from '../store/action-log.ts';

/** How long things may take and how often they are looked at. */
export interface Limits {
  /** First delay between two looks; grows to ten times that. */
  readonly pollMs: number;
  readonly provisionDeadlineMs: number;
  readonly bootDeadlineMs: number;
  readonly installDeadlineMs: number;
  readonly startDeadlineMs: number;
  readonly drainDeadlineMs: number;
  /** How long an unreachable agent delays the end of its machine. */
  readonly drainUnreachableMs: number;
  /** Silence after which the machine itself is looked at. */
  readonly workerSilentMs: number;
  /** Silence after which the worker counts as dead. */
  readonly workerDeadMs: number;
  /** A heartbeat younger than this outranks an active check. */
  readonly heartbeatFreshMs: number;
  /** How often a machine that needs nothing is looked at. */
  readonly watchMs: number;
  /** Absence at the provider counts as proven only after this long. */
  readonly absenceWindowMs: number;
  readonly attemptsMax: number;
  readonly alarmAfterMs: number;
  /** How long the result of a health check is used again. */
  readonly healthCacheMs: number;
  /** Longest delay between two failed health checks. */
  readonly healthRetryMaxMs: number;
  /** Failures in a row after which a machine is not asked for `healthBreakerOpenMs`. */
  readonly healthBreakerFailures: number;
  readonly healthBreakerOpenMs: number;
  /** What one way of installing a worker anew may take. */
  readonly reinstallDeadlineMs: number;
  readonly autoReinstall: boolean;
  readonly reinstallsMax: number;
  readonly serverRestartsMax: number;
}

/** What the store knows, and what bounds the decision. */
export interface Situation extends InstanceRecord {
  readonly limits: Limits;
  readonly capabilities: Pick<
    Capabilities,
    'idempotentCreate' | 'tombstones' | 'parts' | 'userDataAtEachBoot' | 'installsOverSsh'
  >;
  /** Why nobody may be given up for being silent now; undefined when it is allowed. */
  readonly freeze: FreezeCause | undefined;
}

/** Whatever an attempt may have made. */
export type Resource = Server | Part;

/** What this run has seen with its own eyes. It is forgotten with the run: the next one looks again. */
export interface Seen {
  /** By the provider's id; null: the provider does not know it. */
  readonly servers: Map<string, Server | null>;
  /** By our id of the attempt that made it. */
  readonly parts: Map<string, Part | null>;
  /** What carries the tag of an attempt, by attempt. */
  readonly found: Map<string, readonly Resource[]>;
  /** By our id of the volume. */
  readonly volumes: Map<string, Volume | null>;
  /** Volumes of the provider's list that could not be read in this run. */
  readonly unreadable: Set<string>;
  /** What failed in this run and is left alone for so many milliseconds, by `keyOf` the decision. */
  readonly held: Map<string, number>;
  health: HealthVerdict | undefined;
  drain: DrainAnswer | undefined;
  order: OrderAnswer | undefined;
}

export type DrainAnswer = { readonly inFlight: number } | 'unreachable';
/** What became of the order to install anew. `failed`: the agent took it and could not do it. */
export type OrderAnswer = 'accepted' | 'failed' | 'refused' | 'unreachable';

export function nothingSeen(): Seen {
  return {
    servers: new Map(),
    parts: new Map(),
    found: new Map(),
    volumes: new Map(),
    unreadable: new Set(),
    held: new Map(),
    health: undefined,
    drain: undefined,
    order: undefined,
  };
}

/** Why an offer cannot be had. */
export interface Refusal {
  readonly kind: string;
  readonly message: string;
}

/** The offer that is ordered was refused: on to the next one, or without one the order has failed. */
export interface LeaveOffer {
  readonly do: 'leave_offer';
  readonly refusal: Refusal;
  /** Refused to others a short while ago: not asked for at all. */
  readonly passedOver: readonly OfferRow[];
  readonly next: OfferRow | undefined;
}

/** One thing to do next. It is followed by another decision in the same run. */
export type Effect =
  | { readonly do: 'open_attempt'; readonly kind: ResourceKind }
  | { readonly do: 'call_create'; readonly attempt: AttemptRow }
  | { readonly do: 'find_attempt'; readonly attempt: AttemptRow }
  | { readonly do: 'adopt'; readonly attempt: AttemptRow; readonly resources: readonly Resource[] }
  | { readonly do: 'resolve_absent'; readonly attempt: AttemptRow }
  | LeaveOffer
  | { readonly do: 'look'; readonly serverRef: string }
  | { readonly do: 'look_part'; readonly attempt: AttemptRow }
  | { readonly do: 'discover_volume'; readonly server: Server; readonly volumeRef: string }
  | { readonly do: 'start_server'; readonly serverRef: string }
  | { readonly do: 'give_up_start'; readonly serverRef: string; readonly refusal: Refusal }
  | { readonly do: 'note_started' }
  | {
      readonly do: 'move';
      readonly to: InstanceState;
      readonly reason: InstanceReason;
      readonly steps?: readonly ProgressStep[];
      readonly address?: string;
    }
  | { readonly do: 'check_health' }
  | { readonly do: 'order_drain' }
  | { readonly do: 'restart_server'; readonly serverRef: string }
  | { readonly do: 'note_address'; readonly serverRef: string; readonly address: string }
  | { readonly do: 'begin_reinstall' }
  | { readonly do: 'order_reinstall'; readonly reinstall: ReinstallRow }
  | { readonly do: 'reboot_anew'; readonly reinstall: ReinstallRow; readonly serverRef: string }
  | { readonly do: 'install_by_ssh'; readonly reinstall: ReinstallRow; readonly serverRef: string }
  | {
      readonly do: 'next_path';
      readonly reinstall: ReinstallRow;
      readonly path: ReinstallPath;
      readonly reason: ReinstallLeftFor;
    }
  | { readonly do: 'replace'; readonly reinstall: ReinstallRow }
  | { readonly do: 'delete_resource'; readonly attempt: AttemptRow }
  | { readonly do: 'confirm_gone'; readonly attempt: AttemptRow; readonly resource: Resource | null }
  | { readonly do: 'look_volume'; readonly volume: VolumeRow }
  | { readonly do: 'delete_volume'; readonly volume: VolumeRow }
  | { readonly do: 'confirm_volume_gone'; readonly volume: VolumeRow; readonly seen: Volume | null }
  | { readonly do: 'raise_alarm'; readonly code: AlarmCode };

export type Decision = Effect | { readonly do: 'wait'; readonly ms: number } | { readonly do: 'rest' };

/** The same word for the same thing to do, however often it is decided. */
export function keyOf(decision: Decision): string {
  switch (decision.do) {
    case 'call_create':
    case 'find_attempt':
    case 'adopt':
    case 'resolve_absent':
    case 'look_part':
    case 'delete_resource':
    case 'confirm_gone':
      return `${decision.do} ${decision.attempt.id}`;
    case 'look':
    case 'start_server':
    case 'give_up_start':
    case 'restart_server':
    case 'reboot_anew':
    case 'install_by_ssh':
    case 'note_address':
      return `${decision.do} ${decision.serverRef}`;
    case 'discover_volume':
      return `${decision.do} ${decision.volumeRef}`;
    case 'look_volume':
    case 'delete_volume':
    case 'confirm_volume_gone':
      return `${decision.do} ${decision.volume.id}`;
    case 'open_attempt':
      return `${decision.do} ${decision.kind}`;
    case 'leave_offer':
    case 'note_started':
    case 'move':
    case 'check_health':
    case 'order_drain':
    case 'begin_reinstall':
    case 'order_reinstall':
    case 'next_path':
    case 'replace':
    case 'raise_alarm':
    case 'wait':
    case 'rest':
      return decision.do;
  }
}

/** A decision that has just failed becomes a wait. */
export function heldBack(decision: Decision, seen: Seen): Decision {
  const ms = seen.held.get(keyOf(decision));
  return ms === undefined ? decision : { do: 'wait', ms };
}
