import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import type { Env } from '#kernel/env.ts';

const RETRY_MS = 50;

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Another process lives in the directory. */
export class DirectoryHeldError extends Error {
  override readonly name = 'DirectoryHeldError';

  constructor(directory: string) {
    super(`another gateway process uses ${directory}: end it, or choose another INVENTIV_DATA_DIR`);
  }
}

/**
 * Keeps a second process out of a directory. The lock is a name in Linux's abstract socket space: the kernel gives it
 * to one process at a time and takes it back the moment that process dies, however it dies. No file is left behind.
 * @throws DirectoryHeldError when it is not free within `waitMs`
 */
export async function lockDirectory(env: Env, directory: string, waitMs: number): Promise<DirectoryLock> {
  const name = `\0inventiv-journal-${createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 32)}`;
  const deadline = env.clock.monotonic() + waitMs;
  for (;;) {
    const lock = await tryLock(name);
    if (lock) return lock;
    if (env.clock.monotonic() >= deadline) throw new DirectoryHeldError(directory);
    await env.sleep(RETRY_MS);
  }
}

function tryLock(name: string): Promise<DirectoryLock | undefined> {
  return new Promise((resolveLock, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolveLock(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolveLock({ release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
