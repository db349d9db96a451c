import type { Fleet } from './fleet.ts';
import { endProcesses, findMachineProcesses } from './processes.ts';
import type { Storage } from './storage.ts';
import type { World } from './world.ts';

/** What was found to differ between the records, the disk and the living processes, and was put right. */
export interface SyncReport {
  /** Processes of servers that should have none. */
  readonly ended_pids: readonly number[];
  /** Processes that did not go away when killed. */
  readonly stubborn_pids: readonly number[];
  /** Running servers whose machine was lifeless. */
  readonly booted: readonly string[];
  /** Directories that belonged to no volume. */
  readonly wiped_disks: readonly string[];
  /** Running servers whose disk was removed from outside: delete them. */
  readonly without_disk: readonly string[];
}

/** Makes processes and disks agree with the records. Run twice, the second run finds nothing. */
export async function synchronise(world: World, fleet: Fleet, storage: Storage): Promise<SyncReport> {
  const strays = findMachineProcesses(world.serversDirectory).filter(
    ({ serverId }) => !fleet.isPowered(serverId),
  );
  const stubborn = await endProcesses(world.env, strays);
  const { booted, withoutDisk } = fleet.revive();
  const wiped = await storage.sweepDisks();
  return {
    ended_pids: strays.map(({ pid }) => pid),
    stubborn_pids: stubborn,
    booted,
    wiped_disks: wiped,
    without_disk: withoutDisk,
  };
}
