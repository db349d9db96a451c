/** Removes what is kept for a time only, some at a time: files, broken uploads, batches that are long over. */
import type { Settings } from '#config/settings.ts';
import type { Database } from '#database/database.ts';
import type { JobHandler } from '#jobs/jobs.ts';
import { deleteOldBatches } from '../batch-store.ts';
import { deleteOldFiles } from '../file-store.ts';
import { EXPIRE_FILES } from './batch-kinds.ts';

const EVERY_MS = 600_000;
const SOON_MS = 200;
const FILES = 10;
const BATCHES = 500;
/** Longer than any upload may take. */
const ABANDONED_MS = 4 * 3_600_000;

export function expireFilesHandler(db: Database, settings: Settings): JobHandler {
  return {
    kind: EXPIRE_FILES,
    neverGivesUp: true,
    async run() {
      const files = await deleteOldFiles(db, { limit: FILES, abandonedMs: ABANDONED_MS });
      const retentionHours = settings.get('BATCH_RETENTION_HOURS');
      const batches = await deleteOldBatches(db, { limit: BATCHES, retentionHours });
      return { againInMs: files === FILES || batches === BATCHES ? SOON_MS : EVERY_MS };
    },
  };
}
