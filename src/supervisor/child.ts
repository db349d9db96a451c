/**
 * One process of the stack, kept alive: started, started again when it dies, stopped.
 *
 * It is ready when it says so over its channel. A process that cannot start the first time says why, and that is the
 * supervisor's own failure; later failures are repeated with growing delays, because what it needs may come back.
 * Children are leaders of their own session: Ctrl-C in the terminal reaches the supervisor alone, and a killed
 * supervisor is noticed by the closed channel. A process with a held socket can be replaced without a gap.
 */
import { type ChildProcess, fork, type SendHandle } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import type { HeldSocket } from './held-socket.ts';
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
  /** Handed to each generation of the process that asks for it. */
  readonly socket?: HeldSocket | undefined;
  readonly restart?: Backoff;
  /** Called with each line that the process prints. */
  readonly onLine: (name: string, line: string) => void;
}

export interface Child {
  readonly name: string;
  /** Resolves at the first readiness. @throws StartError when the first start fails */
  readonly ready: Promise<void>;
  /**
   * Starts the next generation, and when that is ready lets the present one finish what it has in hand. Without a held
   * socket two cannot serve at once: then the present one is ended first.
   * @throws StartError when the next one does not become ready; the present one serves on
   */
  replace(): Promise<void>;
  /** SIGTERM, then SIGKILL after the limit. Resolves when it is gone. */
  stop(limitMs: number): Promise<void>;
  /** At once, without asking. */
  kill(): void;
}

interface Report {
  readonly ready?: boolean;
  readonly failed?: string;
  readonly wants?: 'socket';
}

const RESTART: Backoff = { firstMs: 100, maxMs: 5_000 };
const STABLE_AFTER_MS = 10_000;
const READY_WITHIN_MS = 30_000;

export function superviseChild(env: Env, options: ChildOptions): Child {
  return new SupervisedChild(env, options);
}

class SupervisedChild implements Child {
  readonly #env: Env;
  readonly #options: ChildOptions;
  readonly #first = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  readonly #log: LogFile;
  readonly #ended: Promise<void>;
  readonly #draining = new Set<Generation>();
  #current: Generation | undefined;
  #starts = 0;

  constructor(env: Env, options: ChildOptions) {
    this.#env = env;
    this.#options = options;
    this.#log = new LogFile(options.logFile);
    this.#ended = this.#live().finally(() => {
      removeRunFile(options.dataDir, options.name);
      this.#log.close();
    });
    this.#ended.catch(this.#first.reject);
  }

  get name(): string {
    return this.#options.name;
  }

  get ready(): Promise<void> {
    return this.#first.promise;
  }

  async replace(): Promise<void> {
    const former = this.#current;
    if (this.#stopping.signal.aborted || !former) return;
    if (!this.#options.socket) {
      former.process.kill('SIGTERM');
      return;
    }
    const next = this.#start();
    const limit = new AbortController();
    const isReady = await Promise.race([
      next.ready,
      this.#env.sleep(READY_WITHIN_MS, limit.signal).then(
        () => false,
        () => false,
      ),
    ]);
    limit.abort();
    if (!isReady || this.#current !== former) {
      next.process.kill('SIGKILL');
      const { failure, end } = await next.ended;
      throw new StartError(
        `${this.name}: the next one did not start (${failure ?? end}), the present one serves on`,
      );
    }
    this.#current = next;
    next.note(true);
    this.#draining.add(former);
    void former.ended.then(() => this.#draining.delete(former));
    if (former.process.connected) former.process.send({ drain: true }, () => undefined);
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopping.abort();
    this.#signal('SIGTERM');
    const isGone = Promise.allSettled([this.#ended, ...[...this.#draining].map(({ ended }) => ended)]);
    await Promise.race([isGone, this.#env.sleep(limitMs)]);
    this.#signal('SIGKILL');
    await isGone;
  }

  kill(): void {
    this.#stopping.abort();
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    this.#current?.process.kill(signal);
    for (const { process } of this.#draining) process.kill(signal);
  }

  async #live(): Promise<void> {
    const env = this.#env;
    let failures = 0;
    for (let restarts = 0; !this.#stopping.signal.aborted; restarts++) {
      const startedAt = env.clock.monotonic();
      let generation = this.#start();
      this.#current = generation;
      generation.note(false);
      void generation.ready.then((isReady) => isReady && this.#first.resolve());
      let outcome = await generation.ended;
      // One that was replaced may end as it likes.
      while (generation !== this.#current) {
        generation = this.#current;
        outcome = await generation.ended;
      }
      if (this.#stopping.signal.aborted) break;
      if (restarts === 0 && !outcome.wasReady)
        return this.#first.reject(startFailure(this.#options, outcome));
      failures = env.clock.monotonic() - startedAt > STABLE_AFTER_MS ? 1 : failures + 1;
      const delayMs = backoffMs(this.#options.restart ?? RESTART, failures, env.random);
      env.log.warn(
        { process: this.name, ended: outcome.end, delayMs },
        'a process died, it is started again',
      );
      await env.sleep(delayMs, this.#stopping.signal).catch(() => undefined);
    }
  }

  #start(): Generation {
    return follow(launch(this.#options, this.#log), this.#options, this.#starts++, (generation) => {
      return generation === this.#current;
    });
  }
}

/** One run of the process. */
interface Generation {
  readonly process: ChildProcess;
  /** False when it ended before. */
  readonly ready: Promise<boolean>;
  readonly ended: Promise<Outcome>;
  /** Writes its run file. */
  note(isReady: boolean): void;
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

function follow(
  child: ChildProcess,
  options: ChildOptions,
  restarts: number,
  isCurrent: (generation: Generation) => boolean,
): Generation {
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  const ready = Promise.withResolvers<boolean>();
  let wasReady = false;
  let failure: string | undefined;
  const ended = new Promise<Outcome>((resolve) => {
    child.once('error', (error) => resolve({ wasReady, failure: error.message, end: 'not started' }));
    child.once('exit', (code, signal) => resolve({ wasReady, failure, end: signal ?? `code ${code}` }));
  });
  const generation: Generation = {
    process: child,
    ready: ready.promise,
    ended,
    note(isReady) {
      if (identity) writeRunFile(options.dataDir, { name: options.name, ...identity, restarts, isReady });
    },
  };
  void ended.then(() => ready.resolve(false));
  child.on('message', (message: Report) => {
    if (message.failed !== undefined) failure = message.failed;
    if (message.wants === 'socket') handOver(child, options.socket);
    if (!message.ready) return;
    wasReady = true;
    if (isCurrent(generation)) generation.note(true);
    ready.resolve(true);
  });
  return generation;
}

/** The process keeps a copy of its own; ours stays open for the next one. */
function handOver(child: ChildProcess, socket: HeldSocket | undefined): void {
  // It may have ended meanwhile.
  const ignore = () => undefined;
  if (socket) child.send({ socket: true }, socket.handle as SendHandle, ignore);
  else child.send({ socket: false }, ignore);
}

function startFailure({ name, logFile }: ChildOptions, outcome: Outcome): StartError {
  return new StartError(
    `${name}: ${outcome.failure ?? `ended at start with ${outcome.end}, see ${logFile}`}`,
  );
}
