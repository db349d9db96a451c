import { type BatchView, FILE_PURPOSES, type NewBatch } from '#contracts/batches.ts';
import type { Database } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import { newId, type OrgId } from '#kernel/ids.ts';
import { countOpenBatches, insertBatch } from '../batch-store.ts';
import { lockFile } from '../file-store.ts';
import { RUN_BATCH } from '../jobs/batch-kinds.ts';

const WINDOW_SECONDS = { '24h': 86_400 } as const;
const RETRY_AFTER_MS = 60_000;

export interface BatchOrder {
  readonly orgId: OrgId;
  readonly apiKeyId: string;
  readonly wanted: NewBatch;
  readonly openMax: number;
}

/** @throws file.not_found, request.invalid, batch.too_many */
export async function createBatch(
  env: Env,
  db: Database,
  { orgId, apiKeyId, wanted, openMax }: BatchOrder,
): Promise<BatchView> {
  const id = newId(env, 'batch');
  const scope = { orgId };
  return db.transaction(async (tx) => {
    await enqueue(tx, { kind: RUN_BATCH, subjectId: id, orgId, correlationId: newId(env, 'correlation') });
    const file = await lockFile(tx, scope, wanted.input_file_id);
    if (!file) throw new AppError('file.not_found', { details: { param: 'input_file_id' } });
    const [needed] = FILE_PURPOSES;
    if (file.purpose !== needed) {
      throw new AppError('request.invalid', {
        publicMessage: `The input file has the purpose \`${file.purpose}\`. Upload it with \`${needed}\`.`,
        details: { param: 'input_file_id' },
      });
    }
    if ((await countOpenBatches(tx, scope)) >= openMax) {
      throw new AppError('batch.too_many', { retryAfterMs: RETRY_AFTER_MS });
    }
    const windowSeconds = WINDOW_SECONDS[wanted.completion_window];
    return insertBatch(tx, scope, { ...wanted, id, apiKeyId, windowSeconds });
  });
}
