/** Memory of processes, as the kernel counts it. */
import { readFileSync } from 'node:fs';

/** Megabytes that each of these processes, without its children, has in memory now; 0 for one that is gone. */
export function residentMb(pids: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, residentMbOf(pid)]));
}

function residentMbOf(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib ?? 0) / 1024);
  } catch {
    return 0;
  }
}
