/** What background work asks of the database again and again, timed against the living one. */
import type { Database, Queryable } from '#database/database.ts';
import { removeOldEvents } from '#database/event-retention.ts';
import type { Env } from '#kernel/env.ts';
import type { InstanceId, OrgId } from '#kernel/ids.ts';
import { countSilent } from '../../src/instances/store/control-plane-life.ts';
import { loadRecord } from '../../src/instances/store/records.ts';
import { selectDueMark } from '../../src/instances/store/samples.ts';
import { selectUntoldSilent } from '../../src/instances/store/silent-workers.ts';
import { selectZones } from '../../src/instances/store/sweep-rows.ts';
import { readIdentityChanges } from '../../src/instances/store/worker-beats.ts';
import { claimJobs, readBacklog } from '../../src/jobs/store.ts';
import { instanceIdOf } from './fill.ts';

export interface JobQuery {
  readonly name: string;
  readonly run: (db: Queryable) => Promise<unknown>;
}

const KINDS = [
  'reconcile-instance',
  'sync-offers',
  'expire-samples',
  'expire-events',
  'expire-idempotency-keys',
];
let count = 0;

/** Rolled back, so that what is measured changes nothing. */
export const JOB_QUERIES: readonly JobQuery[] = [
  { name: 'claim', run: (db) => claimJobs(db, KINDS, 'bench', 8_000, 24) },
  { name: 'backlog', run: readBacklog },
  {
    name: 'load_instance',
    async run(db) {
      const [org] = await db.query<{ id: OrgId }>(`select id from organisations order by id limit 1`);
      const id = instanceIdOf(count++ % 1_000) as InstanceId;
      return org && loadRecord(db, { orgId: org.id }, id);
    },
  },
  { name: 'identity_changes', run: (db) => readIdentityChanges(db, 30_000) },
  { name: 'count_silent', run: (db) => countSilent(db, 10_000) },
  { name: 'silent_workers', run: (db) => selectUntoldSilent(db, 10_000, 500) },
  { name: 'sweep_zones', run: (db) => selectZones(db, 'mock') },
  { name: 'roll_up_samples', run: (db) => selectDueMark(db, 30_000) },
  { name: 'expire_events', run: (db) => removeOldEvents(db, 24, 10_000) },
];

class Undone extends Error {}

export class QueryTimes {
  readonly #ms = new Map<string, number[]>();

  async measure(env: Env, db: Database, query: JobQuery): Promise<void> {
    const undone = new Undone();
    await db
      .transaction(async (tx) => {
        const startedAt = env.clock.monotonic();
        await query.run(tx);
        const list = this.#ms.get(query.name) ?? [];
        list.push(env.clock.monotonic() - startedAt);
        this.#ms.set(query.name, list);
        throw undone;
      })
      .catch((error: unknown) => {
        if (error !== undone) throw error;
      });
  }

  p99(): Record<string, number> {
    return Object.fromEntries(
      [...this.#ms].map(([name, list]) => {
        const sorted = list.toSorted((a, b) => a - b);
        const at = Math.min(sorted.length - 1, Math.ceil(sorted.length * 0.99) - 1);
        return [name, Math.round((sorted[at] ?? 0) * 1000) / 1000];
      }),
    );
  }
}
