import type { BatchView } from '#contracts/batches.ts';
import type { Database } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import { markCancelling, readBatchView } from '../batch-store.ts';
import { RUN_BATCH } from '../jobs/batch-kinds.ts';

/** What was answered is kept. Cancelling again changes nothing. @throws batch.not_found, batch.not_cancellable */
export async function cancelBatch(env: Env, db: Database, orgId: OrgId, id: string): Promise<BatchView> {
  const scope = { orgId };
  const before = await readBatchView(db, scope, id);
  if (!before) throw new AppError('batch.not_found');
  const cancelled = await db.transaction(async (tx) => {
    await enqueue(tx, { kind: RUN_BATCH, subjectId: id, orgId, correlationId: newId(env, 'correlation') });
    return markCancelling(tx, scope, id);
  });
  if (cancelled) return cancelled;
  const now = await readBatchView(db, scope, id);
  if (now?.status === 'cancelling' || now?.status === 'cancelled') return now;
  throw new AppError('batch.not_cancellable');
}
