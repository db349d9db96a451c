/**
 * The life of one process: read the configuration, start, say that it is ready, stop.
 *
 * It stops on SIGTERM, on SIGINT, and when the channel to its supervisor closes, so nothing outlives a killed
 * supervisor. It has three seconds for that; a second signal ends it at once. Under a supervisor SIGINT is left to
 * the supervisor, because Ctrl-C reaches the whole group. An error nobody caught ends the process: what it held is
 * taken over by lease, and the supervisor starts it again.
 */
import { type Config, ConfigError } from '#config/config.ts';
import { readProcessConfig } from '#config/process-config.ts';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import type { Logger, LogLevel } from '#kernel/log.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { createLogger, type LogFormat } from './logger.ts';

export interface ProcessContext {
  readonly config: Config;
  readonly env: Env;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** The listening socket that the supervisor holds for this process; undefined when there is none. */
  heldSocket(): Promise<object | undefined>;
  /** Called when a successor serves: finish what is in hand; the process ends after that. */
  onDrain(drain: () => Promise<void>): void;
}

/** Ends what was started; resolves when nothing is left to lose. */
export type Stop = () => Promise<void> | void;

/** What a process tells its supervisor. */
export type ProcessReport =
  | { readonly ready: true }
  | { readonly failed: string }
  | { readonly wants: 'socket' };

/** What a supervisor tells its process. */
interface Order {
  readonly socket?: boolean;
  readonly drain?: boolean;
}

const STOP_LIMIT_MS = 3_000;
const SOCKET_LIMIT_MS = 2_000;
/** One wish may arrive twice, from the group and from the parent; a person's second one takes longer. */
export const SAME_SIGNAL_MS = 300;

/** Runs `start` and keeps the process until it is told to stop. Returns at once; the process lives on. */
export function runProcess(component: string, start: (context: ProcessContext) => Promise<Stop>): void {
  void live(component, start);
}

async function live(component: string, start: (context: ProcessContext) => Promise<Stop>): Promise<void> {
  let context: ProcessContext;
  const stopping = new AbortController();
  try {
    const config = readProcessConfig();
    const env = systemEnv(loggerFor(component, config), config.values.FAULT);
    context = {
      config,
      env,
      signal: stopping.signal,
      heldSocket: () => askForSocket(env),
      onDrain: (drain) => drainWhenTold(env, drain),
    };
  } catch (error) {
    return failToStart(undefined, component, error);
  }
  const { log } = context.env;
  const started = Promise.withResolvers<Stop>();
  endOnUncaughtErrors(log, stopping);
  endWhenAsked(context.env, stopping, started.promise);
  try {
    started.resolve(start(context));
    await started.promise;
    if (stopping.signal.aborted) return;
    log.info({ pid: process.pid }, 'ready');
    report({ ready: true });
  } catch (error) {
    if (!stopping.signal.aborted) failToStart(log, component, error);
  }
}

function loggerFor(component: string, config: Config): Logger {
  return createLogger({
    component,
    level: config.values.LOG_LEVEL as LogLevel,
    format: config.values.LOG_FORMAT as LogFormat,
  });
}

function endWhenAsked(env: Env, stopping: AbortController, started: Promise<Stop>): void {
  let askedAt = 0;
  const end = (reason: string) => {
    if (stopping.signal.aborted) {
      if (reason !== 'disconnect' && env.clock.monotonic() - askedAt > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    askedAt = env.clock.monotonic();
    env.log.debug({ reason }, 'stopping');
    stopping.abort(new Error(`stopped by ${reason}`));
    void env.sleep(STOP_LIMIT_MS).then(() => {
      env.log.warn({ limitMs: STOP_LIMIT_MS }, 'stopping took too long');
      process.exit(1);
    });
    started
      // A start that was given up because of this stop has nothing to stop.
      .catch(() => () => undefined)
      .then((stop: Stop) => stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          env.log.error({ error }, 'stopping failed');
          process.exit(1);
        },
      );
  };
  const isSupervised = process.send !== undefined;
  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => {
    if (!isSupervised) end('SIGINT');
  });
  if (isSupervised) process.on('disconnect', () => end('disconnect'));
}

/** Undefined without a supervisor, or with one that holds none. */
function askForSocket(env: Env): Promise<object | undefined> {
  if (!process.send) return Promise.resolve(undefined);
  const answered = Promise.withResolvers<object | undefined>();
  const listen = (order: Order, handle: object | undefined) => {
    if (order.socket !== undefined) answered.resolve(order.socket ? handle : undefined);
  };
  process.on('message', listen);
  report({ wants: 'socket' });
  // Another parent with a channel knows nothing of sockets.
  const limit = env.sleep(SOCKET_LIMIT_MS).then(() => undefined);
  return Promise.race([answered.promise, limit]).finally(() => process.off('message', listen));
}

function drainWhenTold(env: Env, drain: () => Promise<void>): void {
  process.on('message', (order: Order) => {
    if (!order.drain) return;
    env.log.info({}, 'a successor serves, this process finishes what it has in hand');
    void drain().then(() => process.kill(process.pid, 'SIGTERM'));
  });
}

function endOnUncaughtErrors(log: Logger, stopping: AbortController): void {
  const end = (error: unknown) => {
    log.error({ error }, 'an error was not caught, the process ends');
    stopping.abort(error);
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

/** One line for what a person can repair, the whole error for a defect. */
function failToStart(log: Logger | undefined, component: string, error: unknown): void {
  const line = oneLineFor(error);
  if (log && line === undefined) log.error({ error }, 'starting failed');
  else if (log) log.error({}, line ?? '');
  else process.stderr.write(`${component}: ${line ?? messageOf(error)}\n`);
  // The report must leave by the channel before the process does.
  report({ failed: line ?? messageOf(error) }, () => process.exit(1));
}

/** The sentence for a cause outside the program; undefined when the error is a defect of ours. */
export function oneLineFor(error: unknown): string | undefined {
  if (error instanceof StartError || error instanceof ConfigError) return error.message;
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const path = 'path' in error ? String(error.path) : '';
  switch (error.code) {
    case 'EADDRINUSE': {
      const port = 'port' in error ? String(error.port) : '?';
      return `port ${port} is taken by another process: end that one, or set PORT_OFFSET to use other ports`;
    }
    case 'EADDRNOTAVAIL':
      return 'the address to listen on is not one of this machine: correct BIND_HOST';
    case 'ENOSPC':
      return `the disk is full${path && ` (${path})`}: free some space and start again`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `no permission for ${path || error.message}: correct its owner or mode, or set INVENTIV_DATA_DIR to another place`;
    case 'ENOTDIR':
      return `${path || error.message} is not a directory: set INVENTIV_DATA_DIR to another place`;
    default:
      return undefined;
  }
}

function report(message: ProcessReport, onSent: () => void = () => undefined): void {
  if (process.send && process.connected) process.send(message, onSent);
  else onSent();
}
