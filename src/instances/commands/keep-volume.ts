/** Whether a data volume survives the end of its instance. It can be said until that end has begun. */
import type { Transaction } from '#database/database.ts';
import { noteChange } from '#kernel/change-notes.ts';
import type { Env } from '#kernel/env.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId, VolumeId } from '#kernel/ids.ts';
import type { Actor, OrgScope } from '#kernel/scope.ts';
import { logAction } from '../store/action-log.ts';
import { announce } from '../store/instances.ts';
import { findVolumeRow, lockInstanceOfVolume, type OwnVolume, setKept } from '../store/kept-volumes.ts';

/** @throws volume.not_found, volume.boot, volume.ending */
export async function keepVolume(
  env: Pick<Env, 'clock' | 'random'>,
  tx: Transaction,
  scope: OrgScope,
  wish: { readonly instanceId: InstanceId; readonly volumeId: VolumeId; readonly keep: boolean },
  by: Actor,
): Promise<void> {
  await lockInstanceOfVolume(tx, scope, wish.volumeId);
  const volume = await findVolumeRow(tx, scope, wish.volumeId);
  if (!volume || volume.instanceId !== wish.instanceId) throw new AppError('volume.not_found');
  if (volume.isKept === wish.keep && !volume.isDeleted) return;
  refuse(volume, wish.keep);
  noteChange({ before: { keep: volume.isKept }, after: { keep: wish.keep } });
  await setKept(tx, scope, volume.id, wish.keep);
  await logAction(env, tx, scope, {
    instanceId: volume.instanceId,
    component: by.actor,
    code: 'REQUEST_KEEP_VOLUME',
    status: 'succeeded',
    metadata: { volume_id: volume.id, keep: wish.keep },
    correlationId: by.correlationId,
  });
  await announce(tx, scope, volume.instanceId);
}

function refuse(volume: OwnVolume, keep: boolean): void {
  if (volume.isDeleted) {
    throw new AppError('volume.ending', { publicMessage: 'This volume is deleted. Its row is its history.' });
  }
  if (keep && volume.isBoot) throw new AppError('volume.boot');
  if (volume.deleteAskedAtMs !== null || volume.deleteCalledAtMs !== null)
    throw new AppError('volume.ending');
  const { instanceState } = volume;
  if (instanceState === 'terminated' || instanceState === 'archived') {
    throw new AppError('volume.ending', {
      publicMessage: `The instance has ended and the volume was kept. Delete it with DELETE /api/v1/volumes/${volume.id}.`,
    });
  }
  // Its volumes may be going this very moment.
  if (instanceState === 'terminating' || instanceState === 'failed') throw new AppError('volume.ending');
}
