/**
 * Everything that `make up` runs, from nothing to ready and back to nothing.
 *
 * One stack per data directory at a time. What a killed predecessor left running is ended first, except the database
 * server, which is taken over. The database is started again whenever it ends, processes likewise (child.ts). Stopping
 * ends processes first and the database last, all within five seconds; what does not listen is killed, which loses
 * nothing that was acknowledged.
 */
import { join } from 'node:path';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { messageOf } from '#kernel/errors.ts';
import { type Backoff, backoffMs } from '#kernel/retry.ts';
import { type Child, superviseChild } from './child.ts';
import { type HeldSocket, holdSocket } from './held-socket.ts';
import { endProcess, identify, signalProcess } from './process-table.ts';
import {
  findSupervisor,
  listRunning,
  ownRunFile,
  removeRunFile,
  SUPERVISOR,
  takeRunLock,
  writeRunFile,
} from './run-files.ts';

/** A server that somebody else knows how to start. */
export interface KeptServer {
  readonly pid: number;
  readonly ended: Promise<void>;
  stop(limitMs: number): Promise<void>;
}

export interface ProcessPlan {
  readonly name: string;
  readonly file: string;
  readonly needsDatabase: boolean;
  /** Where it listens with a socket that the supervisor holds, so that it can be replaced without a gap. */
  readonly listens?: Listening;
  /** Of its own, over those of all. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Other processes of the stack listen there too. */
  readonly isOneOfSeveral?: boolean;
}

export interface StackPlan {
  readonly dataDir: string;
  /** Undefined when the database is another machine's. */
  readonly startDatabase: ((signal: AbortSignal) => Promise<KeptServer>) | undefined;
  /** Runs once the database answers; the result is added to the variables of the processes. */
  readonly prepare: () => Promise<Readonly<Record<string, string>>>;
  readonly processes: readonly ProcessPlan[];
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly onLine: (name: string, line: string) => void;
}

export interface Stack {
  /** @throws StartError when there is no such process, or its successor does not start */
  replace(name: string): Promise<void>;
  stop(): Promise<void>;
  /** Ends everything at once. */
  kill(): void;
}

export const DATABASE = 'postgres';
const CHILD_STOP_MS = 3_200;
const DATABASE_STOP_MS = 1_200;
const DATABASE_RESTART: Backoff = { firstMs: 20, maxMs: 5_000 };

/**
 * Makes this process the only supervisor of the directory and ends what a killed one left. @throws StartError
 */
export async function claimDataDirectory(env: Env, dataDir: string): Promise<void> {
  if (!(await takeRunLock(dataDir))) {
    const other = findSupervisor(dataDir);
    throw new StartError(
      `already running${other ? ` (pid ${other.pid})` : ''} with ${dataDir}: make down ends it; for a second one set INVENTIV_DATA_DIR and PORT_OFFSET`,
    );
  }
  const leftovers = listRunning(dataDir).filter((file) => ![SUPERVISOR, DATABASE].includes(file.name));
  if (leftovers.length > 0) {
    env.log.warn({ processes: leftovers.map((file) => file.name) }, 'leftovers of an earlier run are ended');
    await Promise.all(leftovers.map((file) => endProcess(env, file, CHILD_STOP_MS)));
  }
  for (const file of leftovers) removeRunFile(dataDir, file.name);
  writeRunFile(dataDir, ownRunFile(SUPERVISOR));
}

/**
 * `ready` resolves when everything runs; a stop during the start rejects it.
 * A start that fails rejects with a StartError, and then nothing of it runs any more.
 */
export function startStack(env: Env, plan: StackPlan): { stack: Stack; ready: Promise<void> } {
  const children: Child[] = [];
  const stopping = new AbortController();
  const database = plan.startDatabase && keepDatabase(env, plan, plan.startDatabase, stopping.signal);
  const sockets: HeldSocket[] = [];
  const launch = async (needsDatabase: boolean, added: Readonly<Record<string, string>>) => {
    for (const process of plan.processes) {
      if (process.needsDatabase !== needsDatabase) continue;
      const socket = process.listens && (await hold(process.listens));
      if (socket) sockets.push(socket);
      const child = superviseChild(env, { ...childOptions(plan, process, added), socket });
      // A failure is told by the one who waits for all of them, below, perhaps later.
      child.ready.catch(() => undefined);
      children.push(child);
    }
  };
  const start = async () => {
    await launch(false, {});
    await database?.first;
    stopping.signal.throwIfAborted();
    const added = await plan.prepare();
    stopping.signal.throwIfAborted();
    await launch(true, added);
    await Promise.all(children.map((child) => child.ready));
    writeRunFile(plan.dataDir, { ...ownRunFile(SUPERVISOR), isReady: true });
  };
  const stop = async () => {
    stopping.abort(new StartError('stopped during the start'));
    await Promise.all(children.map((child) => child.stop(CHILD_STOP_MS)));
    for (const socket of sockets) socket.close();
    await database?.stop();
    for (const name of [DATABASE, SUPERVISOR]) removeRunFile(plan.dataDir, name);
  };
  const kill = () => {
    stopping.abort(new StartError('stopped'));
    for (const child of children) child.kill();
    database?.kill();
  };
  const ready = start().catch(async (error: unknown) => {
    if (!stopping.signal.aborted) await stop();
    throw error;
  });
  const replace = async (name: string) => {
    const child = children.find((one) => one.name === name);
    if (!child) throw new StartError(`there is no process ${name}: make ps lists them`);
    await child.replace();
  };
  return { stack: { replace, stop, kill }, ready };
}

interface KeptDatabase {
  /** The first start. */
  readonly first: Promise<unknown>;
  /** Also one that is just starting. */
  stop(): Promise<void>;
  kill(): void;
}

/** Starts the server, and again whenever it ends. */
function keepDatabase(
  env: Env,
  plan: StackPlan,
  start: (signal: AbortSignal) => Promise<KeptServer>,
  signal: AbortSignal,
): KeptDatabase {
  let running: KeptServer | undefined;
  const watch = async (server: KeptServer): Promise<void> => {
    running = server;
    noteDatabase(plan, server);
    await server.ended;
    running = undefined;
    if (signal.aborted) return;
    env.log.warn({}, 'PostgreSQL ended, it is started again');
    current = restartDatabase(env, start, signal);
    await watch(await current);
  };
  let current = start(signal);
  const first = current;
  // A first start that fails is told by who waits for it; a later one ends only by a stop.
  first.then(watch).catch(() => undefined);
  return {
    first,
    async stop() {
      const server = await current.catch(() => undefined);
      await server?.stop(DATABASE_STOP_MS);
    },
    kill() {
      const identity = running && identify(running.pid);
      if (identity) signalProcess(identity, 'SIGQUIT');
    },
  };
}

function hold({ host, port, isOneOfSeveral }: Listening): Promise<HeldSocket> {
  return holdSocket(host, port, isOneOfSeveral);
}

function childOptions(plan: StackPlan, process: ProcessPlan, added: Readonly<Record<string, string>>) {
  return {
    name: process.name,
    file: process.file,
    variables: { ...plan.variables, ...added, ...process.variables },
    dataDir: plan.dataDir,
    logFile: join(plan.dataDir, 'logs', `${process.name}.log`),
    onLine: plan.onLine,
  };
}

async function restartDatabase(
  env: Env,
  start: (signal: AbortSignal) => Promise<KeptServer>,
  signal: AbortSignal,
): Promise<KeptServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(signal);
    } catch (error) {
      env.log.error({ error: messageOf(error) }, 'PostgreSQL does not start, trying again');
    }
    await env.sleep(backoffMs(DATABASE_RESTART, attempt, env.random), signal);
  }
}

function noteDatabase(plan: StackPlan, server: KeptServer): void {
  const identity = identify(server.pid);
  if (identity) writeRunFile(plan.dataDir, { name: DATABASE, ...identity, restarts: 0, isReady: true });
}
