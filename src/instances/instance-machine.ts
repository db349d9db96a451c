/**
 * The life of a machine as a table. The type of a transition, its check in the database (`instance_edges`), the
 * diagram in the documentation and the reachability test are all derived from this value.
 *
 * `archived` ends it, unless it is brought back into view. From every other state a path leads to `terminated`, which is entered only when the provider
 * has proven that nothing is left.
 */
import assert from 'node:assert';
import { INSTANCE_STATES, type InstanceState } from '#contracts/instances.ts';

export const INSTANCE_EDGES = {
  /** Ordered; the provider has not confirmed a server yet. */
  provisioning: ['booting', 'provisioning_failed', 'terminating'],
  /** The server exists and is not running yet. Refused for want of room, the next offer is ordered. */
  booting: ['provisioning', 'installing', 'startup_failed', 'failed', 'terminating'],
  /** The server runs; its worker has not registered yet. */
  installing: ['starting', 'startup_failed', 'failed', 'terminating'],
  /** The worker speaks; the model is not ready yet, or its health is being confirmed. */
  starting: ['ready', 'installing', 'startup_failed', 'worker_dead', 'failed', 'terminating'],
  /** Takes requests. Its machine is given up on purpose only by `draining`. */
  ready: ['draining', 'installing', 'unavailable', 'worker_dead', 'failed'],
  /** Takes no new requests and finishes those it has; then it ends, or rests until it is resumed. */
  draining: ['terminating', 'starting', 'installing', 'worker_dead', 'failed'],
  /** Everything it has at the provider is being deleted; costs run until the provider confirms. */
  terminating: ['terminated'],
  /** Nothing is left at the provider. */
  terminated: ['archived'],
  /** Hidden from lists; the history stays, and it can be brought back into view. */
  archived: ['terminated'],
  /** The provider refused for certain: no server is kept, and what was made for it is being removed. */
  provisioning_failed: ['provisioning', 'terminating', 'terminated'],
  /** A phase of the start ended badly or took too long; the server still exists and still costs. */
  startup_failed: ['starting', 'installing', 'failed', 'terminating'],
  /** The worker has been silent for so long that a person should look. */
  worker_dead: ['starting', 'installing', 'failed', 'terminating'],
  /** The worker itself says that it cannot serve now. */
  unavailable: ['ready', 'installing', 'worker_dead', 'draining', 'failed', 'terminating'],
  /** The provider took the server away; what it left behind is being removed. */
  failed: ['terminating', 'terminated'],
} as const satisfies Record<InstanceState, readonly InstanceState[]>;

export type TargetOf<From extends InstanceState> = (typeof INSTANCE_EDGES)[From][number];

export interface InstanceEdge {
  readonly from: InstanceState;
  readonly to: InstanceState;
}

export const INITIAL_STATE = 'provisioning' satisfies InstanceState;

/** States in which a worker may speak. Leaving them revokes its token. */
export const LIVE_STATES = [
  'provisioning',
  'booting',
  'installing',
  'starting',
  'ready',
  'draining',
  'startup_failed',
  'worker_dead',
  'unavailable',
] as const satisfies readonly InstanceState[];

/** States that rest: nothing is done until somebody asks. */
export const FINAL_STATES = ['terminated', 'archived'] as const satisfies readonly InstanceState[];

export function isLive(state: InstanceState): boolean {
  return (LIVE_STATES as readonly InstanceState[]).includes(state);
}

/** On its way to `ready` for the first time, or again. */
export function isStarting(state: InstanceState): boolean {
  return state === 'provisioning' || state === 'booting' || state === 'installing' || state === 'starting';
}

export function isFinal(state: InstanceState): boolean {
  return (FINAL_STATES as readonly InstanceState[]).includes(state);
}

export function isEdge(from: InstanceState, to: InstanceState): boolean {
  return (INSTANCE_EDGES[from] as readonly InstanceState[]).includes(to);
}

/** A caller that asks for an impossible transition is a defect, not a condition. */
export function assertEdge(from: InstanceState, to: InstanceState): void {
  assert(isEdge(from, to), `no instance goes from ${from} to ${to}`);
}

export function listEdges(): InstanceEdge[] {
  return INSTANCE_STATES.flatMap((from) => INSTANCE_EDGES[from].map((to) => ({ from, to })));
}

/** The diagram of docs/reference/instance-states.md. */
export function drawMermaid(): string {
  const lines = listEdges().map(({ from, to }) => `  ${from} --> ${to}`);
  return ['stateDiagram-v2', `  [*] --> ${INITIAL_STATE}`, ...lines, '  archived --> [*]'].join('\n');
}
