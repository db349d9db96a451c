import type { InstanceDetail, InstanceState } from '#contracts/instances.ts';

/** What may be asked of an instance, apart from its end. */
export type InstanceCommand = 'drain' | 'resume' | 'reinstall' | 'retry' | 'archive' | 'unarchive';

type Subject = Pick<InstanceDetail, 'state' | 'state_reason' | 'is_drained' | 'reinstall'>;

const ENDING: readonly InstanceState[] = ['failed', 'terminating', 'terminated', 'archived'];
const DRAINABLE: readonly InstanceState[] = ['starting', 'ready', 'unavailable'];
/** There is a server that ran once, whatever has become of its worker. */
const REINSTALLABLE: readonly InstanceState[] = [
  'starting',
  'ready',
  'unavailable',
  'draining',
  'worker_dead',
  'startup_failed',
];

/** What the api would accept now, in the order in which it is offered. */
export function possibleCommands(instance: Subject): InstanceCommand[] {
  const { state, is_drained: isDrained } = instance;
  if (state === 'provisioning_failed') return ['retry'];
  if (state === 'terminated') return ['archive'];
  if (state === 'archived') return ['unarchive'];
  if (isEnding(instance)) return [];
  const commands: InstanceCommand[] = [];
  if (isDrained) commands.push('resume');
  else if (DRAINABLE.includes(state)) commands.push('drain');
  if (REINSTALLABLE.includes(state) && !isBeingReinstalled(instance)) commands.push('reinstall');
  return commands;
}

export function isBeingReinstalled({ reinstall }: Pick<Subject, 'reinstall'>): boolean {
  return reinstall !== null && reinstall.ended_at === null;
}

/** An instance that drains because it was terminated cannot be kept any more. */
function isEnding({ state, state_reason: reason }: Subject): boolean {
  return ENDING.includes(state) || (state === 'draining' && reason === 'termination_requested');
}
