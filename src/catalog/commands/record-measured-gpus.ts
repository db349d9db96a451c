/**
 * What a machine's worker says its GPUs have, kept for the type: drivers keep a part of what is sold. A figure that
 * no machine of the type could have is left out, so that no machine can make a type look large or small for others.
 */
import type { Transaction } from '#database/database.ts';
import { upsertMeasuredGpus } from '../offer-store.ts';

/** Of the nominal figure: error correction and drivers take up to a tenth, and some sell less than there is. */
const PLAUSIBLE = { least: 0.8, most: 1.1 } as const;

export async function recordMeasuredGpus(
  tx: Transaction,
  machine: { readonly instanceId: string; readonly instanceTypeId: string },
  gpus: readonly { readonly memory_bytes: number }[],
): Promise<void> {
  const smallest = Math.floor(Math.min(...gpus.map((gpu) => gpu.memory_bytes)));
  if (!Number.isSafeInteger(smallest) || smallest <= 0) return;
  const { instanceId, instanceTypeId } = machine;
  const measured = { instanceId, instanceTypeId, gpuCount: gpus.length, vramBytesPerGpu: smallest };
  await upsertMeasuredGpus(tx, measured, PLAUSIBLE);
}
