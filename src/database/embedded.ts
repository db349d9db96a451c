/**
 * A real PostgreSQL beside us, from an npm package, as an unprivileged user, on loopback with a password.
 *
 * A cluster appears by rename, so a killed initdb never looks like one. A server that a killed parent left behind is
 * adopted; one that listens on another port than wanted is restarted. After a kill -9 of the server its children may
 * hold the shared memory for some milliseconds, so starting is repeated meanwhile. What was acknowledged survives:
 * durable clusters run with fsync and data checksums. An ephemeral cluster gives that up for speed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readBareEnvironment } from '#config/process-config.ts';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import { Secret } from '#kernel/secret.ts';
import {
  commandLineOf,
  identify,
  isAlive,
  type ProcessIdentity,
  signalProcess,
  waitForEnd,
} from '#supervisor/process-table.ts';
import { findServerBinaries, type ServerBinaries } from './embedded-binaries.ts';
import { chooseServerUser, type ServerUser } from './embedded-user.ts';

export interface EmbeddedOptions {
  /** The cluster; made when absent. */
  readonly directory: string;
  readonly port: number;
  /** Of the owner, who is `OWNER_ROLE`. */
  readonly password: Secret;
  /** The server's own messages. */
  readonly logFile: string;
  /** For tests: no durability. */
  readonly isEphemeral?: boolean;
  /** Gives a start up; nothing of it runs then. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedServer {
  readonly port: number;
  readonly pid: number;
  readonly wasRunning: boolean;
  url(database: string): Secret;
  /** Resolves when the server is gone, whoever ended it. */
  readonly ended: Promise<void>;
  /** Open transactions roll back; within the limit or by crash recovery at the next start. */
  stop(limitMs?: number): Promise<void>;
}

export const OWNER_ROLE = 'inventiv';

const INITDB_LIMIT_MS = 120_000;
const READY_LIMIT_MS = 60_000;
const START_ATTEMPTS_LIMIT_MS = 8_000;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
/** sun_path holds 108 bytes, and the socket's name takes `/.s.PGSQL.65535`. */
const SOCKET_DIRECTORY_BYTES_MAX = 90;

/** @throws StartError with one line for a person */
export async function startEmbedded(env: Env, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const binaries = findServerBinaries();
  mkdirSync(dirname(options.directory), { recursive: true });
  mkdirSync(dirname(options.logFile), { recursive: true });
  const isCluster = existsSync(join(options.directory, 'PG_VERSION'));
  const home = isCluster ? options.directory : dirname(options.directory);
  const user = chooseServerUser(binaries.postgres, home, isCluster);
  if (!isCluster) {
    await createCluster(binaries, user, options, Buffer.from(env.random.bytes(6)).toString('hex'));
  }
  const running = findRunning(options.directory);
  if (running) {
    const isReady = await waitUntilReady(env, options, running);
    if (isReady && running.port === options.port) return adopt(env, options, running);
    signalProcess(running, 'SIGINT');
    if (!(await waitForEnd(env, running, 10_000))) signalProcess(running, 'SIGQUIT');
    await waitForEnd(env, running, 5_000);
  }
  return start(env, binaries, user, options);
}

async function createCluster(
  binaries: ServerBinaries,
  user: ServerUser,
  options: EmbeddedOptions,
  unique: string,
): Promise<void> {
  removeHalfMade(options.directory);
  const fresh = `${options.directory}.init-${unique}`;
  const passwordFile = `${fresh}.password`;
  mkdirSync(fresh, { mode: 0o700 });
  writeFileSync(passwordFile, options.password.reveal(), { mode: 0o600 });
  if (user.ids.uid !== undefined && user.ids.gid !== undefined) {
    chownSync(fresh, user.ids.uid, user.ids.gid);
    chownSync(passwordFile, user.ids.uid, user.ids.gid);
  }
  try {
    await runInitdb(binaries, user, options, fresh, passwordFile);
    options.signal?.throwIfAborted();
    renameSync(fresh, options.directory);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (
      !(error instanceof Error && 'code' in error && /^(ENOTEMPTY|EEXIST|ENOTDIR)$/.test(String(error.code)))
    ) {
      throw error;
    }
    throw new StartError(
      `${options.directory} holds files that are not a database: move them away, or set INVENTIV_DATA_DIR to another place`,
      { cause: error },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** What a killed start left. Its initdb may still be at work there, so this is an attempt. */
function removeHalfMade(directory: string): void {
  for (const name of readdirSync(dirname(directory))) {
    if (!name.startsWith(`${basename(directory)}.init-`)) continue;
    try {
      rmSync(join(dirname(directory), name), { recursive: true, force: true });
    } catch {
      // Tried again at the next start that makes a cluster.
    }
  }
}

async function runInitdb(
  binaries: ServerBinaries,
  user: ServerUser,
  options: EmbeddedOptions,
  directory: string,
  passwordFile: string,
): Promise<void> {
  const access = ['-U', OWNER_ROLE, '-A', 'scram-sha-256', '--pwfile', passwordFile];
  const durability = options.isEphemeral ? ['--no-sync', '--no-data-checksums'] : ['--data-checksums'];
  const locale = ['-E', 'UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'];
  const words = [...user.prefix, binaries.initdb, '-D', directory, ...access, ...locale, ...durability];
  const child = spawn(words[0] ?? '', words.slice(1), {
    ...user.ids,
    env: readBareEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: INITDB_LIMIT_MS,
  });
  const end = () => child.kill('SIGTERM');
  options.signal?.addEventListener('abort', end);
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
  }
  const status = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      printed += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  options.signal?.removeEventListener('abort', end);
  options.signal?.throwIfAborted();
  if (status !== 0) throw startFailure(options, printed);
}

interface RunningServer extends ProcessIdentity {
  readonly port: number;
}

/** The server of this cluster, if one lives. Backends change their command line, so only the postmaster matches. */
function findRunning(directory: string): RunningServer | undefined {
  const file = readPidFile(directory);
  const identity = file && identify(file.pid);
  if (!identity) return undefined;
  const words = commandLineOf(file.pid);
  if (words[words.indexOf('-D') + 1] === directory) return { ...identity, port: file.port };
  // After a reboot the pid may belong to anybody, and PostgreSQL would refuse to start because of it.
  rmSync(join(directory, 'postmaster.pid'), { force: true });
  return undefined;
}

interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly status: string;
}

function readPidFile(directory: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    return pid > 0 ? { pid, port: Number(lines[3]), status: (lines[7] ?? '').trim() } : undefined;
  } catch {
    return undefined;
  }
}

/** A stale file says "ready" too, so the pid must be the one we mean. */
async function waitUntilReady(env: Env, options: EmbeddedOptions, server: ProcessIdentity): Promise<boolean> {
  const deadline = env.clock.monotonic() + READY_LIMIT_MS;
  while (isAlive(server)) {
    if (options.signal?.aborted) signalProcess(server, 'SIGQUIT');
    const file = readPidFile(options.directory);
    if (file?.pid === server.pid && file.status === 'ready') return true;
    if (file?.pid === server.pid && file.status === 'stopping') return false;
    if (env.clock.monotonic() > deadline) {
      signalProcess(server, 'SIGQUIT');
      throw startFailure(options, `not ready after ${READY_LIMIT_MS / 1000} s`);
    }
    await env.sleep(5);
  }
  return false;
}

async function start(
  env: Env,
  binaries: ServerBinaries,
  user: ServerUser,
  options: EmbeddedOptions,
): Promise<EmbeddedServer> {
  const deadline = env.clock.monotonic() + START_ATTEMPTS_LIMIT_MS;
  for (let delayMs = 20; ; delayMs = Math.min(delayMs * 2, 500)) {
    const { child, readLog } = launch(binaries, user, options);
    const ended = endOf(child);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity && (await waitUntilReady(env, options, identity)) && !options.signal?.aborted) {
      return serverFor(env, options, identity, false, () => ended);
    }
    await ended;
    options.signal?.throwIfAborted();
    const text = readLog();
    const isHeld = /shared memory block|lock file "postmaster.pid"/.test(text);
    if (!isHeld || env.clock.monotonic() > deadline) throw startFailure(options, text);
    await env.sleep(delayMs);
  }
}

function launch(
  binaries: ServerBinaries,
  user: ServerUser,
  options: EmbeddedOptions,
): { child: ChildProcess; readLog: () => string } {
  const logSize = existsSync(options.logFile) ? statSync(options.logFile).size : 0;
  if (logSize > LOG_BYTES_MAX) renameSync(options.logFile, `${options.logFile}.1`);
  const logStart = logSize > LOG_BYTES_MAX ? 0 : logSize;
  const log = openSync(options.logFile, 'a');
  const [command = '', ...words] = [
    ...user.prefix,
    binaries.postgres,
    '-D',
    options.directory,
    '-p',
    String(options.port),
    ...settingsFor(options).flatMap((setting) => ['-c', setting]),
  ];
  // In a session of its own, so that Ctrl-C in the terminal reaches only the supervisor.
  const child = spawn(command, words, {
    ...user.ids,
    stdio: ['ignore', log, log],
    detached: true,
    env: readBareEnvironment(),
  });
  closeSync(log);
  return {
    child,
    readLog: () => readFileSync(options.logFile).subarray(logStart).toString('utf8'),
  };
}

function settingsFor(options: EmbeddedOptions): string[] {
  const socketFits = Buffer.byteLength(options.directory) <= SOCKET_DIRECTORY_BYTES_MAX;
  const common = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${socketFits ? options.directory : ''}`,
    'max_connections=300',
    'shared_buffers=128MB',
    'log_min_messages=warning',
    'log_line_prefix=%m [%p] %a ',
    'timezone=UTC',
    'jit=off',
    'log_checkpoints=off',
    // In the cluster's own directory: nothing is left in /dev/shm by a kill -9, nor limited by a small one.
    'dynamic_shared_memory_type=mmap',
  ];
  if (!options.isEphemeral) return common;
  const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'wal_level=minimal'];
  return [...common, ...fast, 'max_wal_senders=0', 'autovacuum=off'];
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

function adopt(env: Env, options: EmbeddedOptions, running: RunningServer): EmbeddedServer {
  let watch: Promise<void> | undefined;
  const untilGone = async () => {
    while (isAlive(running)) await env.sleep(100);
  };
  // Only for whoever asks: a word that uses a running server must not stay until that ends.
  return serverFor(env, options, running, true, () => (watch ??= untilGone()));
}

function serverFor(
  env: Env,
  options: EmbeddedOptions,
  identity: ProcessIdentity,
  wasRunning: boolean,
  ended: () => Promise<void>,
): EmbeddedServer {
  const credentials = `${OWNER_ROLE}:${encodeURIComponent(options.password.reveal())}`;
  return {
    port: options.port,
    pid: identity.pid,
    wasRunning,
    get ended() {
      return ended();
    },
    url: (database) => new Secret(`postgres://${credentials}@127.0.0.1:${options.port}/${database}`),
    async stop(limitMs = 10_000) {
      signalProcess(identity, 'SIGINT');
      if (!(await waitForEnd(env, identity, limitMs))) {
        env.log.warn({ limitMs }, 'PostgreSQL did not stop in time, it recovers at the next start');
        signalProcess(identity, 'SIGQUIT');
        await waitForEnd(env, identity, 2_000);
      }
      if (options.isEphemeral) rmSync(options.directory, { recursive: true, force: true });
    },
  };
}

/** What the server printed, as one line that says what to do. */
function startFailure(options: EmbeddedOptions, printed: string): StartError {
  if (/No space left on device/i.test(printed)) {
    return new StartError(
      `the disk that holds ${options.directory} is full: free some space and start again`,
    );
  }
  if (/could not bind|Address already in use|could not create any TCP/i.test(printed)) {
    return new StartError(
      `port ${options.port} is taken, PostgreSQL cannot use it: end the process that has it, or set PORT_OFFSET`,
    );
  }
  if (/database files are incompatible/i.test(printed)) {
    return new StartError(
      `the database in ${options.directory} was made by another major version of PostgreSQL: start that version, or set INVENTIV_DATA_DIR to a new place`,
    );
  }
  if (/Permission denied/i.test(printed)) {
    return new StartError(`PostgreSQL has no permission in ${options.directory}: correct its owner and mode`);
  }
  const lines = printed.split('\n').filter((line) => /FATAL|PANIC|error:|not ready/i.test(line));
  const reason = (lines.at(-1) ?? printed.trim().split('\n').at(-1) ?? '').trim();
  return new StartError(`PostgreSQL did not start: ${reason} (see ${options.logFile})`);
}
