import { createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { StartError } from '#config/start-error.ts';
import type { Env } from '#kernel/env.ts';
import type { Secret } from '#kernel/secret.ts';
import { AddressBlock, preferredBlock } from './addresses.ts';
import { CloudApi } from './api.ts';
import { FaultBoard } from './faults.ts';
import { Fleet } from './fleet.ts';
import { CloudHttp } from './http-server.ts';
import { namesIn } from './machine-files.ts';
import { OrderDesk } from './orders.ts';
import { Parts } from './parts.ts';
import { endProcesses, findMachineProcesses } from './processes.ts';
import type { SettingsChange } from './settings.ts';
import { CloudState } from './state.ts';
import { Storage } from './storage.ts';
import { type MachineParts, sha256, World } from './world.ts';

export interface MockCloudOptions {
  readonly env: Env;
  /** The cloud keeps everything in `mock-cloud` under it. */
  readonly dataDir: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Secret of the one account. */
  readonly token: Secret;
  /** What differs from the defaults; PUT /v1/settings is stronger. */
  readonly settings?: SettingsChange;
  readonly parts: MachineParts;
}

export interface MockCloud {
  readonly url: string;
  readonly port: number;
  readonly directory: string;
  /** The power goes: every machine is dead when this resolves, servers stay on disk and on the bill. */
  close(): Promise<void>;
}

/**
 * Starts the pretended cloud on what its directory holds. Leftovers of an earlier, killed process are ended first;
 * then it answers, while machines that were running boot again. One process per directory, kept by a lock that the
 * operating system drops when the process dies.
 */
export async function startMockCloud(options: MockCloudOptions): Promise<MockCloud> {
  const directory = join(resolve(options.dataDir), 'mock-cloud');
  const lock = await lockDirectory(directory);
  const state = CloudState.open(directory);
  const kept = state.addresses;
  const preferred = kept?.block ?? preferredBlock(options.port);
  const addresses = await AddressBlock.claim(preferred, kept?.next ?? 0);
  const world = new World({
    env: options.env,
    directory,
    state,
    faults: new FaultBoard(state.faults, options.env.random, (value) =>
      state.commit([{ kind: 'faults', value }]),
    ),
    addresses,
    parts: options.parts,
    baseSettings: options.settings ?? {},
  });
  const fleet = new Fleet(world);
  const storage = new Storage(world);
  const parts = new Parts(world);
  const api = new CloudApi(world, { desk: new OrderDesk(world), fleet, storage, parts });
  const http = new CloudHttp(world, api.routes(), options.token);
  const close = async (): Promise<void> => {
    world.cutPower();
    await http.close();
    await Promise.all([fleet.powerOffAll(), world.settled()]);
    // A boot that was under way may have come to life while the others were ending.
    await fleet.powerOffAll();
    await addresses.release();
    await state.close();
    await closed(lock);
  };
  try {
    await endLeftovers(world);
    const port = await http.listen(options.port);
    fleet.recover();
    storage.recover();
    parts.recover();
    world.inBackground('tidying up', tidyUp(world, storage));
    return { url: `http://127.0.0.1:${port}`, port, directory, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function endLeftovers(world: World): Promise<void> {
  if ((await namesIn(world.serversDirectory)).length === 0) return;
  const leftovers = findMachineProcesses(world.serversDirectory);
  const stubborn = await endProcesses(world.env, leftovers);
  if (leftovers.length > 0) {
    world.env.log.warn({ ended: leftovers.length, stubborn }, 'processes of an earlier run were ended');
  }
}

async function tidyUp(world: World, storage: Storage): Promise<void> {
  const wiped = await storage.sweepDisks();
  if (wiped.length > 0) world.env.log.info({ wiped }, 'disks without a volume were wiped');
  const forgetBeforeMs = world.now() - world.settings.tombstone_ms;
  const { servers, volumes, parts } = world.state;
  const isForgettable = [...servers.values(), ...volumes.values(), ...parts.values()].some(
    (record) => record.goneAtMs !== null && record.goneAtMs < forgetBeforeMs,
  );
  if (isForgettable) await world.state.compact(forgetBeforeMs);
}

function lockDirectory(directory: string): Promise<Server> {
  return new Promise((resolveLock, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => {
      const isTaken = 'code' in error && error.code === 'EADDRINUSE';
      reject(
        isTaken ? new StartError(`another mock cloud already runs on ${directory}: end it first`) : error,
      );
    });
    // A name in the abstract namespace: no file, and gone with the process.
    server.listen(`\0inventiv-mock-cloud-${sha256(directory)}`, () => resolveLock(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
  });
}
