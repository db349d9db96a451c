import type { LogLineLevel } from './log-limits.ts';

const INSTALL_LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (.*)$/s;

/**
 * A line of `install.log`. The script sends its lines itself until there is an agent, which then sends them all: both
 * ways are read here, so that a line that comes by both is known to be the same. The time is NaN where there is none.
 */
export function readInstallLine(text: string): {
  readonly level: LogLineLevel;
  readonly line: string;
  readonly atMs: number;
} {
  const [, time = '', line = text] = INSTALL_LINE.exec(text) ?? [];
  return { level: levelOf(line), line, atMs: Date.parse(time) };
}

function levelOf(line: string): LogLineLevel {
  if (line.startsWith('failed')) return 'error';
  return line.startsWith('stderr: ') ? 'warn' : 'info';
}
