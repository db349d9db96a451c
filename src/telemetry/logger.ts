/**
 * Log lines: JSON with `time` (ISO), `level`, `component`, `message` and the fields, or pretty ones on a terminal.
 *
 * Lines are written synchronously, so the last words of a dying process are kept. A reader that went away (the
 * supervisor was killed) is ignored: the process ends by its own means. Secrets print themselves as `[secret]`.
 */
import type { Writable } from 'node:stream';
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import pretty from 'pino-pretty';
import type { Logger, LogLevel } from '#kernel/log.ts';

export type LogFormat = 'auto' | 'json' | 'pretty';

export interface LoggerOptions {
  readonly component: string;
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Standard output when absent. */
  readonly stream?: Writable;
}

const CREDENTIAL_FIELDS = ['authorization', 'cookie', 'password', 'token', 'secret', 'credential'];

export function createLogger(options: LoggerOptions): Logger {
  const base = pino(
    {
      level: options.level,
      base: { component: options.component },
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
      redact: {
        paths: CREDENTIAL_FIELDS.flatMap((name) => [name, `headers.${name}`]),
        censor: '[secret]',
      },
    },
    openStream(options),
  );
  return wrap(base);
}

/** Pretty form of JSON log lines, for terminals. */
export function prettyStream(target: Writable | number): DestinationStream {
  return pretty({
    destination: target,
    sync: true,
    messageKey: 'message',
    ignore: 'component',
    messageFormat: '{component}: {message}',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
}

function openStream(options: LoggerOptions): DestinationStream {
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && isTerminal(options.stream));
  if (isPretty) return prettyStream(options.stream ?? 1);
  if (options.stream) return options.stream;
  const stdout = destination({ fd: 1, sync: true });
  stdout.on('error', () => undefined);
  return stdout;
}

function isTerminal(stream: Writable | undefined): boolean {
  return stream ? 'isTTY' in stream && stream.isTTY === true : process.stdout.isTTY === true;
}

function wrap(logger: pino.Logger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    with: (fields) => wrap(logger.child(fields)),
  };
}

/** Anything thrown, with its chain of causes; other values as they are. */
export function describeError(value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const code = 'code' in value ? { code: value.code } : {};
  const cause = value.cause === undefined ? {} : { cause: describeError(value.cause) };
  return { name: value.name, message: value.message, ...code, stack: value.stack, ...cause };
}
