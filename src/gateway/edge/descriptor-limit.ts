import { readFileSync } from 'node:fs';

/** Kept for files, the database and the metrics. */
const OTHER_DESCRIPTORS = 128;

/**
 * Clients' connections that this process can serve: each may need one more to a worker. Undefined where the system
 * does not tell.
 */
export function connectionsByDescriptors(limits = readLimits()): number | undefined {
  const limit = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return limit === undefined ? undefined : Math.max(1, Math.floor((Number(limit) - OTHER_DESCRIPTORS) / 2));
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
