import {
  CircleCheck,
  CircleDashed,
  CircleOff,
  CircleX,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react';
import type { DeploymentView } from '#contracts/management.ts';
import type { Tone } from '../design/chip.tsx';
import type { MessageKey } from '../i18n/en.ts';
import { phaseOf } from '../instances/states.ts';

type Health = 'ready' | 'starting' | 'partial' | 'broken' | 'empty' | 'ending' | 'ended';

interface HealthLook {
  tone: Tone;
  icon: LucideIcon;
  words: MessageKey;
  isWorking?: boolean;
}

export const HEALTH_LOOKS: Record<Health, HealthLook> = {
  ready: { tone: 'ok', icon: CircleCheck, words: 'deployment.health_ready' },
  starting: { tone: 'info', icon: LoaderCircle, words: 'deployment.health_starting', isWorking: true },
  partial: { tone: 'warn', icon: TriangleAlert, words: 'deployment.health_partial' },
  broken: { tone: 'danger', icon: CircleX, words: 'deployment.health_broken' },
  empty: { tone: 'neutral', icon: CircleDashed, words: 'deployment.health_empty' },
  ending: { tone: 'warn', icon: LoaderCircle, words: 'deployment.health_ending', isWorking: true },
  ended: { tone: 'neutral', icon: CircleOff, words: 'deployment.health_ended' },
};

/** One word for all its machines: trouble is told before progress, progress before rest. */
export function healthOf({ status, instances, replicas }: DeploymentView): Health {
  if (status === 'terminated') return 'ended';
  if (status === 'terminating') return 'ending';
  const phases = instances.map(phaseOf);
  const count = (phase: (typeof phases)[number]) => phases.filter((entry) => entry === phase).length;
  if (count('broken') > 0) return count('serving') > 0 ? 'partial' : 'broken';
  if (count('starting') > 0) return 'starting';
  if (count('serving') >= replicas) return 'ready';
  if (count('serving') > 0) return 'partial';
  return count('leaving') > 0 ? 'ending' : 'empty';
}
