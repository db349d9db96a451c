import type { Logger, LogLevel } from '#kernel/log.ts';

/** A logger of JSON lines. The agent's own, so that its bundle needs no package. */
export function jsonLog(
  write: (line: string) => void,
  now: () => number,
  fixed: Record<string, unknown> = {},
): Logger {
  const emit = (level: LogLevel, fields: Record<string, unknown>, message: string): void => {
    write(
      `${JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fixed, ...fields }, plainErrors)}\n`,
    );
  };
  return {
    debug: (fields, message) => emit('debug', fields, message),
    info: (fields, message) => emit('info', fields, message),
    warn: (fields, message) => emit('warn', fields, message),
    error: (fields, message) => emit('error', fields, message),
    with: (fields) => jsonLog(write, now, { ...fixed, ...fields }),
  };
}

function plainErrors(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.message;
  return typeof value === 'bigint' ? Number(value) : value;
}
