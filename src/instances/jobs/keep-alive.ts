/**
 * Signs of life of the control plane, every few seconds, by whichever orchestrator holds the job; and a sweep and a
 * renewal for each account that came to be known since. A process that dies leaves the job to another one.
 */
import { enqueue, type JobHandler } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import { beginEpoch, type LifeKeeper } from '../sweep/life.ts';
import type { SweepDeps } from '../sweep/round.ts';
import { subjectOf } from '../sweep/subject.ts';
import { RENEW_EXPIRY } from './renew-expiry.ts';
import { SWEEP_PROVIDER } from './sweep-provider.ts';

export const KEEP_ALIVE = 'keep-alive';

const EVERY_MS = 5_000;

export function keepAliveHandler(deps: SweepDeps, life: LifeKeeper, everyMs = EVERY_MS): JobHandler {
  let scheduled = new Set<string>();
  return {
    kind: KEEP_ALIVE,
    neverGivesUp: true,
    goesFirst: true,
    async run() {
      await beginEpoch(deps, life);
      const access = await deps.providers.list();
      const subjects = new Set(access.map(subjectOf));
      for (const subjectId of subjects) {
        if (!scheduled.has(subjectId)) await schedule(deps, subjectId);
      }
      scheduled = subjects;
      return { againInMs: everyMs };
    },
  };
}

/** Asking for what is under way already changes nothing but brings the next round forward. */
async function schedule(deps: SweepDeps, subjectId: string): Promise<void> {
  const correlationId = newId(deps.env, 'correlation');
  await deps.db.transaction(async (tx) => {
    for (const kind of [RENEW_EXPIRY, SWEEP_PROVIDER]) await enqueue(tx, { kind, subjectId, correlationId });
  });
}
