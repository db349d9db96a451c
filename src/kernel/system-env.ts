import { randomBytes, randomFillSync } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Env } from './env.ts';
import type { Logger } from './log.ts';

/**
 * The Env of real processes: the machine's clocks, the operating system's randomness, real sleeping.
 * This is the one place of the backend that may touch them.
 */
export function systemEnv(log: Logger, fault?: string): Env {
  const crash = parseFault(fault);
  const visits = new Map<string, number>();
  const build = (logger: Logger): Env => ({
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    random: {
      float: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
      bytes: pooledBytes,
    },
    log: logger,
    async sleep(ms, signal) {
      await delay(ms, undefined, signal ? { signal } : {});
    },
    async crashPoint(name) {
      if (!crash || crash.name !== name) return;
      const count = (visits.get(name) ?? 0) + 1;
      visits.set(name, count);
      if (count === crash.visit) process.kill(process.pid, 'SIGKILL');
    },
    with: (fields) => build(logger.with(fields)),
  });
  return build(log);
}

const POOL_BYTES = 8_192;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** From the operating system, fetched some thousands at a time: ids take a few, and there are many of them. */
function pooledBytes(length: number): Uint8Array {
  if (length > POOL_BYTES / 8) return randomBytes(length);
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = pool.slice(used, used + length);
  // Whoever reads this memory later finds nothing that was handed out.
  pool.fill(0, used, used + length);
  used += length;
  return bytes;
}

function parseFault(fault: string | undefined): { name: string; visit: number } | undefined {
  if (!fault) return undefined;
  const at = fault.lastIndexOf(':');
  return at < 0
    ? { name: fault, visit: 1 }
    : { name: fault.slice(0, at), visit: Number(fault.slice(at + 1)) || 1 };
}
