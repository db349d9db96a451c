/**
 * The keeper of the throw-away cluster that all test processes of this checkout share; run as a process.
 *
 * It holds an abstract socket, so a second keeper ends at once. It answers each connection with the owner's URL.
 * When no connection has been open for a moment it stops the server, removes its files and ends. What a killed
 * keeper left behind is removed at the next start: the name is ours alone while we hold the socket.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Env } from '#kernel/env.ts';
import { SILENT_LOG } from '#kernel/log.ts';
import { Secret } from '#kernel/secret.ts';
import { systemEnv } from '#kernel/system-env.ts';
import { commandLineOf, identify, signalProcess, waitForEnd } from '#supervisor/process-table.ts';
import { type EmbeddedServer, startEmbedded } from './embedded.ts';
import { freePort } from './free-port.ts';
import { clusterName } from './testing.ts';

const LINGER_MS = 1_500;
const MEMORY_BYTES_MIN = 2 * 1024 ** 3;

if (import.meta.main) await keep(systemEnv(SILENT_LOG));

async function keep(env: Env): Promise<void> {
  const users = new Set<Socket>();
  const cluster = Promise.withResolvers<EmbeddedServer>();
  let isEnding = false;
  const listener = createServer((socket) => {
    if (isEnding) return socket.destroy();
    users.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => users.delete(socket));
    cluster.promise.then(
      (server) => socket.write(`${server.url('postgres').reveal()}\n`),
      () => socket.destroy(),
    );
  });
  const isOurs = await new Promise<boolean>((resolve) => {
    listener.once('error', () => resolve(false));
    listener.listen(`\0${clusterName()}`, () => resolve(true));
  });
  if (!isOurs) return;
  const directory = await makeRoom(env);
  const server = await startCluster(env, directory);
  cluster.resolve(server);
  await untilUnused(env, server, users);
  // The name is held until everything is gone, so no successor meets half of it.
  isEnding = true;
  for (const socket of users) socket.destroy();
  await server.stop(100);
  rmSync(directory, { recursive: true, force: true });
  rmSync(join(tmpdir(), `${clusterName()}.log`), { force: true });
  process.exit(0);
}

async function untilUnused(env: Env, server: EmbeddedServer, users: Set<Socket>): Promise<void> {
  // The starter may have died before it connected, so the first wait ends too, after a longer while.
  let unusedAtMs = env.clock.monotonic() + 10_000;
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  void server.ended.then(end);
  process.on('SIGTERM', end);
  while (!isOver && env.clock.monotonic() < unusedAtMs) {
    await env.sleep(100);
    if (users.size > 0) unusedAtMs = env.clock.monotonic() + LINGER_MS;
  }
}

async function startCluster(env: Env, directory: string): Promise<EmbeddedServer> {
  return startEmbedded(env, {
    directory: join(directory, 'postgres'),
    port: await freePort(),
    password: new Secret(randomBytes(18).toString('base64url')),
    logFile: join(directory, 'postgres.log'),
    isEphemeral: true,
  });
}

/** In memory where that is large enough; in small containers /dev/shm has 64 MB. */
async function makeRoom(env: Env): Promise<string> {
  const places = ['/dev/shm', tmpdir()].map((place) => join(place, clusterName()));
  for (const place of places) {
    await endLeftover(env, join(place, 'postgres'));
    rmSync(place, { recursive: true, force: true });
  }
  const [inMemory = '', onDisk = ''] = places;
  const directory = hasRoomInMemory() ? inMemory : onDisk;
  mkdirSync(directory);
  // The server may run as another user, who must be able to enter.
  chmodSync(directory, 0o711);
  return directory;
}

function hasRoomInMemory(): boolean {
  if (!existsSync('/dev/shm')) return false;
  const { bavail, bsize } = statfsSync('/dev/shm');
  return bavail * bsize >= MEMORY_BYTES_MIN;
}

async function endLeftover(env: Env, directory: string): Promise<void> {
  const pidFile = join(directory, 'postmaster.pid');
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n')[0]) : 0;
  const identity = pid > 0 ? identify(pid) : undefined;
  if (!identity || !commandLineOf(pid).includes(directory)) return;
  signalProcess(identity, 'SIGQUIT');
  await waitForEnd(env, identity, 5_000);
}
