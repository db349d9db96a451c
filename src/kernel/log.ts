export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log lines. Fields first, a short sentence second; never a secret in either. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
  with(fields: Record<string, unknown>): Logger;
}

/** A logger that drops everything, for tests of pure code. */
export const SILENT_LOG: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with() {
    return SILENT_LOG;
  },
};
