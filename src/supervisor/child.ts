/**
 * One process of the stack, kept alive: started, started again when it dies, stopped.
 *
 * It is ready when it says so over its channel. A process that cannot start the first time says why, and that is the
 * supervisor's own failure; later failures are repeated with growing delays, because what it needs may come back.
 * Children are leaders of their own session: Ctrl-C in the terminal reaches the supervisor alone, and a killed
 * supervisor is noticed by the closed channel.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import { LogFile } from './log-file.ts';
import { identify } from './process-table.ts';
import { removeRunFile, writeRunFile } from './run-files.ts';

export interface ChildOptions {
  readonly name: string;
  readonly file: string;
  readonly arguments?: readonly string[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  readonly logFile: string;
  /** Called with each line that the process prints. */
  readonly onLine: (name: string, line: string) => void;
}

export interface Child {
  readonly name: string;
  /** Resolves at the first readiness. @throws StartError when the first start fails */
  readonly ready: Promise<void>;
  /** SIGTERM, then SIGKILL after the limit. Resolves when it is gone. */
  stop(limitMs: number): Promise<void>;
  /** At once, without asking. */
  kill(): void;
}

interface Report {
  readonly ready?: boolean;
  readonly failed?: string;
}

const RESTART: Backoff = { firstMs: 100, maxMs: 5_000 };
const STABLE_AFTER_MS = 10_000;

export function superviseChild(env: Env, options: ChildOptions): Child {
  const first = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const log = new LogFile(options.logFile);
  let running: ChildProcess | undefined;
  const live = async () => {
    let failures = 0;
    for (let restarts = 0; !stopping.signal.aborted; restarts++) {
      const startedAt = env.clock.monotonic();
      running = launch(options, log);
      const outcome = await follow(running, options, restarts, first.resolve);
      if (stopping.signal.aborted) break;
      if (restarts === 0 && !outcome.wasReady) return first.reject(startFailure(options, outcome));
      failures = env.clock.monotonic() - startedAt > STABLE_AFTER_MS ? 1 : failures + 1;
      const delayMs = backoffMs(RESTART, failures, env.random);
      env.log.warn(
        { process: options.name, ended: outcome.end, delayMs },
        'a process died, it is started again',
      );
      await env.sleep(delayMs, stopping.signal).catch(() => undefined);
    }
  };
  const ended = live().finally(() => {
    removeRunFile(options.dataDir, options.name);
    log.close();
  });
  ended.catch(first.reject);
  return {
    name: options.name,
    ready: first.promise,
    async stop(limitMs) {
      stopping.abort();
      running?.kill('SIGTERM');
      const isGone = Promise.allSettled([ended]);
      await Promise.race([isGone, env.sleep(limitMs)]);
      running?.kill('SIGKILL');
      await isGone;
    },
    kill() {
      stopping.abort();
      running?.kill('SIGKILL');
    },
  };
}

interface Outcome {
  readonly wasReady: boolean;
  readonly failure: string | undefined;
  /** `code 1` or `SIGKILL`. */
  readonly end: string;
}

function launch(options: ChildOptions, log: LogFile): ChildProcess {
  const child = fork(options.file, options.arguments ?? [], {
    env: { ...options.variables },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      log.append(line);
      options.onLine(options.name, line);
    });
  }
  return child;
}

/** Resolves when the process has ended. */
function follow(
  child: ChildProcess,
  options: ChildOptions,
  restarts: number,
  onReady: () => void,
): Promise<Outcome> {
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  const note = (isReady: boolean) => {
    if (identity) writeRunFile(options.dataDir, { name: options.name, ...identity, restarts, isReady });
  };
  note(false);
  let wasReady = false;
  let failure: string | undefined;
  child.on('message', (message: Report) => {
    if (message.failed !== undefined) failure = message.failed;
    if (!message.ready) return;
    wasReady = true;
    note(true);
    onReady();
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ wasReady, failure: error.message, end: 'not started' }));
    child.once('exit', (code, signal) => resolve({ wasReady, failure, end: signal ?? `code ${code}` }));
  });
}

function startFailure({ name, logFile }: ChildOptions, outcome: Outcome): StartError {
  return new StartError(
    `${name}: ${outcome.failure ?? `ended at start with ${outcome.end}, see ${logFile}`}`,
  );
}
