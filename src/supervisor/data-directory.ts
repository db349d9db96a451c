import { accessSync, constants, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError } from '#config/start-error.ts';

const FREE_BYTES_MIN = 100 * 1024 * 1024;

/** Makes the data directory if needed and sees that it can be used. @throws StartError */
export function requireDataDirectory(path: string): void {
  try {
    makeDirectory(path);
    readdirSync(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new StartError(`the data directory ${path} ${reasonFor(code)}, or set INVENTIV_DATA_DIR`, {
      cause: error,
    });
  }
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < FREE_BYTES_MIN) {
    throw new StartError(
      `the disk of ${path} is full (${Math.floor((bavail * bsize) / 1024 ** 2)} MB left, ${FREE_BYTES_MIN / 1024 ** 2} are needed): free some space, or set INVENTIV_DATA_DIR`,
    );
  }
}

/** Level by level, because Node's own recursion never ends where a file system refuses with ENOENT. */
function makeDirectory(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  mkdirSync(path);
}

function reasonFor(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'cannot be read or written: correct its owner or mode';
    case 'EROFS':
      return 'is on a file system that is read-only: mount it for writing';
    case 'EEXIST':
    case 'ENOTDIR':
      return 'is a file, or lies below one: move that away';
    case 'ENOSPC':
      return 'is on a full disk: free some space';
    default:
      return `cannot be used (${code}): look at it`;
  }
}
