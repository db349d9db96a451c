import { Gauge, type Registry } from 'prom-client';
import type { Queryable } from '#database/database.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type JobBacklog, readBacklog } from './store.ts';

/**
 * Shows what waits and what failed for good, read when somebody asks. While the database is away the figures are
 * absent, and the other metrics of the process are told all the same.
 */
export function measureBacklog(env: Env, db: Queryable, registry: Registry): void {
  const measure = (
    name: string,
    help: string,
    labelNames: string[],
    show: (gauge: Gauge, row: JobBacklog) => void,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        try {
          for (const row of await readBacklog(db)) show(this, row);
        } catch (error) {
          env.log.debug({ error: messageOf(error) }, 'the backlog of jobs cannot be read now');
        }
      },
    });
  measure(
    'inventiv_jobs',
    'Jobs that are due, running, waiting for their time, and failed for good (dead).',
    ['kind', 'state'],
    (gauge, row) => {
      for (const state of ['due', 'running', 'waiting', 'dead'] as const) {
        gauge.set({ kind: row.kind, state }, row[state]);
      }
    },
  );
  measure(
    'inventiv_job_oldest_due_seconds',
    'How long the oldest due job has been waiting.',
    ['kind'],
    (gauge, row) => gauge.set({ kind: row.kind }, row.oldest_due_seconds ?? 0),
  );
}
