import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { sep } from 'node:path';
import type { Env } from '#kernel/env.ts';

/**
 * Finding and ending the processes of machines. A process belongs to a machine when its environment names the
 * machine's root or it works inside that directory: both are facts of the living process, so a reused process
 * number cannot be mistaken for one of ours, as it could be with a number kept in a file.
 */
export interface MachineProcess {
  readonly pid: number;
  readonly serverId: string;
}

export const ROOT_VARIABLE = 'INVENTIV_MACHINE_ROOT';

/** Every living process of a machine whose disk is under `serversDirectory`. */
export function findMachineProcesses(serversDirectory: string): MachineProcess[] {
  const found: MachineProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const serverId = ownerOf(name, serversDirectory);
    if (serverId) found.push({ pid: Number(name), serverId });
  }
  return found;
}

/** Ends them at once and waits until they are gone. Gives those that would not go. */
export function endProcesses(env: Env, processes: readonly MachineProcess[]): Promise<number[]> {
  const pids = processes.map(({ pid }) => pid);
  for (const pid of pids) sendKill(pid);
  return waitEnded(env, pids);
}

/** Waits for killed processes, two seconds at most. */
async function waitEnded(env: Env, pids: readonly number[]): Promise<number[]> {
  const deadline = env.clock.monotonic() + 2_000;
  let left = pids.filter(isAlive);
  while (left.length > 0 && env.clock.monotonic() < deadline) {
    await env.sleep(5);
    left = left.filter(isAlive);
  }
  return left;
}

/**
 * Ends a process with its group and all that descends from it, in whatever group: an agent may lead its engine in a
 * group of its own. Descendants are read before the first kill, because orphans have no parent to be found by.
 */
export async function endTree(env: Env, pid: number): Promise<void> {
  const descendants = descendantsOf(pid);
  sendKill(-pid);
  for (const descendant of descendants) sendKill(descendant);
  await waitEnded(env, descendants);
}

/** `pid` below zero is a process group. */
export function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw error;
  }
}

function descendantsOf(pid: number): number[] {
  const found: number[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const children = read(`/proc/${next}/task/${next}/children`) ?? '';
    for (const child of children.split(' ').filter(Boolean).map(Number)) {
      found.push(child);
      open.push(child);
    }
  }
  return found;
}

function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  // The state follows the command, which is in parentheses and may contain anything. Z is dead, only not yet reaped.
  return stat !== undefined && stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

function ownerOf(pid: string, serversDirectory: string): string | undefined {
  const environment = read(`/proc/${pid}/environ`);
  const marker = `${ROOT_VARIABLE}=`;
  const root = environment?.split('\0').find((entry) => entry.startsWith(marker));
  return (
    machineOf(root?.slice(marker.length), serversDirectory) ??
    machineOf(readLink(`/proc/${pid}/cwd`), serversDirectory)
  );
}

function machineOf(path: string | undefined, serversDirectory: string): string | undefined {
  if (!path?.startsWith(serversDirectory + sep)) return undefined;
  return path.slice(serversDirectory.length + 1).split(sep)[0];
}

/** Undefined when the process is gone or not ours to look at. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
