/**
 * Processes of this machine as /proc tells them. A pid alone names nobody for long, because the kernel gives it
 * away again; together with the start time and the boot it names one process for ever.
 */
import { readFileSync } from 'node:fs';
import type { Env } from '#kernel/env.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** Boot id and start time in clock ticks since that boot. */
  readonly started: string;
}

/** The identity of a living process; undefined when there is none, or when it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (!fields || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, started: `${readProc('/proc/sys/kernel/random/boot_id')?.trim()}:${fields[19]}` };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** The words of a living process's command line; empty when there is none. */
export function commandLineOf(pid: number): string[] {
  return readProc(`/proc/${pid}/cmdline`)?.split('\0').slice(0, -1) ?? [];
}

export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Resolves true when the process is gone, false when the limit passes first. */
export async function waitForEnd(env: Env, identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  const deadline = env.clock.monotonic() + limitMs;
  while (isAlive(identity)) {
    if (env.clock.monotonic() >= deadline) return false;
    await env.sleep(10);
  }
  return true;
}

/** Asks the process to end, and ends it by force when the limit passes. */
export async function endProcess(env: Env, identity: ProcessIdentity, limitMs: number): Promise<void> {
  signalProcess(identity, 'SIGTERM');
  if (await waitForEnd(env, identity, limitMs)) return;
  signalProcess(identity, 'SIGKILL');
  await waitForEnd(env, identity, 2_000);
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
