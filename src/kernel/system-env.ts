import { randomBytes, randomFillSync } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Env } from './env.ts';
import type { Logger } from './log.ts';

/**
 * The Env of real processes: the machine's clocks, the operating system's randomness, real sleeping.
 * This is the one place of the backend that may touch them.
 *
 * @param fault tests only: `name:n` ends the process at the n-th visit of that crash point; `@path` reads what to do
 *   from a file, at every visit (see `Order`)
 */
export function systemEnv(log: Logger, fault?: string): Env {
  const visit = crashPoints(fault);
  const build = (logger: Logger): Env => ({
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    random: {
      float: pooledFloat,
      bytes: pooledBytes,
    },
    log: logger,
    async sleep(ms, signal) {
      await delay(ms, undefined, signal ? { signal } : {});
    },
    async crashPoint(name) {
      visit(name);
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

/** 48 bits of the pool: enough for a choice, and a call to the operating system for each would cost more. */
function pooledFloat(): number {
  const bytes = pooledBytes(6);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUIntBE(0, 6) / 2 ** 48;
}

function crashPoints(fault: string | undefined): (name: string) => void {
  if (!fault) return () => undefined;
  if (fault.startsWith('@')) return followFile(fault.slice(1));
  const at = fault.lastIndexOf(':');
  const wanted = at < 0 ? fault : fault.slice(0, at);
  let left = at < 0 ? 1 : Number(fault.slice(at + 1)) || 1;
  return (name) => {
    if (name !== wanted) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

/** What the file of an armed test says: `record` lists the points that are visited, `points` end or stop a visitor. */
interface Order {
  readonly record?: boolean;
  readonly points?: Readonly<Record<string, 'SIGKILL' | 'SIGSTOP'>>;
}

/** Of several processes that visit an armed point the one that takes the file away is hit, once. */
function followFile(path: string): (name: string) => void {
  const seen = new Set<string>();
  return (name) => {
    const order = readOrder(path);
    if (order?.record && !seen.has(name)) {
      seen.add(name);
      appendFileSync(`${path}.seen`, `${name}\n`);
    }
    const signal = order?.points?.[name];
    if (!signal || !isTaken(path)) return;
    appendFileSync(`${path}.hits`, `${JSON.stringify({ name, signal, pid: process.pid })}\n`);
    process.kill(process.pid, signal);
  };
}

function readOrder(path: string): Order | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Order;
  } catch {
    return undefined;
  }
}

function isTaken(path: string): boolean {
  try {
    renameSync(path, `${path}.taken`);
    return true;
  } catch {
    return false;
  }
}
