/** CPU time of processes, as the kernel counts it. */
import { readdirSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** Of children that ended. */
  readonly ended: number;
}

/** Seconds used so far by each of these processes with everything below it. */
export function cpuSeconds(pids: Readonly<Record<string, number>>): Record<string, number> {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) stats.set(Number(name), stat);
  }
  const below = Map.groupBy(stats, ([, stat]) => stat.parent);
  const sum = (pid: number): number => {
    const stat = stats.get(pid);
    const children = (below.get(pid) ?? []).reduce((total, [child]) => total + sum(child), 0);
    return stat ? stat.own + stat.ended + children : children;
  };
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, sum(pid) / TICKS_PER_SECOND]));
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything; the fields follow its end.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (at: number) => Number(fields[at - 3]);
    return { parent: field(4), own: field(14) + field(15), ended: field(16) + field(17) };
  } catch {
    return undefined;
  }
}
