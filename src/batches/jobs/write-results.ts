/**
 * What was answered becomes two files, in the order of the input, and the batch is over. Interrupted, both are written
 * anew from the first line; nobody sees them before.
 */
import type { BatchEnding } from '#contracts/batches.ts';
import type { Lease } from '#jobs/jobs.ts';
import { newId } from '#kernel/ids.ts';
import { markEnded, nameResultFiles, type WorkedBatch } from '../batch-store.ts';
import type { BatchWork } from '../batch-work.ts';
import { ChunkWriter } from '../chunk-writer.ts';
import { deleteChunks, deleteFileRow, finishFile, insertFile, type NewFile } from '../file-store.ts';
import { deleteItems, type EndedItem, listEndedItems } from '../item-store.ts';
import { unfinishedLine } from '../result-lines.ts';

const PAGE = { limit: 500, bytes: 4_194_304 };

interface Results {
  readonly output: NewFile;
  readonly errors: NewFile;
}

export async function writeResults(work: BatchWork, lease: Lease, batch: WorkedBatch): Promise<void> {
  const { org_id: orgId } = batch;
  const scope = { orgId };
  const ending = batch.ending ?? 'completed';
  const results = resultFiles(work, batch);
  await lease.apply((tx) => begin(tx, batch, results));
  const written = await writeFiles(work, lease, { batch, results, ending });
  await work.env.crashPoint('run-batch.written');
  await lease.apply(async (tx) => {
    const finish = async (file: NewFile, bytes: number) => {
      if (bytes > 0) await finishFile(tx, scope, { ...file, bytes });
      else await deleteFileRow(tx, scope, file.id);
      return bytes > 0 ? file.id : null;
    };
    const outputId = await finish(results.output, written.outputBytes);
    const errorId = await finish(results.errors, written.errorBytes);
    await deleteItems(tx, batch);
    await markEnded(tx, batch, { ending, outputId, errorId, failed: written.failed });
  });
  await work.env.crashPoint('run-batch.ended');
}

function resultFiles({ env, figures }: BatchWork, batch: WorkedBatch): Results {
  const file = (id: string | null, kind: string): NewFile => ({
    id: id ?? newId(env, 'file'),
    purpose: 'batch_output',
    filename: `${batch.id}_${kind}.jsonl`,
    lifeSeconds: batch.output_seconds ?? figures.fileLifeSeconds,
  });
  return { output: file(batch.output_file_id, 'output'), errors: file(batch.error_file_id, 'error') };
}

/** Both files are there and empty, whatever an earlier life wrote. */
async function begin(
  tx: Parameters<Parameters<Lease['apply']>[0]>[0],
  batch: WorkedBatch,
  { output, errors }: Results,
): Promise<void> {
  const scope = { orgId: batch.org_id };
  await nameResultFiles(tx, batch, { outputId: output.id, errorId: errors.id });
  for (const file of [output, errors]) {
    await insertFile(tx, scope, file);
    await deleteChunks(tx, scope, file.id);
  }
}

interface Written {
  readonly outputBytes: number;
  readonly errorBytes: number;
  readonly failed: number;
}

async function writeFiles(
  { db, env }: BatchWork,
  lease: Lease,
  { batch, results, ending }: { batch: WorkedBatch; results: Results; ending: BatchEnding },
): Promise<Written> {
  const writerOf = (file: NewFile) =>
    new ChunkWriter({ orgId: batch.org_id }, file.id, async (store) => {
      await lease.apply(store);
      await env.crashPoint('run-batch.chunk-written');
    });
  const [output, errors] = [writerOf(results.output), writerOf(results.errors)];
  let failed = 0;
  let after = 0;
  for (;;) {
    lease.signal.throwIfAborted();
    const items = await listEndedItems(db, batch, { after, ...PAGE });
    for (const item of items) {
      if (item.state === 'done' && item.result) await output.write(item.result);
      else {
        failed++;
        await errors.write(errorOf(batch, item, ending));
      }
    }
    const last = items.at(-1);
    if (!last) break;
    after = last.line;
  }
  await output.end();
  await errors.end();
  return { outputBytes: output.bytes, errorBytes: errors.bytes, failed };
}

function errorOf(batch: WorkedBatch, item: EndedItem, ending: BatchEnding): Buffer {
  return (
    item.result ?? unfinishedLine({ batchId: batch.id, line: item.line, customId: item.custom_id }, ending)
  );
}
