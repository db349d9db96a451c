import { messageOf } from '#kernel/errors.ts';
import { dropKeptLogs, namesIn, wipeDisk } from './machine-files.ts';
import { notFound, Refusal } from './refusal.ts';
import type { Change, VolumeRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * The life of volumes: attached -> available (its server is gone) -> deleting -> gone. A volume outlives its server
 * and is billed until its own delete. What its directory holds is wiped after the commit that says gone; a crash in
 * between is healed by `sweepDisks`.
 */
export class Storage {
  readonly #world: World;
  readonly #ending = new Map<string, Promise<void>>();

  constructor(world: World) {
    this.#world = world;
  }

  recover(): void {
    for (const volume of this.#world.state.volumes.values()) {
      if (volume.state === 'deleting') {
        this.#world.inBackground('volume delete', this.#finishDelete(volume.id));
      }
    }
  }

  async delete(id: string): Promise<VolumeRecord> {
    const volume = this.#get(id);
    if (volume.state === 'attached') {
      throw new Refusal(409, 'resource_still_in_use', 'The volume is attached to a server.', {
        resource: 'volume',
        resource_id: id,
      });
    }
    if (volume.state !== 'deleting') {
      const target = { operation: 'volume.delete', zone: volume.zone, type: volume.kind, id };
      const stuck = this.#world.faults.take('stuck_delete', target);
      const delayMs = this.#world.faults.take('late_delete', target)?.delay_ms ?? 0;
      const deletion = { atMs: this.#world.now() + delayMs, stuckBy: stuck?.id ?? null };
      this.#world.state.commit([{ kind: 'volume', value: { ...volume, state: 'deleting', deletion } }]);
      const end = this.#finishDelete(id);
      this.#world.inBackground('volume delete', end);
      if (delayMs === 0) await end;
    }
    return this.#world.state.volumes.get(id) ?? volume;
  }

  releaseStuck(): void {
    for (const volume of this.#world.state.volumes.values()) {
      if (volume.deletion?.stuckBy) {
        this.#world.inBackground('volume delete', this.#finishDelete(volume.id));
      }
    }
  }

  /** Wipes directories whose volume is gone or never came to be, and logs whose tombstone has expired. */
  async sweepDisks(): Promise<string[]> {
    const { directory, serversDirectory, state } = this.#world;
    const known = await namesIn(serversDirectory);
    // Looked at after the names were read: a directory younger than its record would look ownerless otherwise.
    const owned = new Set(
      [...state.volumes.values()].filter((volume) => volume.state !== 'gone').map((volume) => volume.madeFor),
    );
    const ownerless = known.filter((id) => !owned.has(id) && !this.#world.disksBeingMade.has(id));
    for (const id of ownerless) await wipeDisk(directory, id);
    await dropKeptLogs(directory, (id) => {
      const server = state.servers.get(id);
      return server !== undefined && this.#world.isReadable(server);
    });
    return ownerless;
  }

  #get(id: string): VolumeRecord {
    const volume = this.#world.state.volumes.get(id);
    if (!volume || volume.state === 'gone') throw notFound('volume', id);
    return volume;
  }

  #finishDelete(id: string): Promise<void> {
    const running = this.#ending.get(id);
    if (running !== undefined) return running;
    const deletion = this.#world.state.volumes.get(id)?.deletion;
    if (!deletion || (deletion.stuckBy && this.#world.faults.has(deletion.stuckBy))) return Promise.resolve();
    const ending = this.#finishOnce(id, deletion.atMs).finally(() => this.#ending.delete(id));
    this.#ending.set(id, ending);
    return ending;
  }

  async #finishOnce(id: string, notBeforeMs: number): Promise<void> {
    await this.#world.waitUntil(notBeforeMs);
    await this.#world.commitAtLast(() => this.#changesOfEnd(id));
    const volume = this.#world.state.volumes.get(id);
    if (volume) this.#world.inBackground('disk wipe', this.#wipe(volume.madeFor));
  }

  async #wipe(serverId: string): Promise<void> {
    try {
      await wipeDisk(this.#world.directory, serverId);
    } catch (error) {
      this.#world.env.log.warn(
        { server: serverId, reason: messageOf(error) },
        'a disk could not be wiped yet',
      );
    }
  }

  #changesOfEnd(id: string): Change[] {
    const { state } = this.#world;
    const volume = state.volumes.get(id);
    const interval = state.intervals.get(id);
    if (!volume || volume.state === 'gone' || !interval) return [];
    const endMs = Math.max(this.#world.now(), interval.fromMs);
    return [
      { kind: 'volume', value: { ...volume, state: 'gone', goneAtMs: endMs, deletion: null } },
      { kind: 'interval', value: { ...interval, toMs: endMs } },
    ];
  }
}
