import { readFile, statfs } from 'node:fs/promises';

export interface SystemReading {
  readonly cpuBusyTicks: number | null;
  readonly cpuTotalTicks: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryTotalBytes: number | null;
  readonly diskUsedBytes: number | null;
  readonly diskTotalBytes: number | null;
  readonly networkRxBytes: number | null;
  readonly networkTxBytes: number | null;
}

/** The machine from /proc, and the disk below `diskPath`. What cannot be read is null. */
export async function probeSystem(diskPath: string): Promise<SystemReading> {
  const [stat, memory, network, disk] = await Promise.all([
    readOrEmpty('/proc/stat'),
    readOrEmpty('/proc/meminfo'),
    readOrEmpty('/proc/net/dev'),
    statfs(diskPath).catch(() => undefined),
  ]);
  return {
    ...parseCpu(stat),
    ...parseMemory(memory),
    ...parseNetwork(network),
    diskUsedBytes: disk ? (disk.blocks - disk.bfree) * disk.bsize : null,
    diskTotalBytes: disk ? disk.blocks * disk.bsize : null,
  };
}

export function parseCpu(stat: string): Pick<SystemReading, 'cpuBusyTicks' | 'cpuTotalTicks'> {
  const match = /^cpu +([\d ]+)$/m.exec(stat);
  if (!match?.[1]) return { cpuBusyTicks: null, cpuTotalTicks: null };
  // user nice system idle iowait irq softirq steal; guest time is already counted in user.
  const ticks = match[1].trim().split(' ').map(Number).slice(0, 8);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { cpuBusyTicks: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), cpuTotalTicks: total };
}

export function parseMemory(meminfo: string): Pick<SystemReading, 'memoryUsedBytes' | 'memoryTotalBytes'> {
  const total = kibibytes(meminfo, 'MemTotal');
  const available = kibibytes(meminfo, 'MemAvailable');
  return {
    memoryTotalBytes: total,
    memoryUsedBytes: total === null || available === null ? null : total - available,
  };
}

export function parseNetwork(netDev: string): Pick<SystemReading, 'networkRxBytes' | 'networkTxBytes'> {
  let rx = 0;
  let tx = 0;
  let interfaces = 0;
  for (const line of netDev.split('\n')) {
    const [name, counters] = line.split(':');
    if (counters === undefined || name?.trim() === 'lo') continue;
    const cells = counters.trim().split(/\s+/).map(Number);
    rx += cells[0] || 0;
    tx += cells[8] || 0;
    interfaces += 1;
  }
  return interfaces === 0
    ? { networkRxBytes: null, networkTxBytes: null }
    : { networkRxBytes: rx, networkTxBytes: tx };
}

function kibibytes(meminfo: string, name: string): number | null {
  const match = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo);
  return match ? Number(match[1]) * 1024 : null;
}

/** Not Linux, or a confined process: the figures are simply unknown. */
async function readOrEmpty(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
