/**
 * Sums figures of machines up to five minutes and to hours.
 *
 * Whoever writes figures marks their window. A run takes the oldest mark whose window is over, computes the window
 * anew from all its figures, some machines at a time, and takes away the mark that it has read. Killed in between, it
 * begins the window again; figures that come meanwhile or late leave a newer mark, and the window is computed once
 * more. Windows whose figures are past their retention are not computed again, because some of them may be gone.
 */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import { ensurePartitions } from '#database/partitions.ts';
import type { JobHandler, Lease } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { retentionHours } from '../series/retention.ts';
import {
  forgetMarks,
  type Mark,
  rollUpMachines,
  selectDueMark,
  selectMachineRange,
  settleMark,
} from '../store/samples.ts';

export const ROLL_UP_SAMPLES = 'roll-up-samples';

const MACHINES_PER_STEP = 2_000;
/** Buckets that end with the window are written a moment after it. */
const GRACE_MS = 20_000;
const EVERY_MS = 15_000;
const WINDOWS_PER_RUN = 50;

export interface RollUpDeps {
  readonly env: Env;
  readonly db: Database;
  readonly settings: Settings;
  /** After the end of a window, how long it is left alone. */
  readonly graceMs?: number;
  readonly machinesPerStep?: number;
}

export function rollUpSamplesHandler(deps: RollUpDeps): JobHandler {
  return {
    kind: ROLL_UP_SAMPLES,
    neverGivesUp: true,
    async run(lease) {
      await forgetMarks(deps.db, '5m', retentionHours(deps.settings, 'finest'));
      await forgetMarks(deps.db, '1h', retentionHours(deps.settings, '5m'));
      for (let count = 0; count < WINDOWS_PER_RUN; count++) {
        const mark = await selectDueMark(deps.db, deps.graceMs ?? GRACE_MS);
        if (!mark) return { againInMs: EVERY_MS };
        await rollUp(deps, lease, mark);
      }
      return { againInMs: 0 };
    },
  };
}

async function rollUp({ env, db, machinesPerStep }: RollUpDeps, lease: Lease, mark: Mark): Promise<void> {
  await ensureRoom(db, mark);
  for (let afterId = ''; ; ) {
    lease.signal.throwIfAborted();
    const lastId = await selectMachineRange(db, mark, afterId, machinesPerStep ?? MACHINES_PER_STEP);
    if (lastId === undefined) break;
    const range = { afterId, lastId };
    await lease.apply((tx) => rollUpMachines(tx, mark, range));
    await env.crashPoint('series.rolled-up');
    afterId = lastId;
  }
  await lease.apply((tx) => settleMark(tx, mark));
}

async function ensureRoom(db: Database, mark: Mark): Promise<void> {
  const table = mark.resolution === '5m' ? 'instance_samples_5m' : 'instance_samples_1h';
  await ensurePartitions(db, table, mark.atMs, mark.atMs);
}
