import {
  Archive,
  CircleCheck,
  CircleOff,
  CircleX,
  HeartCrack,
  LoaderCircle,
  type LucideIcon,
  TriangleAlert,
} from 'lucide-react';
import type { InstanceState, InstanceView, PROGRESS_STEPS, ProgressStep } from '#contracts/instances.ts';
import type { Tone } from '../design/chip.tsx';

type Phase = 'starting' | 'serving' | 'leaving' | 'ended' | 'broken';

interface StateLook {
  tone: Tone;
  icon: LucideIcon;
  phase: Phase;
}

const starting: StateLook = { tone: 'info', icon: LoaderCircle, phase: 'starting' };
const leaving: StateLook = { tone: 'warn', icon: LoaderCircle, phase: 'leaving' };
const broken: StateLook = { tone: 'danger', icon: CircleX, phase: 'broken' };

export const STATE_LOOKS: Record<InstanceState, StateLook> = {
  provisioning: starting,
  booting: starting,
  installing: starting,
  starting,
  ready: { tone: 'ok', icon: CircleCheck, phase: 'serving' },
  draining: leaving,
  terminating: leaving,
  terminated: { tone: 'neutral', icon: CircleOff, phase: 'ended' },
  archived: { tone: 'neutral', icon: Archive, phase: 'ended' },
  provisioning_failed: broken,
  startup_failed: broken,
  failed: broken,
  worker_dead: { tone: 'danger', icon: HeartCrack, phase: 'broken' },
  unavailable: { tone: 'warn', icon: TriangleAlert, phase: 'broken' },
};

/** Percentages of the contract, repeated here so that its zod schemas stay out of the page; the type keeps them equal. */
const STEP_PERCENTS: typeof PROGRESS_STEPS = {
  request_created: 5,
  server_created: 20,
  volume_resized: 25,
  started: 30,
  address_known: 40,
  security_group: 45,
  worker_installed: 50,
  engine_http: 60,
  model_loaded: 75,
  warmed_up: 90,
  health_confirmed: 95,
  ready: 100,
};
const STEPS = Object.entries(STEP_PERCENTS) as [ProgressStep, number][];

/** The step being worked on: the first one that the progress has not reached. */
export function currentStep(progress: number): ProgressStep {
  return STEPS.find(([, percent]) => percent > progress)?.[0] ?? 'ready';
}

export function phaseOf(instance: Pick<InstanceView, 'state'>): Phase {
  return STATE_LOOKS[instance.state].phase;
}

export function isEnded(instance: Pick<InstanceView, 'state'>): boolean {
  return phaseOf(instance) === 'ended';
}

/** What can still be terminated: all that is neither gone nor going. */
export function isTerminable(instance: Pick<InstanceView, 'state'>): boolean {
  return !isEnded(instance) && instance.state !== 'terminating';
}

const highest = new Map<string, number>();

/** Progress as drawn: an answer that comes late never moves the bar back. */
export function risingProgress({ id, progress }: Pick<InstanceView, 'id' | 'progress'>): number {
  const value = Math.max(progress, highest.get(id) ?? 0);
  highest.set(id, value);
  return value;
}
