import type { Queryable, Transaction } from '#database/database.ts';

export interface ClaimedJob {
  readonly kind: string;
  readonly subject_id: string;
  readonly org_id: string | null;
  readonly generation: number;
  readonly attempts: number;
  readonly correlation_id: string;
  /** How long it had been due. */
  readonly lag_ms: number;
}

/**
 * Takes due rows nobody holds. One query serves every kind; `skip locked` lets any number of processes
 * claim side by side, and the total order makes a simulated claim repeatable. Uses jobs_due, up to now only: the
 * clock is read once, because an index is not searched by a function that may change its mind.
 */
export async function claimJobs(
  db: Queryable,
  kinds: readonly string[],
  leaseToken: string,
  leaseMs: number,
  limit: number,
): Promise<ClaimedJob[]> {
  const rows = await db.query<ClaimedJob>(
    `update jobs set
       lease_token = $2,
       lease_until = app_now() + make_interval(secs => $3::double precision / 1000),
       attempts = attempts + 1
     where (kind, subject_id) in (
       select kind, subject_id from jobs
       where kind = any($1) and dead_at is null and due_at <= (select app_now())
         and (lease_until is null or lease_until <= (select app_now()))
       order by due_at, kind, subject_id
       limit $4
       for update skip locked)
     returning kind, subject_id, org_id, generation, attempts, correlation_id,
       (extract(epoch from app_now() - due_at) * 1000)::double precision as lag_ms`,
    [kinds, leaseToken, leaseMs, limit],
  );
  // The order in which an update tells its rows is the plan's affair.
  return rows.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({ kind, subject_id: subjectId }: ClaimedJob): string {
  return `${kind} ${subjectId}`;
}

/** Extends the lease; false when it is no longer ours. */
export async function renewLease(
  db: Queryable,
  job: ClaimedJob,
  leaseToken: string,
  leaseMs: number,
): Promise<boolean> {
  const rows = await db.query(
    `update jobs set lease_until = app_now() + make_interval(secs => $4::double precision / 1000)
     where kind = $1 and subject_id = $2 and lease_token = $3 and lease_until > app_now() returning 1`,
    [job.kind, job.subject_id, leaseToken, leaseMs],
  );
  return rows.length === 1;
}

/** Locks the row for the rest of the transaction, if the lease still holds. */
export async function lockLeasedJob(db: Queryable, job: ClaimedJob, leaseToken: string): Promise<boolean> {
  const rows = await db.query(
    `select 1 from jobs
     where kind = $1 and subject_id = $2 and lease_token = $3 and lease_until > app_now() for update`,
    [job.kind, job.subject_id, leaseToken],
  );
  return rows.length === 1;
}

/**
 * Ends a successful run: gone when nobody asked meanwhile and nothing is left to look at, else due again.
 * `again` is null when the handler is done.
 */
export async function finishJob(
  db: Queryable,
  job: ClaimedJob,
  leaseToken: string,
  againInMs: number | null,
): Promise<'finished' | 'due_now' | 'lost'> {
  const key = [job.kind, job.subject_id, leaseToken, job.generation];
  if (againInMs === null) {
    const gone = await db.query(
      `delete from jobs where kind = $1 and subject_id = $2 and lease_token = $3 and generation = $4 returning 1`,
      key,
    );
    if (gone.length === 1) return 'finished';
  }
  const rows = await db.query<{ is_due: boolean }>(
    `update jobs set
       lease_token = null, lease_until = null, attempts = 0, last_error = null,
       due_at = case when generation = $4
         then app_now() + make_interval(secs => $5::double precision / 1000) else app_now() end
     where kind = $1 and subject_id = $2 and lease_token = $3
     returning generation <> $4 as is_due`,
    [...key, againInMs ?? 0],
  );
  const [row] = rows;
  if (!row) return 'lost';
  return row.is_due ? 'due_now' : 'finished';
}

/** Ends a failed run: due again after a delay, or a dead letter. A request made meanwhile does not skip the delay. */
export async function failJob(
  db: Queryable,
  job: ClaimedJob,
  leaseToken: string,
  outcome: { error: string; retryInMs: number | null },
): Promise<boolean> {
  const rows = await db.query(
    `update jobs set
       lease_token = null, lease_until = null, last_error = $4,
       due_at = app_now() + make_interval(secs => coalesce($5::double precision, 0) / 1000),
       dead_at = case when $5::double precision is null then app_now() end
     where kind = $1 and subject_id = $2 and lease_token = $3 returning 1`,
    [job.kind, job.subject_id, leaseToken, outcome.error.slice(0, 2_000), outcome.retryInMs],
  );
  return rows.length === 1;
}

/** Gives rows back untouched, so that another process can take them at once. */
export async function releaseJobs(db: Queryable, leaseToken: string): Promise<void> {
  await db.query(
    `update jobs set lease_token = null, lease_until = null, attempts = greatest(attempts - 1, 0)
     where lease_token = $1`,
    [leaseToken],
  );
}

export interface JobBacklog {
  readonly kind: string;
  readonly due: number;
  readonly running: number;
  readonly waiting: number;
  readonly dead: number;
  readonly oldest_due_seconds: number | null;
}

/** The clock is read once: read for each of ten thousand rows it costs more than all the rest. */
export async function readBacklog(db: Queryable): Promise<JobBacklog[]> {
  return db.query<JobBacklog>(
    `select kind,
            count(*) filter (where state = 'due') as due, count(*) filter (where state = 'running') as running,
            count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'dead') as dead,
            extract(epoch from app_now() - min(due_at) filter (where state = 'due'))::double precision
              as oldest_due_seconds
     from (
       select kind, due_at, case
         when dead_at is not null then 'dead'
         when lease_until > (select app_now()) then 'running'
         when due_at <= (select app_now()) then 'due'
         else 'waiting' end as state
       from jobs) told
     group by kind order by kind`,
  );
}

/** Due at once and counted from the beginning. False when it is not there, or not dead. */
export async function reviveJob(
  tx: Transaction,
  kind: string,
  subjectId: string,
  correlationId: string,
): Promise<boolean> {
  const rows = await tx.query(
    `update jobs set dead_at = null, attempts = 0, due_at = app_now(), generation = generation + 1,
       correlation_id = $3
     where kind = $1 and subject_id = $2 and dead_at is not null returning 1`,
    [kind, subjectId, correlationId],
  );
  return rows.length === 1;
}
