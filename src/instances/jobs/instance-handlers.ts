/** The work that keeps machines as they should be: what an orchestrator runs, real or simulated. */
import type { JobHandler } from '#jobs/jobs.ts';
import type { ReconcileDeps } from '../reconcile/run.ts';
import type { SweepDeps } from '../sweep/round.ts';
import { KEEP_ALIVE } from './keep-alive.ts';
import { reconcileInstanceHandler } from './reconcile-instance.ts';
import { sweepHandlers } from './sweep-handlers.ts';
import { WATCH_WORKERS, watchWorkersHandler } from './watch-workers.ts';

export interface InstanceHandlerDeps extends ReconcileDeps, SweepDeps {
  /** How often the control plane gives a sign of life. */
  readonly keepAliveMs?: number;
}

/** Asked for at each start; from then on they ask for themselves. */
export const INSTANCE_SCHEDULES: readonly string[] = [KEEP_ALIVE, WATCH_WORKERS];

export function instanceHandlers(deps: InstanceHandlerDeps): JobHandler[] {
  return [
    reconcileInstanceHandler(deps),
    watchWorkersHandler(deps),
    ...sweepHandlers(deps, deps.keepAliveMs),
  ];
}
