import { readFileSync } from 'node:fs';
import { listRunning, type RunFile } from './run-files.ts';

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** The processes of a data directory as a table for people. */
export function processTable(dataDir: string): string {
  const running = listRunning(dataDir).sort((a, b) => a.name.localeCompare(b.name));
  if (running.length === 0) return `nothing runs with ${dataDir}\n`;
  const rows = [
    ['PROCESS', 'PID', 'STATE', 'RESTARTS', 'UP', 'MEMORY'],
    ...running.map((file) => [
      file.name,
      String(file.pid),
      file.isReady ? 'ready' : 'starting',
      String(file.restarts),
      uptimeOf(file),
      `${Math.round(memoryOf(file.pid) / 1024 ** 2)} MB`,
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const text = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

function uptimeOf(file: RunFile): string {
  const sinceBoot = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  const seconds = Math.max(
    0,
    Math.floor(sinceBoot - Number(file.started.split(':').at(-1)) / TICKS_PER_SECOND),
  );
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0
    ? `${hours} h ${minutes} min`
    : minutes > 0
      ? `${minutes} min ${seconds % 60} s`
      : `${seconds} s`;
}

function memoryOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}
