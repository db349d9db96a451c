/**
 * Gives kept volumes to an instance that is being ordered, in the same transaction as the order. A volume is used by
 * one instance at a time: it is free again when that one has ended, which is written only when its server is proven
 * gone. Whoever deletes a volume or gives it away holds the row of the instance that it was made for, so that of two
 * one comes first.
 */
import type { Transaction } from '#database/database.ts';
import { AppError } from '#kernel/errors.ts';
import type { InstanceId, ProviderAccountId, VolumeId } from '#kernel/ids.ts';
import type { OrgScope } from '#kernel/scope.ts';
import { findVolumeRow, lockInstanceOfVolume, type OwnVolume, setUser } from '../store/kept-volumes.ts';

export interface VolumeUse {
  readonly instanceId: InstanceId;
  readonly volumeIds: readonly VolumeId[];
  readonly providerId: string;
  readonly accountId: ProviderAccountId | null;
  readonly zone: string;
}

/** @throws volume.not_found, volume.ending, volume.in_use, volume.not_attachable */
export async function attachVolumes(tx: Transaction, scope: OrgScope, use: VolumeUse): Promise<void> {
  // In one order, so that two orders that name the same ones do not wait for each other.
  for (const id of [...new Set(use.volumeIds)].sort()) {
    await lockInstanceOfVolume(tx, scope, id);
    const volume = await findVolumeRow(tx, scope, id);
    if (!volume) throw new AppError('volume.not_found');
    refuse(volume, use);
    await setUser(tx, scope, id, use.instanceId);
  }
}

function refuse(volume: OwnVolume, use: VolumeUse): void {
  const { id } = volume;
  if (volume.isDeleted || volume.deleteAskedAtMs !== null || volume.deleteCalledAtMs !== null) {
    throw new AppError('volume.ending', {
      publicMessage: `The volume ${id} is deleted or being deleted. Leave it out of \`volume_ids\`.`,
    });
  }
  if (volume.instanceState !== 'terminated' && volume.instanceState !== 'archived') {
    throw new AppError('volume.in_use', {
      publicMessage: `The volume ${id} belongs to ${volume.instanceId}, which has not ended. Terminate that instance first.`,
    });
  }
  if (volume.usedBy !== null) {
    throw new AppError('volume.in_use', {
      publicMessage: `The volume ${id} is used by ${volume.usedBy}. Terminate that instance first.`,
    });
  }
  if (volume.isBoot || !volume.isKept) {
    throw notAttachable(`The volume ${id} is none that was kept. Name only kept data volumes.`);
  }
  const isThere =
    volume.providerId === use.providerId &&
    volume.accountId === use.accountId &&
    volume.zone === use.zone &&
    volume.missingSinceMs === null;
  if (isThere) return;
  throw notAttachable(
    volume.missingSinceMs === null
      ? `The volume ${id} is at ${volume.providerId} in ${volume.zone}${volume.accountId === null ? '' : ` in the account ${volume.accountId}`}. Order the machine there, or leave the volume out.`
      : `The provider does not show the volume ${id} at the moment. Leave it out, or try again later.`,
  );
}

export function notAttachable(publicMessage: string): AppError {
  return new AppError('volume.not_attachable', { publicMessage });
}
