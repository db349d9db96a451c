/** The queue seen by whoever looks after the installation. */
import { notify } from '#database/channels.ts';
import type { Database } from '#database/database.ts';
import { listDeadLetters } from './jobs.ts';
import { type JobBacklog, readBacklog, reviveJob } from './store.ts';

export interface DeadLetterView {
  readonly kind: string;
  readonly subject_id: string;
  readonly org_id: string | null;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly correlation_id: string;
  readonly dead_at: string;
}

export class QueueKeeper {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  count(): Promise<JobBacklog[]> {
    return readBacklog(this.#db);
  }

  async listDead(limit: number): Promise<DeadLetterView[]> {
    const letters = await listDeadLetters(this.#db, limit);
    return letters.map((letter) => ({
      kind: letter.kind,
      subject_id: letter.subjectId,
      org_id: letter.orgId,
      attempts: letter.attempts,
      last_error: letter.lastError,
      correlation_id: letter.correlationId,
      dead_at: letter.deadAt.toISOString(),
    }));
  }

  /** The next runs carry the id of whoever asked. */
  retryDead(
    job: { readonly kind: string; readonly subject_id: string },
    correlationId: string,
  ): Promise<boolean> {
    return this.#db.transaction(async (tx) => {
      const isRevived = await reviveJob(tx, job.kind, job.subject_id, correlationId);
      if (isRevived) await notify(tx, 'jobs', job.kind);
      return isRevived;
    });
  }
}
