/** Asks that a kept volume be deleted after all: durable, and followed to its proven end. Asked twice it is asked once. */
import type { Transaction } from '#database/database.ts';
import { enqueue } from '#jobs/jobs.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { VolumeId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { RELEASE_VOLUME } from '../jobs/release-volume.ts';
import { logAction } from '../store/action-log.ts';
import { askVolumeDeletion, findVolumeRow, lockInstanceOfVolume } from '../store/kept-volumes.ts';

/** @throws volume.not_found, volume.in_use */
export async function deleteVolume(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  id: VolumeId,
  by: Actor,
): Promise<void> {
  const known = await findVolumeRow(tx, scope, id);
  if (!known) throw new AppError('volume.not_found');
  if (known.isDeleted) return;
  const { correlationId } = by;
  await enqueue(tx, { kind: RELEASE_VOLUME, subjectId: id, orgId: scope.orgId, correlationId });
  await lockInstanceOfVolume(tx, scope, id);
  const volume = await findVolumeRow(tx, scope, id);
  if (!volume || volume.isDeleted || volume.deleteAskedAtMs !== null) return;
  if (volume.instanceState !== 'terminated' && volume.instanceState !== 'archived') {
    throw new AppError('volume.in_use');
  }
  if (volume.usedBy !== null) {
    throw new AppError('volume.in_use', {
      publicMessage: `The volume is used by ${volume.usedBy}. Terminate that instance first.`,
    });
  }
  await askVolumeDeletion(tx, scope, id);
  await logAction(env, tx, scope, {
    instanceId: volume.instanceId,
    component: by.actor,
    code: 'REQUEST_DELETE_VOLUME',
    status: 'succeeded',
    metadata: { volume_id: id },
    correlationId,
  });
}
