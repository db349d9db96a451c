import { join } from 'node:path';
import * as z from 'zod';
import { parseRate } from '#kernel/money.ts';
import { outOfStock } from './fleet.ts';
import { createDisk, machineFiles, wipeDisk } from './machine-files.ts';
import { invalid, Refusal } from './refusal.ts';
import { findType, type InstanceType, volumeRate } from './settings.ts';
import type { Change, ServerRecord, VolumeRecord } from './state.ts';
import { sha256, type World } from './world.ts';

/**
 * Orders of servers. A server, its root volume and the begin of both bills are one commit, made after the disk is
 * there: a crash before it leaves a directory that the next start removes, never a server without a disk.
 * The same client token gives the same server, also to two that ask at once; with another order it is refused.
 */
export const serverOrderSchema = z.strictObject({
  zone: z.string().max(64),
  type: z.string().max(64),
  name: z.string().min(1).max(255),
  client_token: z.string().min(1).max(128).optional(),
  tags: z.array(z.string().min(1).max(256)).max(50).default([]),
  user_data: z.string().default(''),
  root_bytes: z
    .int()
    .min(1_000_000_000)
    .max(10_000_000_000_000)
    .refine((bytes) => bytes % 1_000_000 === 0, 'a whole number of megabytes'),
});
export type ServerOrder = z.output<typeof serverOrderSchema>;

export class OrderDesk {
  readonly #world: World;
  readonly #underWay = new Map<string, Promise<ServerRecord>>();

  constructor(world: World) {
    this.#world = world;
  }

  async create(order: ServerOrder): Promise<{ server: ServerRecord; isNew: boolean }> {
    const type = this.#check(order);
    const orderSha256 = digestOf(order);
    const token = order.client_token;
    const found = token === undefined ? undefined : this.#findByToken(token);
    // Only what was found is awaited, so two orders at once cannot both find nothing.
    const earlier = found && (await found);
    if (earlier) {
      if (earlier.orderSha256 === orderSha256) return { server: earlier, isNew: false };
      throw new Refusal(409, 'idempotency_mismatch', 'This client_token was used with another order.', {
        resource: 'server',
        resource_id: earlier.id,
      });
    }
    this.#refuseByFault(order);
    const making = this.#make(order, type, orderSha256);
    if (token === undefined) return { server: await making, isNew: true };
    this.#underWay.set(token, making);
    try {
      return { server: await making, isNew: true };
    } finally {
      this.#underWay.delete(token);
    }
  }

  #check(order: ServerOrder): InstanceType {
    const { settings } = this.#world;
    if (!settings.zones.includes(order.zone)) throw invalid('zone', `There is no zone ${order.zone}.`);
    const type = findType(settings, order.type);
    if (!type) throw invalid('type', `There is no server type ${order.type}.`);
    if (Buffer.byteLength(order.user_data) > settings.user_data_bytes_max) {
      throw invalid('user_data', `User data is limited to ${settings.user_data_bytes_max} bytes.`);
    }
    return type;
  }

  #findByToken(token: string): Promise<ServerRecord> | ServerRecord | undefined {
    const { state } = this.#world;
    return this.#underWay.get(token) ?? state.servers.get(state.serverIdByToken.get(token) ?? '');
  }

  #refuseByFault(order: ServerOrder): void {
    const target = { operation: 'server.create', zone: order.zone, type: order.type };
    if (this.#world.faults.take('stock_out', target)) throw outOfStock(order.type);
    if (this.#world.faults.take('quota', target)) {
      throw new Refusal(403, 'quotas_exceeded', 'The quota of this account is used up.', {
        details: [{ resource: order.type, quota: 0, current: 0 }],
      });
    }
  }

  async #make(order: ServerOrder, type: InstanceType, orderSha256: string): Promise<ServerRecord> {
    const { addresses, directory, serversDirectory, state } = this.#world;
    const id = this.#world.newId('srv');
    const living = [...state.servers.values()].filter((server) => server.state !== 'gone');
    const address = await addresses.allocate(new Set(living.map((server) => server.address)));
    this.#world.disksBeingMade.add(id);
    try {
      await createDisk(machineFiles(join(serversDirectory, id)), order.user_data);
      const { server, changes } = this.#recordsOf(id, address, order, type, orderSha256);
      state.commit(changes);
      return server;
    } catch (error) {
      await wipeDisk(directory, id);
      throw error;
    } finally {
      addresses.settle(address);
      this.#world.disksBeingMade.delete(id);
    }
  }

  #recordsOf(id: string, address: string, order: ServerOrder, type: InstanceType, orderSha256: string) {
    const { addresses, faults, settings } = this.#world;
    const target = { operation: 'server.create', zone: order.zone, type: order.type };
    const hidden = faults.take('late_visibility', target);
    const nowMs = this.#world.now();
    const shared = {
      zone: order.zone,
      tags: order.tags,
      createdAtMs: nowMs,
      visibleFromMs: nowMs + (hidden?.delay_ms ?? 0),
      goneAtMs: null,
      deletion: null,
    };
    const volume: VolumeRecord = {
      ...shared,
      id: this.#world.newId('vol'),
      kind: 'block',
      sizeBytes: order.root_bytes,
      isBoot: true,
      state: 'attached',
      madeFor: id,
      nanosPerHour: volumeRate(settings, order.root_bytes),
    };
    const server: ServerRecord = {
      ...shared,
      id,
      type: order.type,
      name: order.name,
      clientToken: order.client_token ?? null,
      orderSha256,
      state: 'stopped',
      stateDetail: '',
      address,
      volumeIds: [volume.id],
      nanosPerHour: parseRate(type.price_per_hour),
      userDataExit: null,
      preemptAtMs: null,
    };
    const bill = (record: ServerRecord | VolumeRecord, kind: 'server' | 'volume', sold: string): Change => ({
      kind: 'interval',
      value: {
        kind,
        id: record.id,
        type: sold,
        zone: record.zone,
        tags: record.tags,
        fromMs: nowMs,
        toMs: null,
        nanosPerHour: record.nanosPerHour,
      },
    });
    const changes: Change[] = [
      { kind: 'addresses', value: { block: addresses.block, next: addresses.next } },
      { kind: 'server', value: server },
      { kind: 'volume', value: volume },
      bill(server, 'server', server.type),
      bill(volume, 'volume', volume.kind),
    ];
    return { server, changes };
  }
}

function digestOf(order: ServerOrder): string {
  const { zone, type, name, tags, user_data, root_bytes } = order;
  return sha256(JSON.stringify([zone, type, name, [...tags].sort(), sha256(user_data), root_bytes]));
}
