/** Works one batch off, a turn at a time. */
export const RUN_BATCH = 'run-batch';
/** Removes files and batches whose time is over. */
export const EXPIRE_FILES = 'expire-files';
