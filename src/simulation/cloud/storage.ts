import * as z from 'zod';
import { messageOf } from '#kernel/errors.ts';
import { Deletions } from './deletions.ts';
import { dropKeptLogs, namesIn, wipeDisk } from './machine-files.ts';
import { OrderBook } from './order-book.ts';
import { commonOrder, refuseByFault, resourceBytes, stillInUse, zoneOf } from './order-rules.ts';
import { notFound } from './refusal.ts';
import { volumeRate } from './settings.ts';
import type { Change, VolumeRecord } from './state.ts';
import { sha256, type World } from './world.ts';

/**
 * The life of volumes: attached -> available (its server is gone) -> deleting -> gone. A volume outlives its server
 * and is billed until its own delete. One that was ordered by itself begins as available. What a root volume's
 * directory holds is wiped after the commit that says gone; a crash in between is healed by `sweepDisks`.
 */
export const volumeOrderSchema = z.strictObject({ ...commonOrder, size_bytes: resourceBytes });
export type VolumeOrder = z.output<typeof volumeOrderSchema>;

const KIND = 'block';

export class Storage {
  readonly #world: World;
  readonly #book = new OrderBook();
  readonly #deletions: Deletions;

  constructor(world: World) {
    this.#world = world;
    const deletionOf = (id: string) => world.state.volumes.get(id)?.deletion;
    this.#deletions = new Deletions(world, deletionOf, (id) => this.#end(id));
  }

  recover(): void {
    this.releaseStuck();
  }

  async create(order: VolumeOrder): Promise<{ record: VolumeRecord; isNew: boolean }> {
    const { state, settings } = this.#world;
    const zone = zoneOf(settings, order.zone);
    const { client_token: token, name, tags, size_bytes } = order;
    const orderSha256 = sha256(JSON.stringify([zone, name, [...tags].sort(), size_bytes]));
    const find = (wanted: string) => {
      const volume = state.volumes.get(state.findOrdered('volume', wanted) ?? '');
      return volume && { id: volume.id, orderSha256: volume.ordered?.orderSha256 ?? '' };
    };
    const booked = { resource: 'volume', token, orderSha256 };
    const { id, isNew } = await this.#book.once(booked, find, async () => this.#make(order, orderSha256));
    return { record: this.#known(id), isNew };
  }

  async delete(id: string): Promise<VolumeRecord> {
    const volume = this.#get(id);
    if (volume.state === 'attached') throw stillInUse('volume', id);
    if (volume.state !== 'deleting') {
      const target = { operation: 'volume.delete', zone: volume.zone, type: volume.kind, id };
      const deletion = this.#deletions.accept(target);
      this.#world.state.commit([{ kind: 'volume', value: { ...volume, state: 'deleting', deletion } }]);
      await this.#deletions.carryOut(id);
    }
    return this.#known(id);
  }

  replaceTags(id: string, tags: readonly string[]): VolumeRecord {
    const value: VolumeRecord = { ...this.#get(id), tags };
    this.#world.state.commit([{ kind: 'volume', value }]);
    return value;
  }

  releaseStuck(): void {
    const volumes = [...this.#world.state.volumes.values()];
    this.#deletions.resume(volumes.filter(({ state }) => state === 'deleting').map(({ id }) => id));
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

  #make(order: VolumeOrder, orderSha256: string): string {
    const { state, settings } = this.#world;
    const target = { operation: 'volume.create', zone: order.zone, type: KIND };
    refuseByFault(this.#world, target);
    const hidden = this.#world.faults.take('late_visibility', target);
    const nowMs = this.#world.now();
    const volume: VolumeRecord = {
      id: this.#world.newId('vol'),
      zone: order.zone,
      kind: KIND,
      sizeBytes: order.size_bytes,
      isBoot: false,
      tags: order.tags,
      state: 'available',
      madeFor: null,
      attachedTo: null,
      ordered: { clientToken: order.client_token ?? null, orderSha256 },
      createdAtMs: nowMs,
      visibleFromMs: nowMs + (hidden?.delay_ms ?? 0),
      goneAtMs: null,
      nanosPerHour: volumeRate(settings, order.size_bytes),
      deletion: null,
    };
    const { id, zone, tags, nanosPerHour } = volume;
    const line = {
      kind: 'volume',
      id,
      type: KIND,
      zone,
      tags,
      fromMs: nowMs,
      toMs: null,
      nanosPerHour,
    } as const;
    state.commit([
      { kind: 'volume', value: volume },
      { kind: 'interval', value: line },
    ]);
    return id;
  }

  #get(id: string): VolumeRecord {
    const volume = this.#world.state.volumes.get(id);
    if (!volume || volume.state === 'gone') throw notFound('volume', id);
    return volume;
  }

  #known(id: string): VolumeRecord {
    const volume = this.#world.state.volumes.get(id);
    if (!volume) throw notFound('volume', id);
    return volume;
  }

  async #end(id: string): Promise<void> {
    await this.#world.commitAtLast(() => this.#changesOfEnd(id));
    const madeFor = this.#world.state.volumes.get(id)?.madeFor;
    if (madeFor) this.#world.inBackground('disk wipe', this.#wipe(madeFor));
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
