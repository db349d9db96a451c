/**
 * Brings one batch to its end, a turn at a time, so that many batches share the places there are. What it does next
 * follows from the row alone; killed anywhere, the next run goes on from what was recorded.
 */
import type { BatchEnding, BatchProblem } from '#contracts/batches.ts';
import { isApiKeyActive } from '#identity/usable-keys.ts';
import type { JobHandler, JobOutcome, Lease } from '#jobs/jobs.ts';
import { markFinalizing, readWorkedBatch, type WorkedBatch } from '../batch-store.ts';
import type { BatchWork } from '../batch-work.ts';
import { answerLines } from './answer-lines.ts';
import { RUN_BATCH } from './batch-kinds.ts';
import { validateBatch } from './validate-batch.ts';
import { writeResults } from './write-results.ts';

const AT_ONCE: JobOutcome = { againInMs: 0 };
const DONE: JobOutcome = { done: true };
const KEY_GONE: BatchProblem = {
  code: 'api_key_inactive',
  message: 'The API key that made this batch was revoked, disabled or has expired.',
  line: null,
  param: null,
};

export function runBatchHandler(work: BatchWork): JobHandler {
  return {
    kind: RUN_BATCH,
    neverGivesUp: true,
    async run(lease) {
      const batch = await readWorkedBatch(work.db, lease.subjectId);
      if (!batch) return DONE;
      switch (batch.status) {
        case 'validating':
          await validateBatch(work, lease, batch);
          return AT_ONCE;
        case 'in_progress':
          return goOn(work, lease, batch);
        case 'finalizing':
        case 'cancelling':
          await writeResults(work, lease, batch);
          return DONE;
        default:
          return DONE;
      }
    },
  };
}

async function goOn(work: BatchWork, lease: Lease, batch: WorkedBatch): Promise<JobOutcome> {
  if (batch.is_expired) return finalize(lease, batch, 'expired');
  if (!(await isApiKeyActive(work.db, { orgId: batch.org_id }, batch.api_key_id))) {
    return finalize(lease, batch, 'failed', [KEY_GONE]);
  }
  const end = await answerLines(work, lease, batch);
  switch (end.kind) {
    case 'finished':
      return finalize(lease, batch, 'completed');
    case 'unauthorised':
      return finalize(lease, batch, 'failed', [KEY_GONE]);
    case 'changed':
      return AT_ONCE;
    case 'again':
      return { againInMs: end.afterMs };
  }
}

async function finalize(
  lease: Lease,
  batch: WorkedBatch,
  ending: BatchEnding,
  problems: readonly BatchProblem[] = [],
): Promise<JobOutcome> {
  await lease.apply((tx) => markFinalizing(tx, batch, ending, problems));
  return AT_ONCE;
}
