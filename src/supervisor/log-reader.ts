import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';

const TAIL_BYTES = 64 * 1024;
const FOLLOW_EVERY_MS = 200;

export interface LogReaderOptions {
  readonly directory: string;
  /** One process; all when absent. */
  readonly process?: string | undefined;
  readonly linesMax: number;
  readonly write: (line: string) => void;
}

interface OpenLog {
  readonly path: string;
  readonly name: string;
  position: number;
  rest: string;
}

/** Shows the last lines of the logs in their order, then, until aborted, what is added. @throws StartError */
export async function showLogs(env: Env, options: LogReaderOptions, follow?: AbortSignal): Promise<void> {
  const logs = findLogs(options);
  const lines = logs.flatMap((log) => {
    log.position = Math.max(0, sizeOf(log.path) - TAIL_BYTES);
    const isCut = log.position > 0;
    return readMore(log).slice(isCut ? 1 : 0);
  });
  for (const line of lines.sort(byTime).slice(-options.linesMax)) options.write(line);
  while (follow && !follow.aborted) {
    await env.sleep(FOLLOW_EVERY_MS, follow).catch(() => undefined);
    for (const line of logs.flatMap(readMore).sort(byTime)) options.write(line);
  }
}

function findLogs(options: LogReaderOptions): OpenLog[] {
  const files = existsSync(options.directory) ? readdirSync(options.directory) : [];
  const names = files.filter((file) => file.endsWith('.log')).map((file) => file.slice(0, -'.log'.length));
  const wanted = names.filter(
    (name) => (options.process ?? name) === name && (options.process || name !== 'postgres'),
  );
  if (wanted.length === 0) {
    throw new StartError(
      `there are no logs${options.process ? ` of ${options.process}` : ''} in ${options.directory}${names.length > 0 ? `, only of ${names.join(', ')}` : ''}`,
    );
  }
  return wanted.map((name) => ({
    path: join(options.directory, `${name}.log`),
    name,
    position: 0,
    rest: '',
  }));
}

function readMore(log: OpenLog): string[] {
  let fd: number;
  try {
    fd = openSync(log.path, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(fd);
    // A smaller file is a new one: the old was put aside.
    if (size < log.position) log.position = 0;
    const buffer = Buffer.alloc(size - log.position);
    log.position += readSync(fd, buffer, 0, buffer.length, log.position);
    const lines = (log.rest + buffer.toString('utf8')).split('\n');
    log.rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '');
  } finally {
    closeSync(fd);
  }
}

function sizeOf(path: string): number {
  const fd = openSync(path, 'r');
  try {
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** Lines without a time stay where they are. */
function byTime(a: string, b: string): number {
  const [left, right] = [timeOf(a), timeOf(b)];
  return left && right ? left.localeCompare(right) : 0;
}

function timeOf(line: string): string | undefined {
  return /"time":"([^"]+)"/.exec(line)?.[1];
}
