import type { Settings } from '#config/settings.ts';
import type { StorageFigures } from './storage.ts';

const HOUR_S = 3_600;

/** Read at each use. */
export function storageFigures(settings: Settings): StorageFigures {
  return {
    get fileBytesMax() {
      return settings.get('FILE_BYTES_MAX');
    },
    get orgBytesMax() {
      return settings.get('FILES_BYTES_MAX');
    },
    get fileLifeSeconds() {
      return settings.get('FILE_RETENTION_HOURS') * HOUR_S;
    },
    get batchesOpenMax() {
      return settings.get('BATCHES_OPEN_MAX');
    },
  };
}
