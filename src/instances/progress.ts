/**
 * Progress of a start, computed from completed steps and the bytes of the model; nothing of it is stored.
 *
 * Steps are only ever added and the stored bytes only ever rise, so the figure never goes back, not even when the
 * engine starts again: what was once ready stays at 100.
 */
import { PROGRESS_STEP_NAMES, PROGRESS_STEPS, type ProgressStep } from '#contracts/instances.ts';

export interface CompletedStep {
  readonly step: ProgressStep;
  readonly completedAtMs: number;
}

/** Steps that only some providers need; shown where they were taken, never waited for. */
const OPTIONAL_STEPS: readonly ProgressStep[] = ['volume_resized', 'security_group'];

/** How long a step may take before it counts as stalled when no earlier start tells better. */
export const STALL_DEFAULT_MS: Record<ProgressStep, number> = {
  request_created: 10_000,
  server_created: 60_000,
  volume_resized: 60_000,
  started: 60_000,
  address_known: 180_000,
  security_group: 60_000,
  worker_installed: 600_000,
  engine_http: 300_000,
  model_loaded: 1_800_000,
  warmed_up: 600_000,
  health_confirmed: 60_000,
  ready: 60_000,
};

/** Milliseconds that completed starts of the same instance type took for a step. */
export interface StepExperience {
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface StepView {
  readonly step: ProgressStep;
  readonly percent: number;
  readonly completedAtMs: number | null;
  readonly durationMs: number | null;
  readonly expectedMs: number | null;
  readonly isStalled: boolean;
}

export function computeProgress(
  steps: Iterable<ProgressStep>,
  bytes: { readonly loaded: number | null; readonly total: number | null },
): number {
  let percent = 0;
  let isLoading = false;
  for (const step of steps) {
    if (PROGRESS_STEPS[step] <= percent) continue;
    percent = PROGRESS_STEPS[step];
    isLoading = step === 'engine_http';
  }
  if (!isLoading || !bytes.loaded || !bytes.total) return percent;
  const span = PROGRESS_STEPS.model_loaded - PROGRESS_STEPS.engine_http;
  const share = Math.min(1, bytes.loaded / bytes.total);
  // The last percent belongs to the step itself.
  return Math.min(PROGRESS_STEPS.model_loaded - 1, percent + Math.floor(share * span));
}

/**
 * The stages with duration, expectation and stall. Only the first open step of a start that is under way can be
 * stalled: past twice the 95th percentile of earlier starts, or past its default.
 *
 * A start that begins anew (a worker installed again, an order repeated) keeps the steps that are not repeated. What
 * comes after them counts from the new beginning: the days between the two starts are no duration of any step.
 */
export function describeSteps(
  completed: readonly CompletedStep[],
  experience: ReadonlyMap<ProgressStep, StepExperience>,
  now: {
    readonly nowMs: number;
    readonly isStarting: boolean;
    readonly begunAnewMs: readonly number[];
  },
): StepView[] {
  const beginningBefore = (atMs: number) => Math.max(0, ...now.begunAnewMs.filter((ms) => ms <= atMs));
  const times = new Map(completed.map((entry) => [entry.step, entry.completedAtMs]));
  const shown = PROGRESS_STEP_NAMES.filter((step) => times.has(step) || !OPTIONAL_STEPS.includes(step));
  const current = now.isStarting ? firstOpenStep(shown, times) : undefined;
  let previousMs: number | undefined;
  return shown.map((step): StepView => {
    const known = experience.get(step);
    const completedAtMs = times.get(step) ?? null;
    const untilMs = completedAtMs ?? now.nowMs;
    const passedMs =
      previousMs === undefined ? null : Math.max(0, untilMs - Math.max(previousMs, beginningBefore(untilMs)));
    const durationMs = completedAtMs === null ? null : passedMs;
    const waitedMs = step === current ? (passedMs ?? 0) : 0;
    if (completedAtMs !== null) previousMs = Math.max(previousMs ?? 0, completedAtMs);
    return {
      step,
      percent: PROGRESS_STEPS[step],
      completedAtMs,
      durationMs,
      expectedMs: known ? Math.round(known.medianMs) : null,
      isStalled: waitedMs > stallLimitMs(step, known),
    };
  });
}

/** A step counts as passed when a later one is complete: some are reported out of order or not at all. */
function firstOpenStep(
  shown: readonly ProgressStep[],
  times: ReadonlyMap<ProgressStep, number>,
): ProgressStep | undefined {
  const lastDone = shown.findLastIndex((step) => times.has(step));
  return shown[lastDone + 1];
}

function stallLimitMs(step: ProgressStep, known: StepExperience | undefined): number {
  if (!known) return STALL_DEFAULT_MS[step];
  // A floor keeps a fleet of very quick starts from crying over a second's delay.
  return Math.max(2 * known.p95Ms, 5_000);
}
