/**
 * Due work on rows: asked for inside the transaction that needs it, taken under a lease, applied only while the
 * lease still holds.
 *
 * A job is a kind and a subject. It says which row needs care, never what happened, so asking twice is asking once,
 * and a handler loads, decides and acts from the row itself. When a process dies, its leases run out and others go on.
 */
import { notify } from '#database/channels.ts';
import type { Queryable, Transaction } from '#database/database.ts';

export interface JobRequest {
  readonly kind: string;
  readonly subjectId: string;
  readonly orgId?: string | undefined;
  readonly correlationId: string;
  /** Not before this long from now; at once when absent. */
  readonly delayMs?: number;
}

/** What a handler may use while it holds the row. */
export interface Lease {
  readonly kind: string;
  readonly subjectId: string;
  readonly orgId: string | undefined;
  readonly correlationId: string;
  /** Claims since the last success, this one included. */
  readonly attempts: number;
  /** Aborted when the lease is lost or the process stops. */
  readonly signal: AbortSignal;
  /**
   * Runs `work` in a transaction that commits only if the lease is still ours at its start and its row stays locked
   * until the end. @throws LeaseLostError
   */
  apply<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** Done until somebody asks again, or look again after a while (a request in between comes first). */
export type JobOutcome = { readonly done: true } | { readonly againInMs: number };

export interface JobHandler {
  readonly kind: string;
  /** Retried for ever with the longest delay; raises an alarm instead of ending as a dead letter. */
  readonly neverGivesUp?: boolean;
  /** Short work that others rely on: taken before whatever else is due, also while all places are taken. */
  readonly goesFirst?: boolean;
  run(lease: Lease): Promise<JobOutcome>;
}

/** Another process took the row over: everything this run still wanted to write is dropped. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Asked again while it waits or runs: sooner if need be, and once more after the run under way. */
const AGAIN = `on conflict (kind, subject_id) do update set
       due_at = case when jobs.dead_at is null then least(jobs.due_at, excluded.due_at) else excluded.due_at end,
       generation = jobs.generation + 1,
       attempts = case when jobs.dead_at is null then jobs.attempts else 0 end,
       dead_at = null,
       correlation_id = excluded.correlation_id`;

/** Asks for care; commits with the caller's transaction and wakes a runner when it does. */
export async function enqueue(tx: Transaction, request: JobRequest): Promise<void> {
  await tx.query(
    `insert into jobs (kind, subject_id, org_id, due_at, correlation_id, created_at)
     values ($1, $2, $3, app_now() + make_interval(secs => $4::double precision / 1000), $5, app_now())
     ${AGAIN}`,
    [request.kind, request.subjectId, request.orgId ?? null, request.delayMs ?? 0, request.correlationId],
  );
  if (!request.delayMs) await notify(tx, 'jobs', request.kind);
}

/**
 * Asks for care for many rows at once. With `onlyMissing` those that are waiting or under way already are left as they
 * are, and not waited for.
 */
export async function enqueueAll(
  tx: Transaction,
  kind: string,
  subjects: readonly Pick<JobRequest, 'subjectId' | 'orgId' | 'correlationId'>[],
  { onlyMissing }: { readonly onlyMissing: boolean },
): Promise<void> {
  if (subjects.length === 0) return;
  await tx.query(
    `insert into jobs (kind, subject_id, org_id, due_at, correlation_id, created_at)
     select $1, subject_id, org_id, app_now(), correlation_id, app_now()
     from unnest($2::text[], $3::text[], $4::text[]) as t (subject_id, org_id, correlation_id)
     order by subject_id
     ${onlyMissing ? 'on conflict do nothing' : AGAIN}`,
    [
      kind,
      subjects.map(({ subjectId }) => subjectId),
      subjects.map(({ orgId }) => orgId ?? null),
      subjects.map(({ correlationId }) => correlationId),
    ],
  );
  await notify(tx, 'jobs', kind);
}

export interface DeadLetter {
  readonly kind: string;
  readonly subjectId: string;
  readonly orgId: string | null;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly correlationId: string;
  readonly deadAt: Date;
}

/** Work that failed for good, newest first. Enqueueing it again revives it. */
export async function listDeadLetters(db: Queryable, limit: number): Promise<DeadLetter[]> {
  return db.query<DeadLetter>(
    `select kind, subject_id as "subjectId", org_id as "orgId", attempts, last_error as "lastError",
            correlation_id as "correlationId", dead_at as "deadAt"
     from jobs where dead_at is not null order by dead_at desc, kind, subject_id limit $1`,
    [limit],
  );
}
