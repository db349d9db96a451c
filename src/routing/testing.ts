import { KEY_SCOPES } from '#contracts/api-keys.ts';
import { NO_LIMITS } from './limits/limits.ts';
import type { SnapshotKey } from './snapshot.ts';

/** A key that may do everything, but for what is named. */
export function keyOf(
  fields: Pick<SnapshotKey, 'id' | 'orgId' | 'userId' | 'tokenHash'> & Partial<SnapshotKey>,
): SnapshotKey {
  return {
    expiresAtMs: null,
    scopes: KEY_SCOPES,
    models: null,
    limits: NO_LIMITS,
    priorityMax: 'normal',
    waitsForStart: false,
    ...fields,
  };
}
