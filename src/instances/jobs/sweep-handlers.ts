import type { JobHandler } from '#jobs/jobs.ts';
import { newLifeKeeper } from '../sweep/life.ts';
import type { SweepDeps } from '../sweep/round.ts';
import { keepAliveHandler } from './keep-alive.ts';
import { releaseVolumeHandler } from './release-volume.ts';
import { renewExpiryHandler } from './renew-expiry.ts';
import { runReconcileHandler } from './run-reconcile.ts';
import { sweepProviderHandler } from './sweep-provider.ts';

/** Everything that compares what is rented with what is known. */
export function sweepHandlers(deps: SweepDeps, keepAliveMs?: number): JobHandler[] {
  // One memory for the process: the sweep and the signs of life must agree on when it was alive.
  const life = newLifeKeeper();
  return [
    keepAliveHandler(deps, life, keepAliveMs),
    sweepProviderHandler(deps, life),
    renewExpiryHandler(deps),
    releaseVolumeHandler(deps),
    runReconcileHandler(deps),
  ];
}
